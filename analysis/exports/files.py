"""Rows as a file: CSV, gzipped CSV, Parquet or JSON lines by the ending of its name."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from pact_site.base.aside import file_aside
from pact_site.base.csvsafe import write_lines
from pact_site.base.errors import BadInput

ENDINGS = (".csv", ".csv.gz", ".parquet", ".jsonl")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame aside and rename it into place; missing values become empty cells.

    CSV cells that a spreadsheet would run as formulas are made safe; Parquet holds text as it is.
    """
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_aside(path) as aside:
        fill_table(frame, aside)


def fill_table(frame: pd.DataFrame, path: Path) -> None:
    """The same into a file that is aside already."""
    _writer(path)(frame, path)


def check_ending(path: Path) -> None:
    """BadInput where the file's ending names no format."""
    _writer(path)


def _writer(path: Path) -> Callable[[pd.DataFrame, Path], None]:
    if path.name.endswith(".parquet"):
        return _parquet
    if path.name.endswith(".jsonl"):
        return _jsonl
    if path.name.endswith(".csv.gz"):
        return _gzip
    if path.name.endswith(".csv"):
        return _csv
    raise BadInput(
        "The file's ending names no format.", found=path.name, expected=", ".join(ENDINGS)
    )


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _jsonl(frame: pd.DataFrame, path: Path) -> None:
    frame.to_json(path, orient="records", lines=True, force_ascii=False, date_format="iso")


def _csv(frame: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        _write(frame, stream)


def _gzip(frame: pd.DataFrame, path: Path) -> None:
    # No name and no time inside, so that the same rows give the same bytes.
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="") as stream,
    ):
        _write(frame, stream)


def _write(frame: pd.DataFrame, stream: TextIO) -> None:
    columns = [_cells(column) for _, column in frame.items()]
    write_lines(stream, list(frame.columns), zip(*columns, strict=True))


def _cells(column: "pd.Series[Any]") -> list[object]:
    """A column's values as Python's own, None where one is missing."""
    values: list[object] = column.tolist()
    missing = column.isna().to_numpy()
    if not missing.any():
        return values
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]
