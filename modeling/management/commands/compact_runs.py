"""Merge the small files of finished runs: `manage.py compact_runs [RUN...]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm

from modeling.models import Run
from modeling.services import compaction, runs, sweeping
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Compact these runs, or every finished one."""

    help = (
        "Merge the small files of finished runs into large, sorted ones. Workers do it by "
        "themselves after a run; doing it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which runs."""
        parser.add_argument("runs", nargs="*", metavar="RUN", help="default: every finished run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compact, and say how many files there were and are."""
        named = [runs.named(public_id) for public_id in options["runs"]]
        for run in named or Run.objects.filter(state=Run.State.DONE).order_by("pk"):
            self._compact(run)
        removed = sweeping.remove_retired()
        self.stdout.write(f"{removed} files whose rows had moved before are removed.")

    def _compact(self, run: Run) -> None:
        with tqdm(total=run.cells, desc=run.label, unit=" answers", disable=None) as bar:
            done = compaction.compact(run, lambda rows, of: bar.update(rows - bar.n))
        self.stdout.write(
            f"run {run.public_id}: {done.before} files became {done.after}, "
            f"{done.rows} answers moved."
        )
