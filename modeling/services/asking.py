"""Asking one chunk: prompts out, replies in, rows of a shard. Runs in the event loop, no tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

from modeling.backends import Backend, BackendError, Decoding, Reply
from modeling.services.questions import Asked, Questions, Row


@dataclass
class Asking:
    """The questions of one chunk under way.

    `rows` starts with what an earlier try had stored and grows as replies come in; `errors` holds
    the last words on each prompt that got no answer. `refusal` is set when asking on is pointless.
    Another thread may read the lengths at any time.
    """

    questions: Questions
    start: int
    stop: int
    decoding: Decoding
    stamp: Mapping[str, str]
    rows: dict[str, Row] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    interrupted: bool = False
    described: dict[str, object] = field(default_factory=dict)
    invalid: int = 0
    known: int = field(init=False)
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.known = len(self.rows)

    @property
    def answered(self) -> int:
        """Cells that this try has answered."""
        return len(self.rows) - self.known

    @property
    def load(self) -> int:
        """How much of a worker this takes up, in cells."""
        return self.unanswered

    @property
    def unanswered(self) -> int:
        """Cells without a row."""
        return self.stop - self.start - len(self.rows)

    async def run(self, backend: Callable[[], Backend]) -> None:
        """Ask everything not yet in `rows`; returns normally whatever the endpoint does."""
        self._task = asyncio.current_task()
        if self.interrupted:
            return
        try:
            client = backend()
            await self._ask_all(client)
            self.described = client.describe()
        except asyncio.CancelledError:
            if not self.interrupted:
                raise
        except BackendError as error:
            self.refusal = str(error)

    def interrupt(self) -> None:
        """Stop early, keeping what has arrived. Call it in the event loop's thread."""
        self.interrupted = True
        if self._task:
            self._task.cancel()

    async def _ask_all(self, backend: Backend) -> None:
        """Ask all samples at once; each has a seed of its own, so that repeats can differ."""
        sample = attrgetter("sample")
        still_open = self.questions.asked(self.start, self.stop, self.rows)
        by_sample = groupby(sorted(still_open, key=sample), key=sample)
        asking = [
            self._ask(backend, list(batch), seeded(self.decoding, sample))
            for sample, batch in by_sample
        ]
        results = await asyncio.gather(*asking, return_exceptions=True)
        for problem in results:
            if isinstance(problem, BaseException):
                raise problem

    async def _ask(self, backend: Backend, batch: Sequence[Asked], decoding: Decoding) -> None:
        waiting = {asked.prompt.key: asked for asked in batch}
        async for reply in backend.ask([asked.prompt for asked in batch], decoding):
            self._take(waiting.pop(reply.key), reply)
        for key in waiting:
            self.errors[key] = "The endpoint handed back no reply."

    def _take(self, asked: Asked, reply: Reply) -> None:
        if reply.error is not None:
            self.errors[reply.key] = reply.error
            return
        for row in self.questions.rows(asked, reply):
            row.update(self.stamp)
            self.rows[row["cell_key"]] = row
            self.invalid += bool(row["invalid_reason"])


def seeded(decoding: Decoding, sample: int) -> Decoding:
    """How to sample this repeat of a question."""
    return decoding if decoding.seed is None else replace(decoding, seed=decoding.seed + sample)
