"""`manage.py export_results_page --study SLUG --out DIR`: a published page for any web host."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from analysis.services.results.exporting import export_page
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Write a study's published results page to a folder; the same edition gives the same files."""

    help = "Write a study's published results page to a folder that any web host can serve."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which study, and where to."""
        parser.add_argument("--study", required=True, help="slug of the study")
        parser.add_argument("--out", required=True, type=Path, help="folder of the page")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export, and say what was."""
        page = export_page(options["study"], options["out"])
        assert page.frozen is not None
        if page.frozen["facts"]["simulated"]:
            self.stdout.write("SIMULATED: the people behind these figures are simulated.")
        self.stdout.write(f"{page.frozen['draft']['title']}, edition {page.edition}")
        self.stdout.write(f"page: {options['out'] / 'index.html'}")
