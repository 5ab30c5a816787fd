"""`manage.py write_reference`: the pages of the reference that are generated from the code."""

from typing import Any

from django.conf import settings

from analysis.reports.reference import lines
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Write docs/reference/estimates.md."""

    help = "Write the pages of docs/reference that are generated from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page where the documentation is."""
        path = settings.BASE_DIR / "docs" / "reference" / "estimates.md"
        path.write_text("\n".join(lines()) + "\n", encoding="utf-8")
        self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")
