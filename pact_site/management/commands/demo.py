"""`manage.py demo`: from an empty folder to an open alignment report."""

from argparse import ArgumentParser
from typing import Any

from django.urls import reverse

from analysis.models import Report
from analysis.reports.service import folder_of
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from pact_site.services.demo import ARRIVALS, LOGINS, Demo, demo_logins
from pact_site.services.serving import require_free_port, serve

HOST = "127.0.0.1"


class Command(PactCommand):
    """Build the demo, say where to look, and serve it."""

    help = "Build the demo on the bundled study, print where to look, and serve it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to serve, and whether to."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--arrivals", type=int, default=ARRIVALS, help=f"simulated participants ({ARRIVALS})"
        )
        parser.add_argument("--no-serve", action="store_true", help="stop before serving")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, print, serve. A taken port is reported before the work, not after it."""
        if not options["no_serve"]:
            require_free_port(HOST, options["port"])
        if options["arrivals"] < 1:
            found = options["arrivals"]
            raise BadInput("--arrivals is too small.", found=found, expected="1 or more")
        demo = Demo(say=self._say, arrivals=options["arrivals"])
        report = demo.run()
        self._say(f"All steps took {sum(demo.seconds.values()):.0f} s.")
        if not options["no_serve"]:
            self._show(report, f"http://{HOST}:{options['port']}")
        self._say(f"bundle: {folder_of(report)}")
        if not options["no_serve"]:
            serve(host=HOST, port=options["port"])

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _show(self, report: Report, base: str) -> None:
        pages = {
            "the report": reverse("analysis:report_detail", args=[report.public_id]),
            "for readers": reverse("analysis:results_page", args=[report.subject]),
            "home": reverse("home"),
            "take part": reverse("survey:entry", args=[report.subject]),
        }
        self._say("\nWhere to look (everything here is SIMULATED):")
        for title, path in pages.items():
            self._say(f"  {title:<12}{base}{path}")
        self._say("\nLogins of this demo:")
        for name, password in demo_logins().items():
            self._say(f"  {name:<12}{password}  ({LOGINS[name]})")
        self._say("\nServing; Ctrl-C stops.")
