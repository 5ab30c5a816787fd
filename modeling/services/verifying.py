"""Finding shards that were removed or damaged, and having their cells asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from modeling import shards
from modeling.models import Chunk, Run
from pact_site.base.errors import BadInput
from pact_site.base.models import State, User
from pact_site.base.services import audit


@dataclass(frozen=True)
class Damage:
    """A file that is not what was recorded, the chunks whose answers it held, and what is wrong."""

    run: Run
    key: str
    chunks: tuple[int, ...]
    rows: int
    problem: str

    def __str__(self) -> str:
        """One line for a terminal."""
        first, last = self.chunks[0], self.chunks[-1]
        which = f"chunk {first}" if first == last else f"chunks {first} to {last}"
        return (
            f"run {self.run.public_id}, {which} ({self.rows} answers), {self.key}: {self.problem}"
        )


def verify(run: Run, watch: Callable[[int], object] = lambda files: None) -> Iterator[Damage]:
    """Every damaged file of the run, by existence and checksum; `watch` is told each file read."""
    for key, chunks in _by_file(run.chunks.exclude(shard="")).items():
        problem = _problem(key, chunks[0].checksum)
        watch(1)
        if problem:
            numbers = tuple(chunk.number for chunk in chunks)
            yield Damage(run, key, numbers, sum(chunk.rows for chunk in chunks), problem)


def files(run: Run) -> int:
    """How many files the run's chunks name."""
    return run.chunks.exclude(shard="").values("shard").distinct().count()


def ask_again(run: Run, damages: Iterable[Damage], actor: User | None = None) -> int:
    """Forget the answers of damaged files and set their chunks back to the queue; how many.

    A run that had ended waits to be resumed then. BadInput for an imported run: nobody can ask
    its cells.
    """
    keys = {damage.key for damage in damages}
    if run.imported:
        raise BadInput(
            f"Run {run.public_id} was imported and cannot be asked again. Delete the run and "
            "import its file once more."
        )
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        queued = sum(_forget(run.chunks.filter(shard=key)) for key in keys)
        if queued:
            Run.objects.filter(pk=run.pk, state__in=(Run.State.DONE, Run.State.FAILED)).update(
                state=Run.State.STOPPED,
                finished_at=None,
                error=f"{queued} chunks whose answers were damaged wait to be asked again.",
            )
            audit.record(
                verb="run.reasked", subject=f"run {run.public_id}", actor=actor,
                chunks=queued, files=sorted(keys),
            )  # fmt: skip
    run.refresh_from_db()
    return queued


def _by_file(chunks: QuerySet[Chunk]) -> dict[str, list[Chunk]]:
    found: dict[str, list[Chunk]] = {}
    needed = chunks.order_by("number").only("number", "shard", "checksum", "rows")
    for chunk in needed.iterator():
        found.setdefault(chunk.shard, []).append(chunk)
    return found


def _problem(key: str, recorded: str) -> str:
    try:
        found = shards.checksum(key)
    except shards.Damaged:
        return "the file is missing" if shards.missing([key]) else "the file cannot be read"
    return "" if found == recorded else "the file is not what was written (its checksum differs)"


def _forget(chunks: QuerySet[Chunk]) -> int:
    return chunks.exclude(state=State.RUNNING).update(
        state=State.QUEUED, attempts=0, not_before=None, finished_at=None,
        dispatched_at=None, batch_id="", error="",
        shard="", checksum="", rows=0, valid=0, invalid=0, failed=0,
        prompt_tokens=0, completion_tokens=0,
    )  # fmt: skip
