"""The worker's side of a run: chunks leased, several in flight, stored as they finish.

Questions travel in one event loop in a thread of its own, with one client an endpoint for the
worker's life. Everything about the database happens in the caller's thread.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import gc
import json
import logging
import threading
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Final, Self

from django.conf import settings
from django.db import Error as DatabaseError

from modeling.backends import Backend, Decoding, make_backend
from modeling.models import Chunk, Run
from modeling.services import batches, budgets, chunks, endpoints, manifests, questions, runs
from modeling.services.asking import Asking
from modeling.services.batches import BatchAsking
from modeling.services.chunks import Outcome
from modeling.services.questions import Questions
from pact_site.base.patience import Pause
from pact_site.base.tracing import working_on

log = logging.getLogger(__name__)

WANTED_IN_FLIGHT: Final = 512
"""Chunks are claimed until so many cells wait for answers: twice what backends have in flight, so
that they do not run dry while a chunk is stored and the next one claimed; they pace themselves."""

LOOK_AGAIN_S: Final = 0.5
"""How long a queue found empty is left alone: each look takes SQLite's write lock."""

ABANDONED_EVERY_S: Final = 1.0
"""How often chunks of dead workers are looked for, which costs a third of what claiming one does."""


QUESTIONS_KEPT: Final = 8
"""Runs whose questions are kept at hand: those about a large release take megabytes."""


@dataclass
class Flight:
    """A chunk we hold, what it asks, and the future that ends with it."""

    chunk: Chunk
    asking: Asking
    future: concurrent.futures.Future[None]


class Engine:
    """Asks chunks of running runs, of `runs` or of any, at `endpoints` or at all; a context manager.

    Call `step` again and again; it returns after at most `wait` seconds or so.
    """

    def __init__(
        self, runs: Collection[int] | None = None, endpoints: Collection[str] = ()
    ) -> None:
        self.runs = runs
        self.endpoints = endpoints
        self.flights: dict[int, Flight] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="asking", daemon=True)
        self._backends: dict[str, Backend] = {}
        self._questions: dict[tuple[str, int], Questions] = {}
        self._noted: dict[int, dict[str, object]] = {}
        self._renewed = 0.0
        self._found_empty = -LOOK_AGAIN_S
        self._sought_abandoned = -ABANDONED_EVERY_S

    def __enter__(self) -> Self:
        """Start the event loop."""
        _set_aside_what_stays()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back what is in flight, keeping the answers that have come, and close clients."""
        try:
            self.put_back()
        finally:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def step(self, *, claiming: bool = True, wait: float = 0.02) -> bool:
        """Renew leases, claim chunks, store finished ones. False if there was nothing to do."""
        self._renew()
        claimed = self._fill() if claiming else False
        stored = self._collect(wait)
        return claimed or stored or bool(self.flights)

    def take(self, chunk: Chunk) -> bool:
        """Start asking a chunk we have just claimed; False where it may not be asked."""
        try:
            asking = self._asking(chunk)
        except ValueError as error:  # BadInput too: inputs changed, or a shard is damaged
            chunks.refuse(chunk, str(error))
            return False
        if not budgets.permits(chunk, asking.questions):
            return False
        with working_on(str(chunk)):  # what is logged while asking names the chunk
            future = asyncio.run_coroutine_threadsafe(
                asking.run(lambda: self._backend(chunk.run)), self._loop
            )
        self.flights[chunk.pk] = Flight(chunk, asking, future)
        return True

    def put_back(self) -> None:
        """Stop asking at once and return every chunk with what it has."""
        for flight in self.flights.values():
            self._interrupt(flight)
        while self.flights:
            self._renew()
            self._collect(wait=1.0)

    @property
    def live(self) -> tuple[int, int]:
        """Cells answered in flight but not stored yet, and how many of them are invalid."""
        flights = list(self.flights.values())
        answered = sum(flight.asking.answered for flight in flights)
        return answered, sum(flight.asking.invalid for flight in flights)

    def _fill(self) -> bool:
        claimed = False
        while sum(f.asking.load for f in self.flights.values()) < WANTED_IN_FLIGHT:
            if time.monotonic() - self._found_empty < LOOK_AGAIN_S:
                break
            chunk = self._claim()
            if chunk is None or not self.take(chunk):
                self._found_empty = time.monotonic()
                break
            claimed = True
            if any(flight.future.done() for flight in self.flights.values()):
                break  # stored first: a fast endpoint must not fill our hands with answers
        return claimed

    def _claim(self) -> Chunk | None:
        now = time.monotonic()
        abandoned = now - self._sought_abandoned >= ABANDONED_EVERY_S
        if abandoned:
            self._sought_abandoned = now
        return chunks.claim(self.runs, self.endpoints, abandoned=abandoned)

    def _collect(self, wait: float) -> bool:
        if not self.flights:
            return False
        futures = [flight.future for flight in self.flights.values()]
        concurrent.futures.wait(futures, wait, concurrent.futures.FIRST_COMPLETED)
        done = [flight for flight in self.flights.values() if flight.future.done()]
        for flight in done:
            self._renew()  # the database may be slow, and others' chunks wait their turn
            self._store(flight)
            del self.flights[flight.chunk.pk]
        return bool(done)

    def _store(self, flight: Flight) -> None:
        asking, chunk = flight.asking, flight.chunk
        fault = flight.future.exception()
        if fault:  # ours, not the endpoint's: it must not kill the worker, it is stored and shown
            log.error("Chunk %s failed", chunk, exc_info=fault)
            asking.refusal = f"{type(fault).__name__}: {fault}"
        if asking.described and asking.described != self._noted.get(chunk.run_id):
            manifests.note_backend(chunk.run_id, asking.described)
            self._noted[chunk.run_id] = asking.described
        if isinstance(asking, BatchAsking):
            kept = batches.record(chunk, asking, _outcome(asking))
        else:
            kept = chunks.record(chunk, _outcome(asking))
        if not kept:
            log.warning("Lost the lease of chunk %s; its answers are dropped", chunk)

    def _renew(self) -> None:
        """Extend leases at a third of their length; drop what was taken, and runs that stopped."""
        if time.monotonic() - self._renewed < settings.PACT_LEASE_SECONDS / 3:
            return
        running = set(self._running())
        for flight in self.flights.values():
            if not flight.chunk.renew() or flight.chunk.run_id not in running:
                self._interrupt(flight)
        self._renewed = time.monotonic()

    def _running(self) -> Iterable[int]:
        pks = {flight.chunk.run_id for flight in self.flights.values()}
        return Run.objects.filter(pk__in=pks, state=Run.State.RUNNING).values_list("pk", flat=True)

    def _interrupt(self, flight: Flight) -> None:
        self._loop.call_soon_threadsafe(flight.asking.interrupt)

    def _asking(self, chunk: Chunk) -> Asking:
        run = chunk.run
        return batches.asking_of(chunk)(
            questions=self._questions_of(run),
            start=chunk.start,
            stop=chunk.stop,
            decoding=Decoding(**run.decoding),
            stamp={"run": run.public_id, "model": run.label},
            rows=chunks.stored_rows(chunk),
        )

    def _questions_of(self, run: Run) -> Questions:
        """The run's questions, loaded once for as long as its chunks are among the last we took."""
        known = (run.public_id, run.cells)  # a run grows when its limit is lifted
        found = self._questions.pop(known, None) or questions.of(run)
        self._questions[known] = found
        if len(self._questions) > QUESTIONS_KEPT:
            del self._questions[next(iter(self._questions))]
        return found

    def _backend(self, run: Run) -> Backend:
        """The client of the run's endpoint; made in the event loop, kept for the worker's life."""
        key = json.dumps(run.endpoint, sort_keys=True)
        if key not in self._backends:
            self._backends[key] = make_backend(endpoints.stored(run.endpoint).spec())
        return self._backends[key]

    async def _close(self) -> None:
        for backend in self._backends.values():
            await backend.aclose()


