"""Ask what failed once more: `manage.py retry_failed RUN [--queue]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from modeling.management.watching import RunCommand
from modeling.services import runs


class Command(RunCommand):
    """Set a run's failed chunks back to the queue and see them through."""

    help = "Ask the failed cells of a run once more; what is answered stays. Last line: `run: ID`."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which run, and whether to wait."""
        parser.add_argument("run", metavar="RUN")
        parser.add_argument("--queue", action="store_true", help="leave the asking to workers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Retry and say what came of it."""
        run = runs.named(options["run"])
        chunks = runs.retry_failed(run=run)
        self.stderr.write(f"{chunks} failed chunks go back to the queue.")
        if chunks:
            self.ask(run, found=True, queue=options["queue"])
        self.stdout.write(f"run: {run.public_id}")
