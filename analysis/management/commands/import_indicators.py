"""`manage.py import_indicators FILE --source TEXT --licence TEXT`: figures about countries."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from analysis.services.indicators import SAMPLE, SAMPLE_LICENCE, SAMPLE_SOURCE, store_indicators
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput


class Command(PactCommand):
    """Read a CSV of countries and indicators that reports can stand beside rates."""

    help = "Store a CSV table of figures about countries, with its source and licence."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whence it is."""
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
        parser.add_argument(
            "--sample", action="store_true", help="the bundled table: capitals' latitudes"
        )
        parser.add_argument("--source", default="", help="where the figures come from")
        parser.add_argument("--licence", default="", help="what may be done with them")
        parser.add_argument("--slug", default="", help="name in commands (default: the file's)")
        parser.add_argument("--name", default="", help="title in reports")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the whole file, then store it."""
        path = SAMPLE if options["sample"] else options["file"]
        if path is None or (options["sample"] and options["file"]):
            raise BadInput("One table is needed.", expected="FILE or --sample")
        told = {"source": options["source"], "licence": options["licence"]}
        if options["sample"]:
            told = {"source": SAMPLE_SOURCE, "licence": SAMPLE_LICENCE}
        slug = options["slug"] or path.stem.lower().replace("_", "-").replace(" ", "-")
        table = store_indicators(path=path, slug=slug, name=options["name"], **told)
        countries = table.values.values("country").distinct().count()
        self.stdout.write(f"{len(table.indicators)} indicators of {countries} countries")
        self.stdout.write(f"indicators: {table.slug}")
