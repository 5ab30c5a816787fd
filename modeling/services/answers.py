"""Reading what models answered: only the shards that the database names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from django.db.models import QuerySet, Sum
from django.utils.functional import cached_property

from modeling import shards
from modeling.models import Chunk, Run
from modeling.schemas import SCHEMA
from modeling.services import questions, verifying
from pact_site.base.errors import BadInput

if TYPE_CHECKING:
    import polars as pl

PART_ROWS: Final = 1_000_000
"""How many rows are read at once by what goes over all answers in parts."""


@dataclass(frozen=True)
class Part:
    """Some whole shards, and how many rows the database says they have."""

    keys: Sequence[str]
    schema: pa.Schema
    rows: int

    @property
    def frame(self) -> pl.LazyFrame:
        """The rows as a lazy frame."""
        return _lazy(self.keys, self.schema)

    def coded(self, columns: Sequence[str]) -> pl.DataFrame:
        """These columns of all rows, texts as categories: the numbers and words that a file holds.

        Texts repeat: four bytes a row, and nothing is spelled out to be compared again.
        """
        import polars as pl

        found = pl.from_arrow(_numbered(self.keys, self.schema, columns))
        assert isinstance(found, pl.DataFrame)
        return found


def answers(run_pks: Iterable[int]) -> list[str]:
    """Paths or URLs of the runs' shards, by run and chunk. Half-finished chunks count too."""
    return [shards.locate(key) for key in _keys(run_pks)]


def scan(run_pks: Iterable[int]) -> pl.LazyFrame:
    """The runs' answers as a lazy frame with the columns of their kind's schema.

    Columns that a shard is too old to have are null. Without runs: `modeling.schemas.SCHEMA`.
    BadInput for runs whose kinds have different columns. Polars is imported here: workers on a GPU
    machine do not have it.
    """
    pks = list(run_pks)
    return _lazy(_keys(pks), _schema(pks))


def frames(run_pks: Iterable[int]) -> Iterator[pl.LazyFrame]:
    """The same, a shard at a time: for what must not hold all of them at once."""
    pks = list(run_pks)
    schema = _schema(pks)
    return (_lazy([key], schema) for key in _keys(pks))


def parts(run_pks: Iterable[int], most: int = PART_ROWS) -> list[Part]:
    """The same in parts of at most so many rows, by run and chunk: many small shards are one part.

    A shard that has more rows is a part of its own.
    """
    pks = list(run_pks)
    schema, sizes = _schema(pks), _rows(pks)
    groups: list[list[str]] = []
    held = 0
    for key in _keys(pks):
        held += sizes[key]
        if not groups or held > most:
            groups.append([])
            held = sizes[key]
        groups[-1].append(key)
    return [Part(keys, schema, sum(sizes[key] for key in keys)) for keys in groups]


def _numbered(keys: Sequence[str], schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    """Columns of shards, each text a number in its dictionary; null where a shard lacks them."""
    import pyarrow.dataset as ds

    texts = [name for name in columns if pa.types.is_string(schema.field(name).type)]
    words = pa.dictionary(pa.int32(), pa.string())
    wanted = pa.schema(
        [pa.field(n, words if n in texts else schema.field(n).type) for n in columns]
    )
    how = ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(dictionary_columns=texts))
    filesystem, paths = shards.dataset_paths(keys)
    return ds.dataset(paths, schema=wanted, format=how, filesystem=filesystem).to_table()


def _lazy(keys: Sequence[str], schema: pa.Schema) -> pl.LazyFrame:
    import polars as pl
    import pyarrow.dataset as ds

    empty = pl.from_arrow(schema.empty_table())
    assert isinstance(empty, pl.DataFrame)
    if not keys:
        return empty.lazy()
    filesystem, paths = shards.dataset_paths(keys)
    if filesystem is None:
        return pl.scan_parquet(paths, schema=empty.schema, missing_columns="insert")
    return pl.scan_pyarrow_dataset(ds.dataset(paths, schema=schema, filesystem=filesystem))


def _schema(run_pks: list[int]) -> pa.Schema:
    kinds = Run.objects.filter(pk__in=run_pks).order_by("kind").values_list("kind", flat=True)
    known = {kind: questions.kind_of(Run(kind=kind)).schema for kind in kinds.distinct()}
    schemas = list(known.values()) or [SCHEMA]
    if any(schema is not schemas[0] for schema in schemas):
        raise BadInput("Runs of these kinds cannot be read together.", found=", ".join(known))
    return schemas[0]


class LazyRows(Sequence[dict[str, Any]]):
    """The rows of a lazy frame, counted once and read a slice at a time: what a paginator takes."""

    def __init__(self, frame: pl.LazyFrame) -> None:
        self.frame = frame

    @cached_property
    def _count(self) -> int:
        import polars as pl

        return int(self.frame.select(pl.len()).collect(engine="streaming").item())

    def __len__(self) -> int:
        """How many rows there are."""
        return self._count

    def __getitem__(self, place: Any) -> Any:
        """A row, or the rows of a slice without a step."""
        if isinstance(place, int):
            return self[place : place + 1][0]
        start, stop, _step = place.indices(len(self))
        part = self.frame.slice(start, max(stop - start, 0))
        return part.collect(engine="streaming").to_dicts()


def numbered(run: Run, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
    """The run's answers with these row numbers, counted over its shards in their order."""
    import polars as pl

    rows = scan([run.pk]).with_row_index("row").filter(pl.col("row").is_in(list(numbers)))
    return {row["row"]: row for row in rows.collect(engine="streaming").to_dicts()}


def tables(run: Run, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The run's answers in the order of its plan, some columns or all, a part at a time.

    Damaged where a file cannot be read.
    """
    for key in _named(run.chunks.all()):
        yield from shards.batches(key, columns)


@contextmanager
def reading(run_pks: Iterable[int]) -> Iterator[None]:
    """Collect a scanned frame in here: where that fails over a damaged file, Damaged names it."""
    import polars as pl

    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, pa.ArrowException):
        for run in Run.objects.filter(pk__in=list(run_pks)):
            for damage in verifying.verify(run):
                raise shards.damaged(damage.key, damage.problem) from None
        raise


def _keys(run_pks: Iterable[int]) -> list[str]:
    """The files of these runs, each once; Damaged where one is missing."""
    keys = _named(Chunk.objects.filter(run__in=list(run_pks)))
    for key in shards.missing(keys):
        raise shards.damaged(key, "the file is missing")
    return keys


def _rows(run_pks: list[int]) -> dict[str, int]:
    """Shard -> its rows; a shard of several chunks has those of all."""
    named = Chunk.objects.filter(run__in=run_pks).exclude(shard="").order_by("shard")
    return dict(named.values_list("shard").annotate(Sum("rows")))


def _named(chunks: QuerySet[Chunk]) -> list[str]:
    named = chunks.exclude(shard="").order_by("run", "number")
    return list(dict.fromkeys(named.values_list("shard", flat=True)))


def row_of(run: Run, key: str) -> dict[str, object] | None:
    """The stored row of the cell with this key, None before it is answered."""
    import polars as pl

    found = scan([run.pk]).filter(pl.col("cell_key") == key).head(1).collect()
    return found.row(0, named=True) if found.height else None
