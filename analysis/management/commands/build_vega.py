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
        """Write `vendor/vega.js`, aside first; what is there already is left alone.

        A web server that starts lists the folder, and must not meet a file that goes away again.
        """
        target = settings.BASE_DIR / "pact_site" / "static" / "vendor" / "vega.js"
        bundle = browser_bundle()
        if target.exists() and target.read_text(encoding="utf-8") == bundle:
            self.stdout.write(f"{target} is there")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(".vega.js.part")
        aside.write_text(bundle, encoding="utf-8")
        aside.replace(target)
        self.stdout.write(f"{target} written")
