"""`manage.py export_release --dataset SLUG --number N --out DIR`: a release with everything about it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from annotation.services.release_files import export_release, find_release
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Write a release's tables, ledger, data card, codebook, licence and metadata to a folder."""

    help = "Write a release as CSV, JSON lines and Parquet with data card, ledger and metadata."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which release, where to, and what the metadata names as its address and maker."""
        parser.add_argument("--dataset", required=True, metavar="SLUG")
        parser.add_argument("--number", required=True, type=int, metavar="N")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR")
        parser.add_argument("--url", default="", help="where the release is, or will be, published")
        parser.add_argument("--creator", default="", help="who publishes it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the folder in one step and list what it holds."""
        release = find_release(options["dataset"], options["number"])
        files = export_release(
            release, options["out"], url=options["url"], creator=options["creator"]
        )
        for facts in files:
            rows = "" if facts.rows is None else f", {facts.rows:,} rows"
            self.stdout.write(f"{facts.name}: {facts.size:,} bytes{rows}")
        self.stdout.write(f"release: {options['out']}")
