"""Rows of model answers from CSV or Parquet files, checked against one layout either way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pact_site.base.errors import BadInput
from pact_site.base.readers import Layout, Row, read_table

BATCH_ROWS: Final = 8192
BATCH_BYTES: Final = 256 * 2**20
"""Text that so many rows may hold together once they are unpacked: 32 kB each."""


def read_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """The rows of a CSV or, by the file's ending, Parquet file, a batch at a time."""
    return _parquet_rows(path, layout) if path.suffix == ".parquet" else read_table(path, layout)


def _parquet_rows(path: Path, layout: Layout) -> Iterator[Row]:
    try:
        texts = [field.name for field in pq.read_schema(path) if _is_text(field.type)]
        file = pq.ParquetFile(path, read_dictionary=texts)
    except (OSError, pa.ArrowException) as error:
        raise BadInput("The file cannot be read as Parquet.", file=path.name) from error
    columns = [layout.aliases.get(name, name) for name in file.schema_arrow.names]
    missing = [name for name in layout.required if name not in columns]
    if missing:
        raise BadInput(f"The columns lack {', '.join(missing)}.", path.name, None, missing[0])
    if len(set(columns)) < len(columns):
        raise BadInput("A column appears twice.", path.name, None, _repeated(columns))
    if not file.metadata.num_rows:
        raise BadInput("The table has a header but no rows.", path.name)
    number = 1
    for batch in file.iter_batches(BATCH_ROWS):
        if sum(map(_bytes_of, batch.columns)) > BATCH_BYTES:
            raise BadInput(
                "The rows hold more text than a table of answers has.",
                file=path.name,
                row=number + 1,
                expected=f"at most {BATCH_BYTES >> 20} MB in {BATCH_ROWS} rows",
            )
        for cells in batch.rename_columns(columns).to_pylist():
            number += 1
            yield Row(path.name, number, {name: _text(cell) for name, cell in cells.items()})


def _is_text(kind: pa.DataType) -> bool:
    return any(
        test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)
    )


def _bytes_of(column: pa.Array) -> int:
    """How much text a column would be once every row has its own.

    A few kilobytes of a file can stand for any number of long texts: kept as a dictionary, they can
    be measured before they are unpacked.
    """
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).cast(pa.int64())
    return pc.sum(lengths.take(column.indices)).as_py() or 0


def _repeated(columns: list[str]) -> str:
    return next(name for name in columns if columns.count(name) > 1)


def _text(cell: object) -> str:
    return "" if cell is None or cell != cell else str(cell).strip()  # NaN
