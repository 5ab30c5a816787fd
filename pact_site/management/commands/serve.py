"""`manage.py serve`: the whole platform on one machine."""

import socket
from argparse import ArgumentParser
from typing import Any

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from pact_site.services.serving import serve


class Command(PactCommand):
    """Serve the site with a worker beside it, until stopped."""

    help = "Serve the site with a worker beside it, until stopped with Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse a taken port, then serve."""
        host, port = options["host"], options["port"]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise BadInput(
                    f"Port {port} cannot be used ({error.strerror}).",
                    expected="a free port, given by --port or PORT=",
                ) from error
        self.stdout.write(f"Serving on http://{host}:{port}/ (Ctrl-C stops)")
        serve(host=host, port=port)
