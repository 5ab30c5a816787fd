"""CSV that a spreadsheet opens without running it as formulas."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

# A cell that begins with one of these is a formula to Excel, LibreOffice or Sheets.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_FIRST = frozenset((*_FORMULA_STARTS, "'"))


def safe_cell(value: object) -> object:
    """Prefix text that would be a formula with an apostrophe; numbers pass unchanged.

    Text that already looks prefixed gets one more, so that `restore_cell` undoes every case.
    """
    if not isinstance(value, str) or value[:1] not in _FIRST or not _looks_like_formula(value):
        return value
    return value if _is_number(value) else "'" + value


def restore_cell(text: str) -> str:
    """Undo `safe_cell`, so that an export read back is equal to what was written."""
    return text[1:] if text.startswith("'") and _looks_like_formula(text) else text


def write_rows(stream: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> int:
    """Write a header and rows with safe cells; None becomes an empty cell. Returns the row count."""
    return write_lines(stream, columns, ([row[name] for name in columns] for row in rows))


def write_lines(stream: TextIO, columns: Sequence[str], lines: Iterable[Iterable[object]]) -> int:
    """The same of rows whose values stand in the columns' order."""
    writer = csv.writer(_PlainLineEnds(stream), lineterminator="\r\n")
    writer.writerow(columns)
    return sum(1 for line in lines if writer.writerow(map(_cell, line)))


def stream_rows(
    columns: Sequence[str], batches: Iterable[Iterable[Mapping[str, object]]]
) -> Iterator[str]:
    """The same in pieces, the header first and then one a batch: for more rows than fit memory."""
    piece = io.StringIO()
    writer = csv.writer(_PlainLineEnds(piece), lineterminator="\r\n")
    writer.writerow(columns)
    yield piece.getvalue()
    for batch in batches:
        piece.seek(0)
        piece.truncate()
        writer.writerows([_cell(row[name]) for name in columns] for row in batch)
        yield piece.getvalue()


def _cell(value: object) -> object:
    return "" if value is None else safe_cell(value)


class _PlainLineEnds:
    """Ends rows with a line feed alone.

    The csv module quotes a cell with a carriage return only when that is part of its own row end
    (before Python 3.13), and an unquoted one breaks the row for every reader.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, row: str) -> int:
        return self.stream.write(row.removesuffix("\r\n") + "\n")


def _looks_like_formula(text: str) -> bool:
    return text.lstrip("'").startswith(_FORMULA_STARTS)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
