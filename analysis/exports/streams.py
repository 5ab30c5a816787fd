"""Rows written as they are made: files of any size from generators, aside and then renamed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.exports.files import check_ending
from annotation.services.release_tables import write_csv, write_jsonl
from pact_site.base.aside import file_aside
from pact_site.base.errors import BadInput

Row = dict[str, Any]
BATCH: Final = 10_000


def check_stream(path: Path) -> None:
    """BadInput where the file's ending names no format that is written in a stream."""
    check_ending(path)
    if path.name.endswith(".gz"):
        raise BadInput("Streams are not packed.", found=path.name, expected=".csv or .parquet")


def write_stream(rows: Iterator[Row], schema: pa.Schema, path: Path) -> int:
    """Write the schema's columns of every row, by the file's ending; returns how many rows.

    None is an empty cell. CSV cells that a spreadsheet would run as formulas are made safe. Nothing
    is left behind where a row cannot be made.
    """
    check_stream(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_aside(path) as aside:
        return _write(rows, schema, path.suffix, aside)


def _write(rows: Iterator[Row], schema: pa.Schema, ending: str, path: Path) -> int:
    if ending == ".parquet":
        return _parquet(rows, schema, path)
    if ending == ".jsonl":
        return write_jsonl(({name: row[name] for name in schema.names} for row in rows), path)
    return write_csv(rows, path, schema.names)


def _parquet(rows: Iterator[Row], schema: pa.Schema, path: Path) -> int:
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH)):
            count += len(batch)
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    return count
