"""Which process holds a lease, and whether it still lives: told only on its own host.

A host is a name, a boot and a space of process ids, so that two containers with one name are two
hosts. A process is an id and the moment it started, so that an id used again is another process.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_ENDED = ("Z", "X", "x")


@cache
def this_host() -> str:
    """Name, boot and process-id space of this machine; the last two where the system tells."""
    boot = _read(_PROC / "sys/kernel/random/boot_id")[:8]
    try:
        space = (_PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        space = ""
    return "/".join(part for part in (socket.gethostname()[:90], boot, space) if part)


def this_process() -> str:
    """This process as `lives` knows it: `pid:start`."""
    return _own_name(os.getpid())


@cache
def _own_name(pid: int) -> str:
    """Kept by number, because a fork is another process."""
    return f"{pid}:{_started(pid) or ''}"


def lives(process: str) -> bool:
    """Whether this process of this host is still there; True wherever that cannot be told."""
    number, _, start = process.partition(":")
    if not number.isdecimal():
        return True
    pid = int(number)
    if not start:
        return _answers(pid)
    return _started(pid) == start


def _started(pid: int) -> str | None:
    """The clock tick at which the process started, None where no process of that id works."""
    text = _read(_PROC / str(pid) / "stat")
    if not text:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    return None if fields[0] in _ENDED else fields[19]


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