def _outcome(asking: Asking) -> Outcome:
    error = asking.refusal or next(iter(asking.errors.values()), "")
    if asking.unanswered and not error:
        error = "" if asking.interrupted else f"{asking.unanswered} cells got no answer."
    return Outcome(
        rows=list(asking.rows.values()),
        answered=asking.answered,
        failed=asking.unanswered,
        error=error,
        final=bool(asking.refusal),
        interrupted=asking.interrupted and bool(asking.unanswered),
    )


@cache
def _set_aside_what_stays() -> None:
    """Spare the garbage collector everything that was loaded before the first question.

    It would walk through all of it again and again, for as much time as the questions take; and
    through the questions under way after every 700 new objects, which is what one of them costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


_of_this_thread = threading.local()


def run_one(pk: int) -> None:
    """Claim one chunk by its id and see it through; quietly nothing if it is not claimable.

    For Celery, whose processes live long: event loop and clients are kept from chunk to chunk and
    end with the process.
    """
    chunk = Chunk.objects.filter(pk=pk, run__in=runs.askable()).claim()
    if chunk is None:
        return
    engine, pause = _lasting_engine(), Pause()
    engine.take(chunk)
    while engine.flights:
        try:
            engine.step(claiming=False, wait=1.0)
        except DatabaseError as error:
            pause.after_trouble(error)


def _lasting_engine() -> Engine:
    """The engine of this thread, ended with the process."""
    if not hasattr(_of_this_thread, "engine"):
        _of_this_thread.engine = Engine().__enter__()
        atexit.register(_of_this_thread.engine.__exit__, None, None, None)
    engine: Engine = _of_this_thread.engine
    return engine
