"""Send simulated participants through a study's real pages."""

import json
import sys
from collections.abc import Callable
from typing import Any

import aiohttp
from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.services.rehearsal import rehearse
from survey.services.rehearsal_counts import Outcome
from survey.services.rehearsal_server import ServerNotUp
from survey.services.simulated_browser import UnexpectedPage


class Command(PactCommand):
    """A rehearsal: the answers belong to the cohort `rehearsal` and never mix with real ones.

    Exit code 1 when answers are lost or doubled, a cell is over target, or the site remembers
    somebody otherwise than it ended for them.
    """

    help = "Send N simulated participants through a study's real pages and count what was stored."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which study, how many, how."""
        parser.add_argument("--study", required=True, metavar="SLUG")
        parser.add_argument("--n", type=int, default=200, help="arrivals (default 200)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--dropout", type=float, default=0.1, help="share, 0 to 1")
        parser.add_argument("--concurrency", type=int, default=20)
        parser.add_argument(
            "--pause", type=float, nargs=2, default=(0.0, 0.0), metavar=("LEAST", "MOST"),
            help="seconds that people read a page (default: none)",
        )  # fmt: skip
        parser.add_argument(
            "--within", type=float, default=0.0, metavar="SECONDS",
            help="all arrive, spread over so many seconds (default: a fifth comes after the others)",
        )  # fmt: skip
        parser.add_argument(
            "--patience", type=float, default=0.0, metavar="SECONDS",
            help="how long people try again while the site is away (default: four tries)",
        )  # fmt: skip
        parser.add_argument("--url", help="a running server; without it one is started")
        parser.add_argument(
            "--prolific", metavar="URL", help="a fake Prolific where people take their places"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the options, rehearse, report."""
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise BadInput("There is no such study.", found=options["study"])
        _check(options)
        with tqdm(total=options["n"], unit="person", disable=not sys.stderr.isatty()) as bar:
            outcome = _rehearse(study, options, bar.update)
        self.stdout.write(json.dumps(outcome.as_dict()) if options["json"] else _words(outcome))
        if outcome.problems:
            raise CommandError("The study did not hold: " + ", ".join(outcome.problems) + ".")


def _rehearse(study: Study, options: dict[str, Any], done_one: Callable[[], object]) -> Outcome:
    names = ("n", "seed", "dropout", "concurrency", "url", "prolific", "within", "patience")
    chosen = {name: options[name] for name in names}
    chosen["pause"] = tuple(options["pause"])
    try:
        return rehearse(study=study, done_one=done_one, **chosen)
    except (UnexpectedPage, ServerNotUp, aiohttp.ClientError, TimeoutError) as error:
        raise CommandError(f"The rehearsal stopped: {error or type(error).__name__}") from error


def _check(options: dict[str, Any]) -> None:
    for name, least in (("n", 1), ("concurrency", 1)):
        if options[name] < least:
            raise BadInput(f"--{name} is too small.", found=options[name], expected=f">= {least}")
    least, most = options["pause"]
    if not 0 <= least <= most <= 3600:
        raise BadInput(
            "--pause cannot be.", found=[least, most], expected="two numbers, 0 <= LEAST <= MOST"
        )
    for name in ("within", "patience"):
        if not 0 <= options[name] <= 3600:
            raise BadInput(f"--{name} cannot be.", found=options[name], expected="0 to 3600")
    if not 0 <= options["dropout"] <= 1:
        raise BadInput("--dropout is no share.", found=options["dropout"], expected="0 to 1")


def _words(outcome: Outcome) -> str:
    return "\n".join(f"{name}: {_word(value)}" for name, value in outcome.as_dict().items())


def _word(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {n}" for name, n in value.items()) or "none"
    return str(value)
