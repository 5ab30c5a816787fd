"""Rows of model answers from CSV or Parquet files, checked against one layout either way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pact_site.base.errors import BadInput
from pact_site.base.readers import Layout, Row, read_table


def read_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """The rows of a CSV or, by the file's ending, Parquet file, a batch at a time."""
    return _parquet_rows(path, layout) if path.suffix == ".parquet" else read_table(path, layout)


def _parquet_rows(path: Path, layout: Layout) -> Iterator[Row]:
    try:
        file = pq.ParquetFile(path)
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
    for batch in file.iter_batches():
        for cells in batch.rename_columns(columns).to_pylist():
            number += 1
            yield Row(path.name, number, {name: _text(cell) for name, cell in cells.items()})


def _repeated(columns: list[str]) -> str:
    return next(name for name in columns if columns.count(name) > 1)


def _text(cell: object) -> str:
    return "" if cell is None or cell != cell else str(cell).strip()  # NaN
