"""Claiming chunks and recording what came of them. Every write holds only where the lease does."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import questions, runs
from pact_site.base.models import State

FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 300.0
MAX_TRIES: Final = 3
"""Tries of a chunk whose endpoint stays silent, before the run stops or the chunk fails."""


@dataclass(frozen=True)
class Outcome:
    """What one try of a chunk brought.

    `rows` are all answers of the chunk so far, earlier tries included; `answered` those of this
    try. `error` holds the endpoint's words; `final` says that trying again cannot help;
    `interrupted` that nobody is to blame. `batch_id` is noted unless None; `halt` stops the run.
    """

    rows: Collection[dict[str, Any]]
    answered: int
    failed: int = 0
    error: str = ""
    final: bool = False
    interrupted: bool = False
    batch_id: str | None = None
    halt: bool = False


def claim(
    run_pks: Collection[int] | None = None,
    endpoints: Collection[str] = (),
    *,
    abandoned: bool = True,
) -> Chunk | None:
    """Take a claimable chunk of the first askable run that has one.

    Run by run, because the index then leads to the one row, however many chunks there are. Without
    `abandoned` only what waits in the queue is taken.
    """
    for run in runs.askable(run_pks, endpoints):
        running = Chunk.objects.filter(run=run.pk, run__state=Run.State.RUNNING)
        chunk = running.claim(abandoned=abandoned)
        if chunk:
            chunk.run = run  # whoever asks wants it next
            return chunk
    return None


def open_chunks(endpoints: Collection[str] = ()) -> bool:
    """Whether askable runs have chunks that are not finished, whoever holds them."""
    asked = runs.askable(None, endpoints)
    return Chunk.objects.filter(run__in=asked, state__in=runs.OPEN).exists()


def stored_rows(chunk: Chunk) -> dict[str, dict[str, Any]]:
    """What earlier tries of this chunk have stored: cell key -> row."""
    if not chunk.shard:
        return {}
    return {row["cell_key"]: row for row in shards.read(chunk.shard).to_pylist()}


def record(chunk: Chunk, outcome: Outcome) -> bool:
    """Write the shard, then name it where the lease is still ours, in one statement.

    False when it is not: the file just written is nobody's then and is removed. Where the file
    cannot be written the chunk goes back to the queue and the run stops. ValueError if the outcome
    does not account for every cell of the chunk.
    """
    if len(outcome.rows) + outcome.failed != chunk.stop - chunk.start:
        raise ValueError(f"{len(outcome.rows)} rows and {outcome.failed} failed in chunk {chunk}")
    columns = _columns(outcome.rows)
    key = ""
    if outcome.answered:
        key = shards.fresh_key(chunk.run.public_id, chunk.number, chunk.attempts)
        schema = questions.kind_of(chunk.run).schema
        try:
            shard = shards.write(key, shards.table_of(list(outcome.rows), schema))
        except OSError as error:
            return _not_stored(chunk, error)
        columns |= {"shard": shard.key, "checksum": shard.checksum, "rows": shard.rows}
    if not chunk.held().update(**columns, **_state(chunk, outcome)):
        if key:
            shards.remove(key)
        return False
    _tell_run(chunk, outcome)
    return True


def refuse(chunk: Chunk, error: str) -> bool:
    """Fail a chunk that cannot even be asked; what earlier tries stored stays. False: lease lost."""
    if not chunk.fail(error):
        return False
    runs.after_trouble(run=chunk.run, error=error)
    runs.settle(chunk.run)
    return True


def _not_stored(chunk: Chunk, error: OSError) -> bool:
    """Give the chunk back without these answers and stop: the next ones would be lost as well."""
    words = (
        f"Answers cannot be stored in {settings.PACT_SHARDS}: {error.strerror or error}. "
        "Once that is mended, resume the run: it goes on where it was."
    )
    held = chunk.held().update(
        state=State.QUEUED, lease_expires=None, attempts=F("attempts") - 1, error=words
    )
    runs.stop(run=chunk.run, reason=words)
    return bool(held)


def postpone(chunk: Chunk, *, wait: timedelta, batch_id: str, error: str = "") -> bool:
    """Back to the queue until a batch has come further; this look at it counts as no attempt.

    False where the lease is not ours any more. `error` shows on the run while it is running.
    """
    back: dict[str, Any] = {
        "state": State.QUEUED,
        "not_before": timezone.now() + wait,
        "attempts": F("attempts") - 1,
        "lease_expires": None,
        "dispatched_at": None,
        "batch_id": batch_id,
        "error": error,
    }
    kept = chunk.held().update(**back)
    if kept and error:
        runs.after_trouble(run=chunk.run, error=error)
    return bool(kept)


def _columns(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    rows = list(rows)
    valid = sum(not row["invalid_reason"] for row in rows)
    return {
        "valid": valid,
        "invalid": len(rows) - valid,
        "prompt_tokens": sum(row["prompt_tokens"] for row in rows),
        "completion_tokens": sum(row["completion_tokens"] for row in rows),
    }


def _state(chunk: Chunk, outcome: Outcome) -> dict[str, Any]:
    """The columns that end this try: done, failed, or back in the queue."""
    over = {"lease_expires": None, "error": outcome.error, "failed": outcome.failed}
    if outcome.batch_id is not None:
        over["batch_id"] = outcome.batch_id
    if outcome.interrupted:
        return over | {"state": State.QUEUED, "not_before": None, "attempts": F("attempts") - 1}
    if not outcome.error:
        return over | {"state": State.DONE, "finished_at": timezone.now()}
    if outcome.final or (chunk.attempts >= MAX_TRIES and outcome.answered):
        return over | {"state": State.FAILED, "finished_at": timezone.now()}
    return over | {"state": State.QUEUED, "not_before": timezone.now() + _pause(chunk.attempts)}


def _pause(attempts: int) -> timedelta:
    """The wait before a chunk is tried again: twice as long each time."""
    return timedelta(seconds=min(FIRST_PAUSE_S * 2 ** (attempts - 1), LONGEST_PAUSE_S))


def _tell_run(chunk: Chunk, outcome: Outcome) -> None:
    if outcome.error and not outcome.interrupted:
        runs.after_trouble(run=chunk.run, error=outcome.error)
        if not outcome.final and not outcome.answered and _has_waited_enough(chunk):
            runs.stop(run=chunk.run, reason=outcome.error)
    if outcome.halt:
        runs.stop(run=chunk.run, reason=outcome.error)
    runs.settle(chunk.run)


def _has_waited_enough(chunk: Chunk) -> bool:
    """Whether a silent endpoint is down for good: after MAX_TRIES, or where it never answered."""
    if chunk.attempts >= MAX_TRIES:
        return True
    return not chunk.run.chunks.exclude(shard="").exists()
