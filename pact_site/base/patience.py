"""Waiting: a second when there is nothing to do, longer each time after trouble."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.db import close_old_connections

log = logging.getLogger(__name__)

IDLE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 8.0


class Pause:
    """How long a loop waits between looks at the queue; `stopping` ends every wait."""

    def __init__(self, stopping: threading.Event | None = None) -> None:
        self.stopping = stopping or threading.Event()
        self.troubles = 0

    def after_step(self, *, busy: bool) -> None:
        """No pause after work."""
        self.troubles = 0
        if not busy:
            self.stopping.wait(IDLE_S)

    def after_trouble(self, error: Exception) -> None:
        """The database is away or locked: wait, twice as long each time, and try again."""
        seconds = min(2.0**self.troubles, LONGEST_PAUSE_S)
        self.troubles += 1
        log.warning("The database does not answer (%s); next try in %.0f s", error, seconds)
        close_old_connections()
        self.stopping.wait(seconds)
