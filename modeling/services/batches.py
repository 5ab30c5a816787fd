"""Chunks whose answers come as a batch, hours later: handed over, looked at, taken in.

One chunk is one batch. A claim hands the chunk's open prompts over, or looks whether the batch has
ended; either takes seconds, and the chunk then waits in the queue and no worker waits with it.

`Chunk.batch_id`, which says where a chunk stands, is also the attempt that its next batch is named
by in its metadata, so that a batch whose id was lost in a crash is found again instead of being
paid for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, cast

from django.db.models import Q, QuerySet

from modeling.backends import (
    Backend,
    BackendError,
    Decoding,
    Prompt,
    Reply,
    TransientError,
    make_backend,
)
from modeling.backends.batch_lines import GoneError
from modeling.models import Chunk, Run
from modeling.services import chunks, endpoints
from modeling.services.asking import Asking, seeded
from modeling.services.chunks import Outcome
from modeling.services.questions import Asked
from pact_site.base.models import State, User
from pact_site.base.services import audit

if TYPE_CHECKING:
    from modeling.backends.openai_batch import Batch, OpenAIBatchBackend

KINDS: Final = ("openai_batch",)
"""Kinds of endpoints that answer in batches."""

UNDER_WAY: Final = Chunk.IN_BATCH & Q(state__in=(State.QUEUED, State.RUNNING))
"""Chunks that wait for a batch."""

LOAD: Final = 64
TROUBLED_S: Final = 60.0
"""How long a batch is left alone when its endpoint does not answer."""

LEFT_OUT: Final = "The batch ended without an answer to some of its prompts."
CANCELLED: Final = (
    "Batch {} was cancelled. Its answers so far are kept; resuming the run asks the rest anew."
)
REFUSED: Final = {
    "failed": "Batch {0.id} failed: {0.words}",
    "gone": "Batch {0.id} is gone, or its files are: {0.words} Resuming the run asks its prompts anew.",
}


@dataclass(frozen=True)
class Later:
    """The chunk goes back to the queue for a while. `crowded`: only because others are before it."""

    batch_id: str
    wait_s: float
    error: str = ""
    crowded: bool = False


def under_way(run: Run) -> QuerySet[Chunk]:
    """The run's chunks that wait for a batch."""
    return run.chunks.filter(UNDER_WAY)


def tag_of(chunk: Chunk) -> dict[str, str]:
    """What the next batch of this chunk is called at the endpoint: run, chunk and attempt."""
    return {
        "pact_run": chunk.run.public_id,
        "pact_chunk": str(chunk.number),
        "pact_attempt": chunk.batch_id or "first",
    }


def asking_of(chunk: Chunk) -> Callable[..., Asking]:
    """The way to ask this chunk: at once, or by batch where its endpoint answers so."""
    if chunk.run.endpoint["kind"] not in KINDS:
        return Asking
    since = chunk.run.created_at.timestamp()
    return partial(
        BatchAsking, batch_id=chunk.batch_id, waits=chunk.in_batch, tag=tag_of(chunk), since=since
    )


