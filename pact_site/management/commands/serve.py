"""`manage.py serve`: the whole platform on one machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.checks import Tags

from pact_site.base.checks import SETTINGS
from pact_site.base.commands import PactCommand
from pact_site.services.serving import require_free_port, serve


class Command(PactCommand):
    """Serve the site with a worker beside it, until stopped."""

    help = "Serve the site with a worker beside it, until stopped with Ctrl-C."
    requires_system_checks = (SETTINGS, Tags.compatibility)  # what pages are given, too

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse a taken port, then serve."""
        host, port = options["host"], options["port"]
        require_free_port(host, port)
        self.stdout.write(f"Serving on http://{host}:{port}/ (Ctrl-C stops)")
        serve(host=host, port=port)
