"""Sets a page as PDF, in a process of its own: `python -m analysis.reports.setting`.

Standard input is JSON: `path` of the PDF, `page` as HTML, and `drawings`, SVG by name; where it ends
before there is a page nothing is written. Setting takes as long as everything else that follows the numbers of a
report and is one thread's work: here it goes on beside the rest, and its memory goes with it. No
Django here, so that the process is ready soon.
"""

import gc
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

DRAWING: Final = "drawing:"
"""Scheme of the addresses by which the page names its drawings."""

MANY_MARKS: Final = 500_000
"""Characters of a drawing above which the renderer would take longer for it than for the text."""

NO_PANGO: Final = 3
"""The exit status where the library Pango is not installed."""


def main() -> int:
    """Read, set, write."""
    try:
        import weasyprint  # noqa: F401 - the first import takes a while: before there is a page
    except OSError:  # weasyprint loads Pango when it is imported
        return NO_PANGO
    gc.disable()  # nearly everything that is made is needed until the end
    told = sys.stdin.read()
    if told:
        given = json.loads(told)
        write(given["page"], given["drawings"], Path(given["path"]))
    return 0


def write(page: str, drawings: Mapping[str, str], path: Path) -> None:
    """Set the page. Drawings enter as images, so that their marks are not styled as elements of the
    page, and those of very many marks as pixels."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Drawn(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
        """Answers with drawings, and asks the network for nothing."""

        def fetch(self, url: str, headers: object = None) -> Any:
            if not url.startswith(DRAWING):
                raise ValueError(f"a report asks the network for nothing, not even {url}")
            name = url.removeprefix(DRAWING)
            if len(drawings[name]) > MANY_MARKS:
                pixels = _pixels(drawings[name], path.parent / "figures" / f"{name}.png")
                return URLFetcherResponse(url, pixels, {"Content-Type": "image/png"})
            return URLFetcherResponse(url, drawings[name], {"Content-Type": "image/svg+xml"})

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    HTML(string=page, url_fetcher=Drawn(fail_on_errors=True)).write_pdf(path)


def _pixels(drawing: str, written: Path) -> bytes:
    """A drawing as PNG: the one in the report's folder `figures`, where PNG were asked for."""
    if written.exists():
        return written.read_bytes()
    import vl_convert

    return vl_convert.svg_to_png(drawing, scale=3)


if __name__ == "__main__":
    sys.exit(main())
