"""The lease loop: `manage.py worker [--until-idle] [--kinds chunks,...] [--endpoints NAME,...]`."""

from __future__ import annotations

import logging
import os
import signal
from types import FrameType
from typing import Any

from django.core.checks import Tags
from django.core.management.base import CommandParser

from modeling.backends import KINDS
from pact_site.base.checks import SETTINGS
from pact_site.base.commands import PactCommand
from pact_site.services.working import Worker, chosen_endpoints, chosen_kinds, kinds_of_work


class Command(PactCommand):
    """Lease and do background work until stopped."""

    help = "Do background work (chunks of runs, reports, imports) as it is queued in the database."
    requires_system_checks = (SETTINGS, Tags.compatibility)  # handlers of jobs too

    def add_arguments(self, parser: CommandParser) -> None:
        """Which work, and when to end."""
        parser.add_argument(
            "--until-idle", action="store_true", help="end when no work is left anywhere"
        )
        parser.add_argument(
            "--kinds", default="", type=_words,
            help=f"what it takes, comma-separated, of jobs, {', '.join(kinds_of_work())}",
        )  # fmt: skip
        parser.add_argument(
            "--endpoints", default="", type=_words,
            help="chunks of runs that ask one of these, comma-separated: names of endpoints or "
            f"kinds ({', '.join(KINDS)})",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Work; SIGTERM and Ctrl-C give back what is in flight, with the answers that have come.

        A job has `PACT_STOP_SECONDS` to end, then it is given back, too.
        """
        worker = Worker(
            chosen_kinds(options["kinds"]),
            until_idle=options["until_idle"],
            endpoints=chosen_endpoints(options["endpoints"]),
        )

        def stop(number: int, frame: FrameType | None) -> None:
            worker.stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        worker.work()
        if worker.gave_back:  # its thread knows no end, and Python would wait for what it started
            logging.shutdown()
            os._exit(0)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
