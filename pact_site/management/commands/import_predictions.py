"""Model answers on human items: `manage.py import_predictions FILE... --study SLUG`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modeling.services import imports
from pact_site.base.commands import PactCommand
from pact_site.services import counterparts


class Command(PactCommand):
    """Read PACT prediction files into runs of a study."""

    help = (
        "Read PACT model answers on human items (CSV or Parquet) into one run per model_tag. "
        "Reading the same answers again changes nothing; contradicting ones are refused. Rows about "
        "items that nobody in the study answered are left out and counted where the model "
        "answered all items of the study as well; else they are refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which files, for which study."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--study", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and say what came in."""
        subject = counterparts.of_study(options["study"])
        outcomes = imports.import_predictions(
            files=options["files"], release=subject.release, study_slug=subject.study_slug
        )
        for outcome in outcomes:
            self.stdout.write(_line(outcome))


def _line(outcome: imports.Imported) -> str:
    run = outcome.run
    if outcome.unchanged:
        return f"{run.label}: already stored, nothing changed (run {run.public_id})"
    parts = outcome.parts
    rows, repeated = sum(p.rows for p in parts), sum(p.repeated for p in parts)
    valid, invalid = sum(p.valid for p in parts), sum(p.invalid for p in parts)
    note = f"; {repeated} repeated rows kept as further samples" if repeated else ""
    others = sum((p.others for p in parts), Counter[str]())
    return (
        f"{run.label}: {rows} rows, {valid} valid and {invalid} invalid answers{note}"
        f"{_left_out(others)} (run {run.public_id})"
    )


def _left_out(others: Counter[str]) -> str:
    if not others:
        return ""
    return (
        f"; {others.total()} rows left out: about {len(others)} items that nobody in the study "
        f"answered, such as {min(others)}"
    )
