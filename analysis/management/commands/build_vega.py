"""`manage.py build_vega`: the charts' script, written where the site serves it from."""

from typing import Any

from django.conf import settings

from analysis.figures.render import browser_bundle
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Write Vega, Vega-Lite and vegaEmbed as one file; harmless to run again."""

    help = "Write the script that draws charts in pages (from the installed vl-convert)."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write `vendor/vega.js`, aside first."""
        folder = settings.BASE_DIR / "pact_site" / "static" / "vendor"
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / ".vega.js.part"
        aside.write_text(browser_bundle(), encoding="utf-8")
        aside.replace(folder / "vega.js")
        self.stdout.write(f"{folder / 'vega.js'} written")
