"""Ask a run's questions once more: `manage.py repeat_run MANIFEST.json|RUN [--endpoint NAME]`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modeling.management.watching import RunCommand
from modeling.services import repeating, runs
from modeling.services.repeating import Repeat
from pact_site.base.errors import BadInput


class Command(RunCommand):
    """Say what is not as it was, plan the same design again, and see it through or queue it."""

    help = (
        "Plan the design of a run, or of a manifest file, once more on the same release, say what "
        "is not as it was, and run it to the end. Release or prompts that differ are refused "
        "unless --anyway. Last line: `run: ID`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which run, of whom, and how far."""
        parser.add_argument("run", metavar="MANIFEST.json|RUN", help="a manifest, or a run's id")
        parser.add_argument("--endpoint", default="", metavar="NAME", help="another than its own")
        parser.add_argument(
            "--anyway", action="store_true", help="although release or prompts are not the same"
        )
        parser.add_argument(
            "--plan-only", action="store_true", help="plan the run and do not start it"
        )
        parser.add_argument("--queue", action="store_true", help="leave the asking to workers")
        parser.add_argument(
            "--skip-preflight", action="store_true", help="start without one; the run records it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, plan, ask, report."""
        asked = _read(options["run"], options["endpoint"])
        for one in asked.differences:
            self.stderr.write(f"{one.name}: {one.then or '-'} then, {one.now or '-'} now")
        run = repeating.repeat(asked, anyway=options["anyway"])
        if not options["plan_only"]:
            self.ask(
                run, found=False, queue=options["queue"], skip_preflight=options["skip_preflight"]
            )
        self.stdout.write(f"run: {run.public_id}")


def _read(given: str, endpoint: str) -> Repeat:
    """The plan in a manifest file, else that of a run with this id."""
    path = Path(given)
    if not path.is_file():
        return repeating.of_run(runs.named(given), endpoint=endpoint)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput("This is no JSON file.", file=path.name, found=str(error)) from None
    if not isinstance(manifest, dict):
        raise BadInput("This is no manifest.", file=path.name, expected="a JSON object")
    return repeating.of_manifest(manifest, endpoint=endpoint)
