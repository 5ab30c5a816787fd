"""Files and folders that appear whole or not at all, whatever dies while they are written.

What is being written lies beside its place under a hidden name. Whoever writes holds a lock on it,
which the system ends with the process: what nobody holds was left behind by a killed one, and is
removed by the next that writes to the same place. Where a file system knows no locks, nothing is
known to be left behind, and nothing is removed.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_OLD: Final = ".old"


@contextmanager
def file_aside(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, of the same ending, that takes its place when the block ends.

    After an error nothing has changed. The folder around it has to be there.
    """
    with _beside(path, Path.touch) as aside:
        yield aside
        _settle(aside)
        aside.replace(path)
        _settle(path.parent)


@contextmanager
def folder_aside(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` that takes its place when the block ends.

    Two renames: whoever is killed between them leaves the old folder under its hidden name, and the
    next one puts it back first.
    """
    with _beside(folder, Path.mkdir) as aside:
        yield aside
        old = aside.with_name(f"{aside.name}{_OLD}")
        if folder.exists():
            folder.rename(old)
        aside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """A folder beside `place`, hidden and only ours, that is gone when the block ends."""
    with _beside(place, Path.mkdir) as aside:
        aside.chmod(0o700)
        yield aside


def remove_leftovers(path: Path) -> None:
    """Remove what killed processes left beside `path`; an old folder that is missed is put back."""
    for left in path.parent.glob(f".????????.{_plain(path.name)}{_OLD}"):
        if not path.exists():
            left.rename(path)
        else:
            shutil.rmtree(left, ignore_errors=True)
    for left in path.parent.glob(f".????????.{_plain(path.name)}"):
        if _is_left(left):
            _remove(left)


@contextmanager
def _beside(path: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    """Something new under a hidden name, held, and removed if it is still there at the end."""
    remove_leftovers(path)
    aside = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    make(aside)
    try:
        with _held(aside):
            yield aside
    finally:
        _remove(aside)


def _plain(name: str) -> str:
    """A name as a pattern that matches only itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the lock of a file or folder."""
    with _opened(path) as descriptor:
        with suppress(OSError):  # no locks here
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _is_left(path: Path) -> bool:
    """Whether nobody holds it any more."""
    try:
        with _opened(path) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # it is held, or gone by now, or there are no locks here
        return False
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, have reached the disk."""
    with _opened(path) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
