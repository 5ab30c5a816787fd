"""How many requests are in flight, learned from the server; and how often to try again."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import deque
from dataclasses import dataclass

from modeling.backends.protocol import TransientError

CUT = 0.8
_now = time.monotonic
LONGEST_WAIT_S = 120.0
"""A Retry-After beyond this is cut to it; the next 429 states the rest."""


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
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._woken = 0

    def slot(self, *, again: bool = False) -> Slot:
        """Wait for a slot, hold it, and learn from how the request inside ends.

        Who comes `again` goes before all who wait: a batch ends with its last reply, and behind a
        long queue its few retries would hold everything else back.
        """
        return Slot(self, again)

    async def enter(self, first: bool) -> None:
        """Take a slot, as soon as there is one."""
        try:
            while self.in_flight >= int(self.limit) or self._resume_at > _now():
                await self._chance(first)
                first = True  # whoever has waited keeps its place
        except BaseException:
            self._wake()  # whoever woke us meant it for someone
            raise
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)

    def leave(self, started: float, error: BaseException | None) -> None:
        """Give the slot back; `error` is what its request ended with."""
        if error is None:
            self._grow()
        elif isinstance(error, TransientError) and error.rate_limited:
            self._yield(started, error.retry_after_s)
        self.in_flight -= 1
        self._wake()

    async def _chance(self, first: bool) -> None:
        """Wait until a slot may be free, or the pause over."""
        if self.in_flight < int(self.limit):
            await asyncio.sleep(self._resume_at - _now())
            return
        waiter = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if first else self._waiting.append)(waiter)
        try:
            await waiter
        finally:
            self._woken -= waiter.done() and not waiter.cancelled()

    def _wake(self) -> None:
        """Let as many waiters look again as there are slots, those under way to one included."""
        while self._waiting and self.in_flight + self._woken < int(self.limit):
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                self._woken += 1

    def _grow(self) -> None:
        step = 1.0 / self.limit if self.rate_limited else 1.0
        self.limit = min(float(self.most), self.limit + step)

    def _yield(self, started: float, retry_after_s: float | None) -> None:
        self.rate_limited += 1
        pause = self.pause_s if retry_after_s is None else min(retry_after_s, LONGEST_WAIT_S)
        self._resume_at = max(self._resume_at, _now() + pause)
        if started >= self._cut_at:
            self.limit = max(1.0, self.limit * CUT)
            self._cut_at = _now()


class Slot:
    """One request's place in a pace, held as a context."""

    __slots__ = ("_again", "_pace", "_started")

    def __init__(self, pace: Pace, again: bool) -> None:
        self._pace = pace
        self._again = again

    async def __aenter__(self) -> None:
        await self._pace.enter(self._again)
        self._started = _now()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        self._pace.leave(self._started, error)


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
