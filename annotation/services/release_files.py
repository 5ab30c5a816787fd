"""A release as files: tables, ledger, data card, codebook, licence, Croissant metadata, manifest.

The same release gives the same files, byte for byte: what is frozen can be fetched again and
compared. Written aside, then moved into place.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from annotation.models import Dataset, Release
from annotation.services.release_card import (
    codebook,
    data_card,
    description,
    licences,
    screening_of,
)
from annotation.services.release_croissant import FileFacts, croissant
from annotation.services.release_tables import rows_of, write_csv, write_jsonl, write_parquet
from annotation.services.releases import is_intact
from annotation.services.screening_ledger import write_ledger
from pact_site.base.aside import file_aside, folder_aside, scratch
from pact_site.base.errors import BadInput

MANIFEST: Final = "manifest.json"
CROISSANT: Final = "croissant.json"
DAY_ONE: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a zip, so that the same content gives the same bytes."""


def find_release(slug: str, number: int) -> Release:
    """The dataset's release of this number; BadInput names what there is."""
    dataset = Dataset.objects.filter(slug=slug).first()
    if dataset is None:
        known = ", ".join(Dataset.objects.values_list("slug", flat=True)[:20])
        raise BadInput("There is no such dataset.", found=slug, expected=known or "a dataset")
    release = dataset.releases.select_related("dataset").filter(number=number).first()
    if release is None:
        numbers = ", ".join(map(str, dataset.releases.values_list("number", flat=True)))
        expected = f"one of {numbers}" if numbers else "a release; the dataset has none yet"
        raise BadInput("The dataset has no such release.", found=number, expected=expected)
    return release


def export_release(
    release: Release, out: Path, *, url: str = "", creator: str = ""
) -> list[FileFacts]:
    """Write every file of the release into `out` (made anew) and return what was written.

    Raises BadInput where `out` holds something else already, and for a release whose rows are no
    longer those that were frozen.
    """
    if not is_intact(release):
        raise BadInput("The release is not what was frozen; its rows were changed from outside.")
    if out.exists() and not (out / MANIFEST).is_file() and any(out.iterdir()):
        raise BadInput(
            "The folder holds something else.", found=str(out), expected="a new or empty folder"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with folder_aside(out) as aside:
        return _write_all(release, aside, url, creator)


def zip_release(release: Release, path: Path, *, url: str = "", creator: str = "") -> None:
    """The same files in one zip, below a folder that carries the release's name."""
    with scratch(path) as beside, file_aside(path) as aside:
        folder = beside / "release"
        files = export_release(release, folder, url=url, creator=creator)
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as packed:
            for facts in files:
                info = zipfile.ZipInfo(f"{name_of(release)}/{facts.name}", DAY_ONE)
                info.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(info, (folder / facts.name).read_bytes())


def name_of(release: Release) -> str:
    """The name of the release's folder and zip; SIMULATED where made-up verdicts shaped it."""
    screening = screening_of(release)
    mark = "-SIMULATED" if screening and screening.simulated else ""
    return f"{release.dataset.slug}-release-{release.number}{mark}"


def _write_all(release: Release, folder: Path, url: str, creator: str) -> list[FileFacts]:
    screening = screening_of(release)
    files = [
        _made(folder, "README.md", _text(data_card(release))),
        _made(folder, "scenarios.csv", lambda path: write_csv(rows_of(release), path)),
        _made(folder, "scenarios.jsonl", lambda path: write_jsonl(rows_of(release), path)),
        _made(folder, "scenarios.parquet", lambda path: write_parquet(rows_of(release), path)),
    ]
    if screening:
        with (folder / "ledger.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = write_ledger(stream, screening)
        files.append(_facts(folder / "ledger.csv", rows))
    files += [
        _made(folder, "codebook.md", _text(codebook(with_ledger=screening is not None))),
        _made(folder, "LICENCE.md", _text(licences(release))),
    ]
    metadata = croissant(
        release,
        files,
        description=description(release),
        url=url or f"urn:sha256:{release.content_hash}",
        creator=creator or release.dataset.attribution or release.dataset.name,
    )
    files.append(_made(folder, CROISSANT, _text(_json(metadata))))
    files.append(_made(folder, MANIFEST, _text(_json(_manifest(release, files)))))
    return files


def _manifest(release: Release, files: list[FileFacts]) -> dict[str, Any]:
    screening = screening_of(release)
    return {
        "dataset": release.dataset.slug,
        "release": release.number,
        "content_hash": release.content_hash,
        "made_at": release.created_at.isoformat(timespec="seconds"),
        "counts": release.counts,
        "licence": release.dataset.licence,
        "screening": None
        if screening is None
        else {
            "name": screening.name,
            "rule": screening.rule,
            "seed": screening.seed,
            "checks": screening.checks,
            "versions_hash": screening.versions_hash,
            "simulated": screening.simulated,
        },
        "files": [
            {"name": f.name, "bytes": f.size, "sha256": f.sha256, "rows": f.rows} for f in files
        ],
    }


def _made(folder: Path, name: str, write: Callable[[Path], int | None]) -> FileFacts:
    path = folder / name
    return _facts(path, write(path))


def _facts(path: Path, rows: int | None) -> FileFacts:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return FileFacts(path.name, path.stat().st_size, digest, rows)


def _text(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
