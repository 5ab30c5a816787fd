"""The process that sets a report's pages as PDF, as seen from the one that writes the report."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from django.conf import settings

from analysis.reports.setting import NO_PANGO

_LONGEST: Final = 500
"""How many characters are told of the last line that the process said."""

_Process = subprocess.Popen[str]
_WAITING: ContextVar[_Process | None] = ContextVar("waiting", default=None)


class PrintError(RuntimeError):
    """The process that sets pages ended with an error; its last words say which."""


@contextmanager
def ready_to_print() -> Iterator[None]:
    """In here a process gets ready while there is no page yet, where reports have a PDF."""
    if not settings.PACT_REPORT_PDF:
        yield
        return
    process = _started()
    token = _WAITING.set(process)
    try:
        yield
    finally:
        _WAITING.reset(token)
        _ended(process)


def print_page(page: str, drawings: Mapping[str, str], path: Path) -> bool:
    """Write the page as PDF; False where Pango is not installed. PrintError for anything else."""
    told = json.dumps({"path": str(path.absolute()), "page": page, "drawings": dict(drawings)})
    waiting = _WAITING.get()
    process = waiting if waiting is not None and waiting.poll() is None else _started()
    try:
        _, words = process.communicate(told)
    finally:
        _ended(process)
    if process.returncode not in (0, NO_PANGO):
        last = words.strip().rpartition("\n")[2]
        raise PrintError(f"The pages of the PDF could not be set: {last[:_LONGEST]}")
    return process.returncode == 0


def _started() -> _Process:
    return subprocess.Popen(
        [sys.executable, "-m", "analysis.reports.setting"],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )


def _ended(process: _Process) -> None:
    """Gone, whatever it was doing, and waited for."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stderr):
        if stream is not None:
            stream.close()
