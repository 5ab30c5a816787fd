"""`manage.py export_data KIND (--study|--dataset|--validation) SLUG --out FILE`: data as files."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from tqdm import tqdm

from analysis.exports import instances, study
from analysis.exports.decisions import write_decisions
from analysis.exports.files import check_ending, write_table
from analysis.exports.labels import take_labels
from analysis.exports.predictions import predictions_export
from analysis.exports.scenarios import dataset_scenarios, study_scenarios
from annotation.vocab.distance import DEFAULT_SCHEME
from annotation.vocab.terms import DemographicCondition
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput

KINDS = (*study.KINDS, "predictions", "decisions", "scenarios", "labels", *instances.KINDS)

T = TypeVar("T")


class Command(PactCommand):
    """Write answers, predictions, decisions and the rest, by the ending of the file's name."""

    help = "Write answers, predictions, decisions, scenarios or labels: CSV, Parquet, JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, of which study, dataset or validation, and where to."""
        parser.add_argument("kind", help=", ".join(KINDS))
        subject = parser.add_mutually_exclusive_group(required=True)
        subject.add_argument("--study", help="slug of the study")
        subject.add_argument("--dataset", help="slug of the dataset (scenarios, decisions)")
        subject.add_argument("--validation", help="slug of the validation (labels)")
        parser.add_argument(
            "--out", required=True, type=Path, help=".csv, .csv.gz, .parquet or .jsonl"
        )
        parser.add_argument("--cohort", help="real or rehearsal (default: real)")
        parser.add_argument("--release", type=int, help="of the dataset (default: the newest)")
        parser.add_argument("--scheme", default=DEFAULT_SCHEME, help="where actors come from")
        parser.add_argument("--seed", type=int, default=1, help="of actors and option orders")
        parser.add_argument("--conditions", default="full_demo", help="comma-separated, of prompts")

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
            if made.simulated:
                self.stdout.write("SIMULATED: the people are simulated.")
            self.stdout.write(f"{made.rows:,} rows: {options['out']}")
            return
        if options["kind"] == "labels":
            self._labels(options)
            return
        if options["kind"] in (*instances.KINDS, "decisions"):
            count = self._streamed(options)
            self.stdout.write(f"{count:,} rows: {options['out']}")
            return
        rows = _rows(options["kind"], options["study"], options["dataset"])
        if rows.empty:
            raise BadInput(
                "There is nothing to export.", found=options["study"] or options["dataset"]
            )
        write_table(rows, options["out"])
        self.stdout.write(f"{len(rows):,} rows: {options['out']}")

    def _streamed(self, options: dict[str, Any]) -> int:
        asked = _asked(options)
        if options["kind"] == "decisions":
            return write_decisions(asked.dataset, options["out"], self._watch)
        return instances.write_instances(options["kind"], asked, options["out"])

    def _watch(self, rows: Iterable[T], doing: str, total: int | None) -> Iterable[T]:
        return tqdm(rows, desc=doing, total=total, unit=" rows", disable=not self.is_terminal)

    def _labels(self, options: dict[str, Any]) -> None:
        if not options["validation"]:
            raise BadInput("Labels belong to a validation.", expected="--validation SLUG")
        made = take_labels(slug=options["validation"], path=options["out"])
        if made.simulated:
            self.stdout.write("SIMULATED: the annotators are simulated.")
        self.stdout.write(f"{made.rows:,} rows: {options['out']}")


def _asked(options: dict[str, Any]) -> instances.Asked:
    if not options["dataset"]:
        raise BadInput(
            f"Data of kind {options['kind']} belongs to a dataset.", expected="--dataset SLUG"
        )
    try:
        conditions = tuple(map(DemographicCondition, options["conditions"].split(",")))
    except ValueError:
        known = ", ".join(DemographicCondition)
        raise BadInput(
            "Unknown condition.", column="conditions", found=options["conditions"], expected=known
        ) from None
    return instances.Asked(
        options["dataset"], options["release"], options["scheme"], options["seed"], conditions
    )


def _check_study(options: dict[str, Any]) -> None:
    if not options["study"]:
        raise BadInput(
            f"Data of kind {options['kind']} belongs to a study.", expected="--study SLUG"
        )


def _rows(kind: str, study: str | None, dataset: str | None) -> pd.DataFrame:
    if kind not in KINDS:
        raise BadInput("Unknown kind of data.", found=kind, expected=", ".join(KINDS))
    if kind == "scenarios" and (study or dataset):
        return study_scenarios(study) if study else dataset_scenarios(str(dataset))
    if not study:
        raise BadInput(f"Data of kind {kind} belongs to a study.", expected="--study SLUG")
    return predictions_export(study)
