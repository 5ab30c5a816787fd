"""`manage.py write_reference`: the pages of the reference that are generated from the code."""

from typing import Any

from django.conf import settings

from analysis.reports import api_reference, paper, reference
from pact_site.base.commands import PactCommand

PAGES = {
    "estimates.md": reference.lines,
    "metrics-api.md": api_reference.lines,
    "paper-tables.md": paper.lines,
}


class Command(PactCommand):
    """Write docs/reference/estimates.md, metrics-api.md and paper-tables.md."""

    help = "Write the pages of docs/reference that are generated from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the pages where the documentation is."""
        for name, lines in PAGES.items():
            path = settings.BASE_DIR / "docs" / "reference" / name
            path.write_text("\n".join(lines()) + "\n", encoding="utf-8")
            self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")
