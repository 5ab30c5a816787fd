"""Read labels that people gave elsewhere into a validation."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from annotation.services.imports import T
from annotation.services.labels.importing import import_labels
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """See help."""

    help = "Read a long CSV item,annotator,criterion,value,note into a validation (made if new)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """File, validation, and what a new one is made with."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--validation", required=True, metavar="SLUG")
        parser.add_argument(
            "--dataset", default="", metavar="SLUG", help="items are keys of its scenarios"
        )
        parser.add_argument(
            "--labels", default="", metavar="yes,no", help="all labels there are, in their order"
        )
        parser.add_argument("--name", default="", help="title of a new validation")
        parser.add_argument(
            "--simulated", action="store_true", help="mark a new validation as simulated"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the counts."""
        named = options["labels"].split(",") if options["labels"] else []
        report = import_labels(
            path=options["file"],
            slug=options["validation"],
            dataset_slug=options["dataset"],
            labels=[label.strip() for label in named],
            name=options["name"],
            simulated=options["simulated"],
            dry_run=options["dry_run"],
            watch=self._watch,
        )
        for line in report.lines():
            self.stdout.write(line)

    def _watch(self, rows: Iterable[T], doing: str, total: int | None) -> Iterable[T]:
        return tqdm(rows, desc=doing, total=total, unit=" rows", disable=not self.is_terminal)
