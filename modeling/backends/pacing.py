"""How many requests are in flight, learned from the server; and how often to try again."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Final, Protocol, TypeVar

from modeling.backends.protocol import TransientError

CUT = 0.8
AT_ONCE: Final = 0
"""The turn before all others."""
_now = time.monotonic
LONGEST_WAIT_S = 120.0
"""A Retry-After beyond this is cut to it; the next 429 states the rest."""

T = TypeVar("T")


class Waiting(Protocol):
    """Somebody in a pace's queue."""

    @property
    def wants(self) -> bool:
        """Whether a slot would be used; who says no leaves the queue."""
        ...

    def take(self) -> None:
        """Use a slot, which is counted already."""
        ...


class Pace:
    """Slots for requests: grows until the first 429, then yields by a fifth and creeps.

    Before the first 429 every success adds a slot, which doubles the number in each round trip;
    after it, a whole round of successes adds one. On a 429 nothing starts until Retry-After has
    passed. Several 429 from one burst count once. One event loop only.
    """

    def __init__(self, *, start: int, most: int, pause_s: float = 1.0) -> None:
        self.limit = float(min(start, most))
        self.most = most
        self.pause_s = pause_s
        self.in_flight = 0
        self.peak = 0
        self.rate_limited = 0
        self._resume_at = 0.0
        self._cut_at = 0.0
        self._numbers = count(1)
        self._queue: list[tuple[int, int, Waiting]] = []
        self._alarm: asyncio.TimerHandle | None = None

    def turn(self) -> int:
        """A place in the queue behind all that were given out before."""
        return next(self._numbers)

    def join(self, turn: int, waiting: Waiting) -> None:
        """Hand slots to somebody at this turn, for as long as they are wanted."""
        heappush(self._queue, (turn, next(self._numbers), waiting))
        self._hand_out()

    def leave(self) -> None:
        """Give a slot back."""
        self.in_flight -= 1
        self._hand_out()

    def keeps(self, turn: int) -> bool:
        """Whether a slot may be used again: there is room, and nobody with an earlier turn."""
        first = self._first()
        earlier = first is not None and first[0] < turn
        return not earlier and self.in_flight <= int(self.limit) and self._resume_at <= _now()

    def grow(self) -> None:
        """Learn from a success."""
        if self.limit < self.most:
            step = 1.0 / self.limit if self.rate_limited else 1.0
            self.limit = min(float(self.most), self.limit + step)
            self._hand_out()

    def give_way(self, started: float, retry_after_s: float | None) -> None:
        """Learn from a 429 that answers a request of this time."""
        self.rate_limited += 1
        pause = self.pause_s if retry_after_s is None else min(retry_after_s, LONGEST_WAIT_S)
        self._resume_at = max(self._resume_at, _now() + pause)
        if started >= self._cut_at:
            self.limit = max(1.0, self.limit * CUT)
            self._cut_at = _now()

    def _first(self) -> tuple[int, int, Waiting] | None:
        """The first in the queue who still wants a slot."""
        while self._queue and not self._queue[0][2].wants:
            heappop(self._queue)
        return self._queue[0] if self._queue else None

    def _hand_out(self) -> None:
        """Give free slots to those who wait, now or when the pause is over."""
        while self.in_flight < int(self.limit) and (first := self._first()):
            pause = self._resume_at - _now()
            if pause > 0:
                self._go_on_in(pause)
                return
            self.in_flight += 1
            self.peak = max(self.peak, self.in_flight)
            first[2].take()

    def _go_on_in(self, pause: float) -> None:
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(pause, self._go_on)

    def _go_on(self) -> None:
        self._alarm = None
        self._hand_out()


class Slot:
    """A place in a pace, for one request after the other; it learns from how they end."""

    __slots__ = ("_pace", "_turn", "held")

    def __init__(self, pace: Pace, turn: int, *, held: bool = False) -> None:
        self._pace = pace
        self._turn = turn
        self.held = held

    async def enter(self, *, again: bool = False) -> None:
        """Wait for it.

        Who comes `again` goes before all who wait: a batch ends with its last reply, and behind a
        long queue its few retries would hold everything else back.
        """
        waiter = _Waiter(asyncio.get_running_loop().create_future())
        self._pace.join(AT_ONCE if again else self._turn, waiter)
        try:
            await waiter.handed
        except BaseException:
            if waiter.handed.done() and not waiter.handed.cancelled():  # handed over just now
                self._pace.leave()
            raise
        self.held = True

    def leave(self) -> None:
        """Give it back; harmless when repeated."""
        if self.held:
            self.held = False
            self._pace.leave()

    def keeps(self) -> bool:
        """Whether another request may start in it without waiting."""
        return self.held and self._pace.keeps(self._turn)

    async def use(self, request: Awaitable[T]) -> T:
        """The result of a request; the pace learns from how it ends."""
        started = _now()
        try:
            result = await request
        except TransientError as error:
            if error.rate_limited:
                self._pace.give_way(started, error.retry_after_s)
            raise
        self._pace.grow()
        return result


@dataclass(frozen=True, slots=True)
class _Waiter:
    """One who waits for one slot."""

    handed: asyncio.Future[None]

    @property
    def wants(self) -> bool:
        return not self.handed.done()

    def take(self) -> None:
        self.handed.set_result(None)


@dataclass(frozen=True, slots=True)
class Patience:
    """When to give up on one prompt. 429 have their own, larger allowance: the pace handles them."""

    max_tries: int = 6
    max_rate_limited: int = 60
    backoff_s: float = 0.5
    longest_s: float = 30.0

    def spent(self, failures: int, rate_limited: int) -> bool:
        """Whether these counts of failures and of 429 are enough."""
        return failures >= self.max_tries or rate_limited >= self.max_rate_limited

    def pause_s(self, error: TransientError, failures: int, key: str) -> float:
        """Seconds to wait before the next try: none after a 429 (the pace waits for all), the
        server's own wish, or twice as long each time with a spread fixed by the key."""
        if error.rate_limited:
            return 0.0
        if error.retry_after_s is not None:
            return min(error.retry_after_s, LONGEST_WAIT_S)
        spread = 0.5 + zlib.crc32(f"{key}/{failures}".encode()) / 2.0**32
        return min(self.longest_s, self.backoff_s * 2.0 ** (failures - 1)) * spread
