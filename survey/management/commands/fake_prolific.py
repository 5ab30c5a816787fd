"""Serve the fake Prolific: `manage.py fake_prolific --port 8098 --submissions 30`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from pact_site.base.commands import ServingCommand
from survey.prolific.fake import FAULTS, make_fake, serve
from survey.prolific.fake.faults import parse_faults


class Command(ServingCommand):
    """A Prolific without people, money or an account; everything in it is simulated."""

    help = "Serve a simulated Prolific on 127.0.0.1, for rehearsals and tests."

    def add_arguments(self, parser: CommandParser) -> None:
        """Port, people, webhooks and bad weather."""
        parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free port")
        parser.add_argument("--submissions", type=int, default=0, help="people who began already")
        parser.add_argument("--webhook", default="", metavar="URL", help="where webhooks go")
        parser.add_argument("--secret", default="", help="what signs webhooks")
        parser.add_argument(
            "--memory", type=Path, metavar="FILE", help="go on from this file, and keep it"
        )
        parser.add_argument("--faults", default="", help=f"names: {', '.join(FAULTS)}")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve; exit 2 for a wrong option, 1 where the port is taken."""
        try:
            faults = parse_faults(options["faults"])
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        fake = make_fake(
            webhook=options["webhook"],
            secret=options["secret"],
            faults=faults,
            memory=options["memory"],
        )
        known = list(fake.world.studies.values())
        study = known[0] if known else fake.world.add_study(name="SIMULATED study", status="ACTIVE")
        for _ in range(options["submissions"]):
            fake.world.reserve(str(study["id"]))
        self.say(f"study: {study['id']}")
        self.say(f"token: {fake.token}")
        self.keep_serving(serve, options["port"], fake)
