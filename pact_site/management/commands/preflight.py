"""Try an endpoint before it is asked much: `manage.py preflight --endpoint NAME [--study SLUG]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from modeling.backends import Decoding
from modeling.management.preflighting import lines
from modeling.services import endpoints
from modeling.services import preflight as preflights
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput


class Command(PactCommand):
    """Ask ten small questions, or ten of the very prompts of a study, and judge what comes back."""

    help = (
        "Ask an endpoint a few prompts and say what was seen, and what to do about it: model, "
        "template, label probabilities, constraint, thinking, option order. With --study or "
        "--dataset these are prompts of its default design, whose size, cost and time are "
        "estimated. Exit code 1 where a check failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which endpoint, and with whose prompts."""
        parser.add_argument("--endpoint", required=True, metavar="NAME", help="see `endpoints`")
        subject = parser.add_mutually_exclusive_group()
        subject.add_argument("--study", metavar="SLUG")
        subject.add_argument("--dataset", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table; nothing is stored."""
        endpoint = endpoints.named(options["endpoint"])
        endpoints.require_here(endpoint)
        if not preflights.needed(endpoint):
            raise BadInput("This endpoint needs no preflight.", found=endpoint.name)
        if options["study"] or options["dataset"]:
            result = self._with_prompts(endpoint, options)
        else:
            result = preflights.of_endpoint(endpoint)
            self._say(result, endpoint)
        if not result["passed"]:
            failed = ", ".join(preflights.failed_names(result))
            raise CommandError(f"The preflight failed: {failed}.", returncode=1)

    def _with_prompts(
        self, endpoint: endpoints.Endpoint, options: dict[str, Any]
    ) -> preflights.Result:
        from pact_site.services.proposals import counterpart_proposal  # not beside vLLM

        proposal = counterpart_proposal(
            study=options["study"],
            dataset=options["dataset"],
            endpoint=endpoint.name,
            decoding=Decoding(),
        )
        result = preflights.of_questions(endpoint, proposal.asked, Decoding())
        self._say(result, endpoint)
        self.stdout.write(f"The whole design: {proposal.estimate(result).words()}")
        return result

    def _say(self, result: preflights.Result, endpoint: endpoints.Endpoint) -> None:
        for line in lines(result, endpoint):
            self.stdout.write(line)
