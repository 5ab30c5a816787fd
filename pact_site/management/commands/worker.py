"""The lease loop: `manage.py worker [--until-idle] [--kinds chunks,...]`."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from django.core.management.base import CommandParser

from pact_site.base.commands import PactCommand
from pact_site.services.working import Worker, chosen_kinds, kinds_of_work


class Command(PactCommand):
    """Lease and do background work until stopped."""

    help = "Do background work (chunks of runs, reports, imports) as it is queued in the database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which work, and when to end."""
        parser.add_argument(
            "--until-idle", action="store_true", help="end when no work is left anywhere"
        )
        parser.add_argument(
            "--kinds", default="", help=f"comma-separated, of {', '.join(kinds_of_work())}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Work; SIGTERM and Ctrl-C give back what is in flight, with the answers that have come."""
        words = [word.strip() for word in options["kinds"].split(",") if word.strip()]
        worker = Worker(chosen_kinds(words), until_idle=options["until_idle"])

        def stop(number: int, frame: FrameType | None) -> None:
            worker.stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        worker.work()
