"""Read a file of scenarios into a dataset."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from annotation.services.importers import FORMATS
from annotation.services.imports import T, import_scenarios
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """See help."""

    help = "Read source rows into a dataset (made if new); the same file again adds nothing."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """File, format, dataset and what to keep."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--format", required=True, choices=FORMATS, dest="source_format")
        parser.add_argument("--dataset", required=True, metavar="SLUG")
        parser.add_argument(
            "--include-neutral", action="store_true", help="keep NormAd's neutral rows, flagged"
        )
        parser.add_argument(
            "--negatives",
            action="store_true",
            help="CultureAtlas' file of negatives: every statement in it is false",
        )
        parser.add_argument(
            "--licence",
            default="",
            metavar="NAME",
            help="needed where the source does not name one",
        )
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the counts."""
        report = import_scenarios(
            path=options["file"],
            source_format=options["source_format"],
            dataset_slug=options["dataset"],
            include_neutral=options["include_neutral"],
            negatives=options["negatives"],
            licence=options["licence"],
            dry_run=options["dry_run"],
            watch=self._watch,
        )
        for line in report.lines():
            self.stdout.write(line)

    def _watch(self, rows: Iterable[T], doing: str, total: int | None) -> Iterable[T]:
        return tqdm(rows, desc=doing, total=total, unit=" rows", disable=not self.is_terminal)
