"""`manage.py export_data KIND (--study|--dataset) SLUG --out FILE`: data in release formats."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.exports import study
from analysis.exports.files import check_ending, write_table
from analysis.exports.predictions import predictions_export
from analysis.exports.scenarios import dataset_scenarios, study_scenarios
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput

KINDS = (*study.KINDS, "predictions", "scenarios")


class Command(PactCommand):
    """Write people's answers, models' answers or scenarios, by the ending of the file's name."""

    help = "Write people's answers, models' answers or scenarios as CSV, Parquet or JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, of which study or dataset, and where to."""
        parser.add_argument("kind", help=", ".join(KINDS))
        subject = parser.add_mutually_exclusive_group(required=True)
        subject.add_argument("--study", help="slug of the study")
        subject.add_argument("--dataset", help="slug of the dataset (scenarios)")
        parser.add_argument(
            "--out", required=True, type=Path, help=".csv, .csv.gz, .parquet or .jsonl"
        )
        parser.add_argument("--cohort", help="real or rehearsal (default: real)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the rows, then write the file in one step."""
        check_ending(options["out"])
        if options["kind"] in study.KINDS:
            _check_study(options)
            made = study.take(
                kind=options["kind"],
                study_slug=options["study"],
                cohort=options["cohort"],
                path=options["out"],
            )
            self.stdout.write(f"{made.rows:,} rows: {options['out']}")
            return
        rows = _rows(options["kind"], options["study"], options["dataset"])
        if rows.empty:
            raise BadInput(
                "There is nothing to export.", found=options["study"] or options["dataset"]
            )
        write_table(rows, options["out"])
        self.stdout.write(f"{len(rows):,} rows: {options['out']}")


def _check_study(options: dict[str, Any]) -> None:
    if not options["study"]:
        raise BadInput(
            f"Data of kind {options['kind']} belongs to a study.", expected="--study SLUG"
        )


def _rows(kind: str, study: str | None, dataset: str | None) -> pd.DataFrame:
    if kind == "decisions":
        raise BadInput("Benchmark decisions arrive with model behaviour (part 4).", found=kind)
    if kind not in KINDS:
        raise BadInput("Unknown kind of data.", found=kind, expected=", ".join(KINDS))
    if kind == "scenarios":
        return study_scenarios(study) if study else dataset_scenarios(str(dataset))
    if not study:
        raise BadInput(f"Data of kind {kind} belongs to a study.", expected="--study SLUG")
    return predictions_export(study)