@dataclass(kw_only=True)
class BatchAsking(Asking):
    """One claim of a chunk that is asked by batch; `waits`: one is under way.

    `since` is a time before the chunk's first batch.

    Afterwards either `later` is set, or rows, errors and `batch_id` are to be recorded. `halt`
    says that the run should stop.
    """

    batch_id: str
    waits: bool
    tag: dict[str, str]
    since: float
    later: Later | None = None
    halt: bool = False
    _must_finish: bool = field(default=False, init=False)

    @property
    def load(self) -> int:
        """A batch under way costs a worker next to nothing; few are written at a time."""
        return LOAD

    async def run(self, backend: Callable[[], Backend]) -> None:
        """Hand over or look once; returns normally whatever the endpoint does."""
        self._task = asyncio.current_task()
        if self.waits:
            self.later = Later(self.batch_id, 0.0)
        try:
            if not self.interrupted:
                client = cast("OpenAIBatchBackend", backend())
                await self._go_on(client)
                self.described = client.describe()
        except asyncio.CancelledError:
            if not self.interrupted:
                raise
        except TransientError as error:
            self._after_trouble(error)
        except BackendError as error:
            self.refusal = str(error)

    def interrupt(self) -> None:
        """Stop early, unless a batch is just being made or taken in. In the event loop's thread."""
        if not self._must_finish:
            super().interrupt()

    async def _go_on(self, client: OpenAIBatchBackend) -> None:
        batch = await (client.look(self.batch_id) if self.waits else self._hand_over(client))
        if batch is None:
            return
        if not batch.ended:
            self.later = Later(batch.id, client.pause_s(batch))
            return
        self._must_finish = True
        await self._take_in(client, batch)

    async def _hand_over(self, client: OpenAIBatchBackend) -> Batch | None:
        """The batch of this attempt: found, or made. None where nothing is left to ask."""
        first = next(self._requests(), None)
        if first is None:
            return None
        found = await client.find(self.tag, self.since)
        if found:
            return found
        await client.try_out(*first)
        with TemporaryDirectory() as folder:
            path = Path(folder, "requests.jsonl")
            await asyncio.to_thread(client.write, path, self._requests())
            file = await client.upload(path)
        self._must_finish = True
        batch = await client.create(file, self.tag, self.since)
        self._must_finish = False
        return batch

    async def _take_in(self, client: OpenAIBatchBackend, batch: Batch) -> None:
        """Rows out of what the batch left behind, and what is to become of the rest."""
        if batch.crowded:
            self.later = Later(
                Chunk.BATCH_OVER + batch.id, client.poll_s, batch.words, crowded=True
            )
            return
        with TemporaryDirectory() as folder:
            try:
                paths = await client.fetch(batch, Path(folder))
            except GoneError as error:
                paths, batch = [], replace(batch, status="gone", words=str(error))
            await asyncio.to_thread(self._read, client, paths)
        self.later, self.batch_id = None, Chunk.BATCH_OVER + batch.id
        if batch.status in REFUSED:
            self.refusal = REFUSED[batch.status].format(batch)
        elif batch.status == "cancelled" and self.unanswered:
            self.halt, self.refusal = True, ""
            self.errors = {"": CANCELLED.format(batch.id)}

    def _read(self, client: OpenAIBatchBackend, paths: list[Path]) -> None:
        """Read the files, then go through the prompts in order; the files know no order."""
        found = {key: said for path in paths[::-1] for key, said in client.replies(path)}
        for asked, decoding in self._open():
            key = asked.prompt.key
            said = found.pop(key, None) or Reply(key, error=LEFT_OUT)
            if isinstance(said, Reply):
                client.count(said, asked.prompt, decoding)
                self._take(asked, said)
            else:
                self.refusal = str(said)

    def _open(self) -> Iterator[tuple[Asked, Decoding]]:
        known = frozenset(self.rows)
        for asked in self.questions.asked(self.start, self.stop, known):
            yield asked, seeded(self.decoding, asked.sample)

    def _requests(self) -> Iterator[tuple[Prompt, Decoding]]:
        return ((asked.prompt, decoding) for asked, decoding in self._open())

    def _after_trouble(self, error: TransientError) -> None:
        """A batch under way is looked at again, for as long as it takes; it is paid for."""
        if self.later is None:
            self.errors[""] = str(error)
        else:
            self.later = replace(self.later, wait_s=TROUBLED_S, error=str(error))


def record(chunk: Chunk, asking: BatchAsking, outcome: Outcome) -> bool:
    """Put the chunk back until the next look, or record what its batch brought.

    A batch that answered something and not all leaves the rest to another at once. False where
    the lease is not ours any more.
    """
    later = asking.later
    if later and not asking.refusal:
        if not later.crowded or under_way(chunk.run).exclude(pk=chunk.pk).exists():
            wait = timedelta(seconds=later.wait_s)
            return chunks.postpone(chunk, wait=wait, batch_id=later.batch_id, error=later.error)
        outcome = replace(outcome, error=later.error, batch_id=later.batch_id)
        return chunks.record(chunk, outcome)
    goes_on = asking.halt or bool(outcome.answered and outcome.failed and not outcome.final)
    outcome = replace(
        outcome,
        interrupted=outcome.interrupted or goes_on,
        batch_id=asking.batch_id,
        halt=asking.halt,
    )
    return chunks.record(chunk, outcome)


def cancel(run: Run, *, actor: User | None = None) -> list[str]:
    """Ask the endpoint to end the run's batches; their ids. What they have answered is taken in.

    Raises BackendError in the endpoint's words.
    """
    waiting = list(under_way(run).order_by("number").values_list("batch_id", flat=True))
    asyncio.run(_cancel_all(run, waiting))
    if waiting:
        audit.record(
            verb="run.batches_cancelled", subject=f"run {run.public_id}", actor=actor,
            batches=waiting,
        )  # fmt: skip
    return waiting


async def _cancel_all(run: Run, batch_ids: Iterable[str]) -> None:
    client = cast("OpenAIBatchBackend", make_backend(endpoints.stored(run.endpoint).spec()))
    try:
        for batch_id in batch_ids:
            await client.cancel(batch_id)
    finally:
        await client.aclose()
