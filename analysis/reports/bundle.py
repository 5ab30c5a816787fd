"""The folder of a report: written aside, hashed, then swapped into place."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pact_site.base.aside import folder_aside
from pact_site.base.errors import BadInput

MANIFEST = "manifest.json"
FORMAT = "pact-report"


def check_target(folder: Path, owns: Callable[[Path], bool] | None = None) -> None:
    """BadInput where the folder holds anything but what `owns` knows, by itself a report."""
    known = owns or is_bundle
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadInput("The output is not a folder.", found=str(folder), expected="a folder")
    if folder.is_dir() and any(folder.iterdir()) and not known(folder):
        raise BadInput(
            "The folder holds other files, which must not be replaced.",
            found=str(folder),
            expected="a new or empty folder, or the folder of an earlier export of the same kind",
        )
    parent = next(place for place in folder.absolute().parents if place.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        raise unwritable(folder)


def unwritable(folder: Path, reason: str = "Permission denied") -> BadInput:
    """The error of a folder that cannot be made."""
    message = f"The output folder cannot be made ({reason})."
    return BadInput(message, found=str(folder), expected="a folder in a place you may write to")


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a report, judged by its manifest."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


@contextmanager
def written_aside(folder: Path, owns: Callable[[Path], bool] | None = None) -> Iterator[Path]:
    """A folder beside the target that takes its place when the block ends without an error.

    What stands there is replaced only where `owns` knows it; by itself that is a report.
    """
    check_target(folder, owns)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error.strerror or str(error)) from error
    with folder_aside(folder) as aside:
        yield aside
        check_target(folder, owns)


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write what the report was made from and the SHA-256 of every other file."""
    content = {"format": FORMAT, **facts, "files": file_hashes(folder)}
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a report's folder."""
    content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return content


def is_intact(folder: Path) -> bool:
    """Whether the folder holds a report whose every file is as it was written."""
    return is_bundle(folder) and read_manifest(folder)["files"] == file_hashes(folder)


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by relative path of every file but the manifest."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.relative_to(folder).as_posix() != MANIFEST
    }
