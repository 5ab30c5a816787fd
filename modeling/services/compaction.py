"""Finished runs in few, large, sorted files: read sooner, and a fraction of the size.

Small shards of neighbouring chunks are read one after the other, sorted a part at a time and
written into one file; then all of their chunks name that file, in one transaction. The small files
are kept a while for readers that have their names, and removed later (`sweeping`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import QuerySet

from modeling import shards
from modeling.models import Chunk, RetiredShard, Run
from modeling.services import questions, sweeping
from pact_site.base.errors import BadInput
from pact_site.base.models import Job
from pact_site.base.services import jobs
from pact_site.base.services.jobs import Context

JOB: Final = "modeling.compact"
TARGET_ROWS: Final = 1_000_000
FEW_VALUES: Final = 0.25
"""Numbers are stored by dictionary where at most this share of them differ."""

Watch = Callable[[int, int], object]


@dataclass(frozen=True)
class File:
    """A file and the chunks that name it: numbers `first` to `last`, `rows` in all."""

    key: str
    checksum: str
    rows: int
    first: int
    last: int


@dataclass(frozen=True)
class Compacted:
    """How many files there were and are now, and the rows that moved."""

    before: int
    after: int
    rows: int


def enqueue(run: Run) -> Job | None:
    """Queue the compaction of a run that has just become done; None where there is nothing to do."""
    if run.chunks.exclude(shard="").values("shard").distinct().count() < 2:
        return None
    return jobs.enqueue(kind=JOB, payload={"run": run.public_id}, actor=run.created_by)


def run_job(payload: dict[str, object], context: Context) -> dict[str, object]:
    """Compact the run, if it is still done, and remove files whose time is over."""
    run = Run.objects.filter(public_id=payload.get("run")).first()
    if run is None:
        raise BadInput("There is no such run.", found=payload.get("run"))
    sweeping.remove_retired()
    if run.state != Run.State.DONE:
        return {}  # it has grown since: it is compacted when it is done again
    done = compact(
        run, lambda rows, of: context.report(rows / max(of, 1), f"{rows} of {of} answers")
    )
    return {"before": done.before, "after": done.after, "rows": done.rows}


def compact(run: Run, watch: Watch = lambda rows, of: None) -> Compacted:
    """Merge the run's small files; doing it again changes nothing.

    BadInput for a run that is not done, or whose files are damaged: nothing damaged is copied.
    """
    if run.state != Run.State.DONE:
        raise BadInput(
            "Only a finished run is compacted.", found=run.state, expected=Run.State.DONE
        )
    files = _files(run)
    groups = list(_groups(files))
    rows, total = 0, sum(file.rows for group in groups for file in group)
    for group in groups:
        if not _swap(run, group, _merged(run, group)):
            raise BadInput(f"Run {run.public_id} has changed meanwhile. Compact it again.")
        rows += sum(file.rows for file in group)
        watch(rows, total)
    return Compacted(len(files), len(files) - sum(len(group) - 1 for group in groups), rows)


def _files(run: Run) -> list[File]:
    """The run's files in the order of its chunks; neighbours with one name are one file."""
    files: list[File] = []
    named = run.chunks.exclude(shard="").order_by("number")
    for key, checksum, rows, number in named.values_list("shard", "checksum", "rows", "number"):
        if files and files[-1].key == key:
            last = files.pop()
            files.append(File(key, checksum, last.rows + rows, last.first, number))
        else:
            files.append(File(key, checksum, rows, number, number))
    return files


def _groups(files: Iterable[File]) -> Iterator[list[File]]:
    """Neighbouring small files that fit into a large one together, two or more."""
    group: list[File] = []
    for file in files:
        large = file.rows > TARGET_ROWS / 2
        if group and (large or sum(one.rows for one in group) + file.rows > TARGET_ROWS):
            if len(group) > 1:
                yield group
            group = []
        if not large:
            group.append(file)
    if len(group) > 1:
        yield group


def _merged(run: Run, group: list[File]) -> shards.Shard:
    schema = questions.kind_of(run).schema
    key = shards.fresh_key(run.public_id, group[0].first, "large")
    with shards.writing(key) as stream:
        hashed = Hashed(stream)
        rows = write_sorted(hashed, _tables(group, schema), schema)
    expected = sum(file.rows for file in group)
    if rows != expected:
        shards.remove(key)
        raise shards.damaged(group[0].key, f"{rows} rows were read where {expected} are recorded")
    return shards.Shard(key, hashed.digest(), rows)


def _tables(group: list[File], schema: pa.Schema) -> Iterator[pa.Table]:
    for file in group:
        if shards.checksum(file.key) != file.checksum:
            raise shards.damaged(file.key, "its checksum is not the one recorded")
        for table in shards.batches(file.key):
            yield _fitted(table, schema)


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with all columns of the schema; those that it is too old to have are null."""
    columns = [
        table[field.name] if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def write_sorted(stream: Hashed, tables: Iterable[pa.Table], schema: pa.Schema) -> int:
    """Write the tables' rows as one Parquet file, each row group sorted; how many there were."""
    writer, rows = None, 0
    for part in _parts(tables):
        ordered = part.sort_by(
            [(name, "ascending") for name in shards.SORTED_BY if name in schema.names]
        )
        writer = writer or pq.ParquetWriter(stream, schema, **_encoding(ordered))
        writer.write_table(ordered, row_group_size=shards.BATCH_ROWS)
        rows += len(ordered)
    if writer:
        writer.close()
    return rows


def _parts(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of a row group each."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        while sum(map(len, waiting)) >= shards.BATCH_ROWS:
            joined = pa.concat_tables(waiting)
            yield joined.slice(0, shards.BATCH_ROWS)
            waiting = [joined.slice(shards.BATCH_ROWS)]
    if any(map(len, waiting)):
        yield pa.concat_tables(waiting)


def _encoding(sample: pa.Table) -> dict[str, Any]:
    """Dictionaries for what repeats, the keys plainly, and other numbers byte by byte."""
    numbers = [field.name for field in sample.schema if pa.types.is_floating(field.type)]
    many = [name for name in numbers if _differ(sample[name])]
    plain = {"cell_key", *many}
    return {
        "compression": "zstd",
        "use_dictionary": [name for name in sample.column_names if name not in plain],
        "use_byte_stream_split": many,
    }


def _differ(column: pa.ChunkedArray) -> bool:
    return len(column.unique()) > FEW_VALUES * len(column)


def _swap(run: Run, group: list[File], shard: shards.Shard) -> bool:
    """Let the group's chunks name the new file, all at once; False if they are not what they were."""
    with transaction.atomic():
        state = Run.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
        chunks = run.chunks.filter(number__range=(group[0].first, group[-1].last))
        chunks = chunks.exclude(shard="")
        unchanged = state == Run.State.DONE and _named(chunks) == [file.key for file in group]
        if unchanged:
            chunks.update(shard=shard.key, checksum=shard.checksum)
            RetiredShard.objects.bulk_create(
                [RetiredShard(key=file.key) for file in group], batch_size=500
            )
    if not unchanged:
        shards.remove(shard.key)
    return unchanged


def _named(chunks: QuerySet[Chunk]) -> list[str]:
    return list(dict.fromkeys(chunks.order_by("number").values_list("shard", flat=True)))


class Hashed(io.RawIOBase):
    """A stream that writes on to another and hashes what passes."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream, self._hash = stream, hashlib.sha256()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Pass on and hash."""
        self._hash.update(data)
        return self._stream.write(data)

    def digest(self) -> str:
        """SHA-256 of what was written, in hex."""
        return self._hash.hexdigest()
