"""Finished runs whose answers a test writes down itself."""

from itertools import count

from modeling import shards
from modeling.models import Chunk, Run
from tests.modeling.rows import make_row

_numbers = count(1)


def make_answered(release, *chunks, label=None, kind="counterparts", design=None, **differs):
    """A finished run with these lists of rows as its shards; a row states only what differs."""
    number = next(_numbers)
    run = Run.objects.create(
        kind=kind, label=label or f"model {number}", dataset_slug=release.dataset.slug,
        release=release, state=Run.State.DONE, endpoint={"name": "env", "kind": "openai",
        "model": "m"}, design=design or {"kind": kind}, plan_hash=str(number),
        cells=sum(map(len, chunks)), **differs,
    )  # fmt: skip
    start = 0
    for place, rows in enumerate(chunks):
        add_shard(run, place, start, rows)
        start += len(rows)
    return run


def add_shard(run, number, start, rows):
    """One chunk with its rows as a shard."""
    rows = [
        make_row(**({"cell_key": f"{start + place:032x}"} | row)) | {
            "run": run.public_id, "model": run.label,
        }
        for place, row in enumerate(rows)
    ]  # fmt: skip
    stored = shards.write(shards.fresh_key(run.public_id, number, 1), shards.table_of(rows))
    invalid = sum(bool(row["invalid_reason"]) for row in rows)
    return Chunk.objects.create(
        run=run, number=number, start=start, stop=start + len(rows), state="done",
        shard=stored.key, checksum=stored.checksum, rows=len(rows), valid=len(rows) - invalid,
        invalid=invalid,
    )  # fmt: skip


def invalid(reason="refusal", **differs):
    """What differs in a row that could not be read."""
    return {"choice": None, "q": None, "invalid_reason": reason, "text": "no"} | differs
