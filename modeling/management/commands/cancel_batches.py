"""End a run's batches at their endpoint: `manage.py cancel_batches RUN`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from modeling.backends import BackendError
from modeling.services import batches, runs
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Ask the endpoint to cancel what it is still working on."""

    help = (
        "Ask the endpoint to cancel the batches of a run that are under way. What they have "
        "answered is paid for and taken in when the run looks at them again; then the run stops."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which run."""
        parser.add_argument("run", metavar="RUN", help="its id, as run_models prints it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Cancel, and name what was cancelled."""
        try:
            cancelled = batches.cancel(runs.named(options["run"]))
        except BackendError as error:
            raise CommandError(str(error), returncode=1) from error
        for batch_id in cancelled:
            self.stdout.write(f"asked to cancel: {batch_id}")
        if not cancelled:
            self.stdout.write("No batch of this run is under way.")
