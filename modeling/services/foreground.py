"""Seeing one run to its end in the process of whoever asked for it; other workers may help."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError

from modeling.models import Run
from modeling.services import harvesting, progress, runs
from modeling.services.engine import Engine
from pact_site.base.patience import Pause

LOOK_EVERY_S = 1.0
MOST_TROUBLES = 16


@dataclass(frozen=True)
class Tick:
    """What a progress bar shows: stored answers and those still in this process."""

    stored: progress.Progress
    in_flight: int
    invalid_in_flight: int
    words: str

    @property
    def answered(self) -> int:
        """Cells answered, stored or not."""
        return self.stored.answered + self.in_flight

    @property
    def invalid(self) -> int:
        """Invalid ones among them."""
        return self.stored.invalid + self.invalid_in_flight


def see_through(run: Run, watch: Callable[[Tick], None]) -> Run:
    """Ask until the run is no longer running, and see to its harvest; returns it as it is then.

    When interrupted, what is in flight goes back to the queue with the answers that had come. A
    database that goes away is waited for, about two minutes.
    """
    with Engine([run.pk]) as engine:
        pause = Pause()
        while run.state == Run.State.RUNNING:
            try:
                _ask_a_while(engine, run, watch)
            except (OperationalError, InterfaceError) as error:
                if pause.troubles >= MOST_TROUBLES:
                    raise
                pause.after_trouble(error)
            else:
                pause.troubles = 0
    run.refresh_from_db()
    watch(Tick(progress.of(run), 0, 0, run.error))
    if run.state == Run.State.DONE:
        harvesting.see_through(run)
    return run


def _ask_a_while(engine: Engine, run: Run, watch: Callable[[Tick], None]) -> None:
    """Ask for a second, or until there is nothing to do, then look how the run stands."""
    end = time.monotonic() + LOOK_EVERY_S
    busy = True
    while busy and time.monotonic() < end:
        busy = engine.step()
    runs.give_up_exhausted()
    run.refresh_from_db()
    watch(Tick(progress.of(run), *engine.live, run.error))
    if not busy and run.state == Run.State.RUNNING:
        time.sleep(LOOK_EVERY_S / 4)
