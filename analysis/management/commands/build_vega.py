"""`manage.py build_vega`: the charts' script, written where the site serves it from."""

import gzip
from pathlib import Path
from typing import Any

from django.conf import settings

from analysis.figures.render import browser_bundle
from pact_site.base.aside import file_aside
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Write Vega, Vega-Lite and vegaEmbed as one file; harmless to run again."""

    help = "Write the script that draws charts in pages (from the installed vl-convert)."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write `vendor/vega.js` and its packed form; what is there already is left alone.

        A web server that starts lists the folder, and must not meet a file that goes away again.
        """
        folder = settings.BASE_DIR / "pact_site" / "static" / "vendor"
        folder.mkdir(parents=True, exist_ok=True)
        bundle = browser_bundle().encode()
        for name, content in (("vega.js", bundle), ("vega.js.gz", gzip.compress(bundle, mtime=0))):
            self._write(folder / name, content)

    def _write(self, target: Path, content: bytes) -> None:
        """Write a file aside and move it into place, where it differs."""
        if target.exists() and target.read_bytes() == content:
            self.stdout.write(f"{target} is there")
            return
        with file_aside(target) as aside:
            aside.write_bytes(content)
        self.stdout.write(f"{target} written")
