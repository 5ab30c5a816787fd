"""`manage.py agreement FILE`: how far the annotators of any ratings file agree, as CSV."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from analysis.frames.rating_file import read_ratings
from analysis.metrics.agreement import SINGLE_RATED, WEIGHTS, Estimate, summarise
from pact_site.base.commands import PactCommand
from pact_site.base.csvsafe import write_rows

COLUMNS = (
    "criterion",
    "coefficient",
    "value",
    "se",
    "lower",
    "upper",
    "n_items",
    "n_pairs",
    "n_raters",
    "note",
)


class Command(PactCommand):
    """Read a long CSV of ratings, print every coefficient with its interval."""

    help = "Agreement between the annotators of a CSV item,annotator,criterion,value, as CSV."
    requires_system_checks: list[str] = []  # needs neither database nor settings

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and how its ratings are read."""
        parser.add_argument("file", type=Path, help="CSV: item,annotator[,criterion],value")
        parser.add_argument("--labels", default="", help="all labels there are, like yes,no")
        parser.add_argument("--weights", choices=WEIGHTS, default="identity")
        parser.add_argument(
            "--single-rated",
            choices=SINGLE_RATED,
            default="include",
            help="whether items with one rating count towards chance agreement (default: include)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and check everything, then print."""
        named = options["labels"].split(",") if options["labels"] else []
        ratings = read_ratings(options["file"], [label.strip() for label in named])
        estimates = summarise(
            ratings.frame,
            ratings.labels,
            weights=options["weights"],
            single_rated=options["single_rated"],
        )
        if not named:
            self.stderr.write(f"labels: {','.join(ratings.labels)} (from the values; see --labels)")
        rows = (_row(estimate) for estimate in estimates)
        write_rows(self.stdout, COLUMNS, rows)  # type: ignore[arg-type]


def _row(estimate: Estimate) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(estimate, name) for name in COLUMNS}
    for name in ("value", "se", "lower", "upper"):
        number = row[name]
        # Ten decimals, and no minus before a zero that is left of a rounding error.
        row[name] = round(number, 10) + 0.0 if isinstance(number, float) else None
    return row
