"""A published page as a folder that any web host can serve, and as one zip file."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Final

from analysis.access import published_of
from analysis.models import ResultsPage
from analysis.reports.bundle import written_aside
from analysis.services.results.freezing import FORMAT
from analysis.services.results.pages import stamp_of
from analysis.services.results.rendering import MANIFEST, files_of
from pact_site.base.errors import BadInput

READABLE: Final = 0o100644
"""Mode of the files in a zip: without one, some programs unpack files that nobody may read."""


def export_page(slug: str, folder: Path) -> ResultsPage:
    """Write a study's published page to a folder, aside first, then swapped into place."""
    page = find_published(slug)
    with written_aside(folder, owns=is_page_folder) as aside:
        for name, text in _files(page).items():
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    return page


def find_published(slug: str) -> ResultsPage:
    """The page, or BadInput that says which there are."""
    page = published_of(slug)
    if page is None:
        known = ResultsPage.objects.filter(published_at__isnull=False)
        names = ", ".join(known.order_by("study").values_list("study", flat=True)[:20])
        raise BadInput(
            "This study has no published results page.",
            found=slug,
            expected=names or "a page that has been published (none has yet)",
        )
    return page


def is_page_folder(folder: Path) -> bool:
    """Whether a folder holds an exported page, judged by its manifest."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def zip_page(page: ResultsPage) -> io.BytesIO:
    """The same folder as a zip file, all below one folder; the same edition gives the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in _files(page).items():
            entry = zipfile.ZipInfo(f"{page.study}-results/{name}")
            entry.external_attr = READABLE << 16
            packed.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    stream.seek(0)
    return stream


def _files(page: ResultsPage) -> dict[str, str]:
    assert page.frozen is not None
    return files_of(page.frozen, stamp_of(page))
