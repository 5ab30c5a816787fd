"""Serve the OpenAI-compatible stub: `manage.py stub_server --port 8099 --faults refusal:0.05`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from modeling.stub import FAULTS, StubOptions, parse_faults, serve
from pact_site.base.commands import ServingCommand


class Command(ServingCommand):
    """Run the simulated model server until interrupted."""

    help = "Serve a simulated, OpenAI-compatible model on 127.0.0.1, for tests and rehearsals."

    def add_arguments(self, parser: CommandParser) -> None:
        """Port, faults and character of the simulated model."""
        defaults = StubOptions()
        parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free port")
        parser.add_argument(
            "--faults",
            default="",
            help=f"names with rates, such as refusal:0.05,hang:0.01; names: {', '.join(FAULTS)}",
        )
        parser.add_argument("--latency-ms", type=float, default=defaults.latency_ms)
        parser.add_argument("--model", default=defaults.model)
        parser.add_argument("--seed", type=int, default=defaults.seed)
        parser.add_argument("--retry-after", type=float, default=defaults.retry_after_s)
        parser.add_argument("--limit", type=int, help="requests served at once before 429")
        parser.add_argument(
            "--batch-polls", type=int, default=0, help="looks at a batch before its end shows"
        )
        parser.add_argument(
            "--keep", type=int, default=defaults.keep, help="answers kept for equal requests"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve; exit 2 for a wrong option, 1 where the port is taken."""
        try:
            faults = parse_faults(options["faults"])
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        stub = StubOptions(
            model=options["model"],
            seed=options["seed"],
            latency_ms=options["latency_ms"],
            faults=faults,
            retry_after_s=options["retry_after"],
            limit=options["limit"],
            batch_polls=options["batch_polls"],
            keep=options["keep"],
        )
        self.keep_serving(serve, options["port"], stub)
