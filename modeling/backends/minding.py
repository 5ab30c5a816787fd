"""Ending other processes with this one, however it ends.

vLLM's engine outlives a worker that is killed, and keeps the GPU's memory. A small process of ours
waits for the end of a pipe, which the system closes with the worker, and ends the engine then.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from typing import Final

GRACE_S: Final = 2.0

_CODE: Final = """
import os, signal, sys, time
sys.stdin.buffer.read()
for number in (signal.SIGTERM, signal.SIGKILL):
    for pid in map(int, sys.argv[2:]):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
    time.sleep(float(sys.argv[1]))
"""


class Minder:
    """Ends processes once this one is gone; `dismiss` it when they have ended by themselves."""

    def __init__(self, pids: Iterable[int]) -> None:
        # In a session of its own: Ctrl-C in the terminal must not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CODE, str(GRACE_S), *map(str, pids)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Nothing is to be ended any more."""
        self._process.kill()
        self._process.communicate()
