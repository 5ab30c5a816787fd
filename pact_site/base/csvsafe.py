"""CSV that a spreadsheet opens without running it as formulas."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

# A cell that begins with one of these is a formula to Excel, LibreOffice or Sheets.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """Prefix text that would be a formula with an apostrophe; numbers pass unchanged."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _is_number(value):
        return "'" + value
    return value


def restore_cell(text: str) -> str:
    """Undo `safe_cell`, so that an export read back is equal to what was written."""
    if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS):
        return text[1:]
    return text


def write_rows(stream: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> int:
    """Write a header and rows with safe cells; None becomes an empty cell. Returns the row count."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow(["" if row[name] is None else safe_cell(row[name]) for name in columns])
        count += 1
    return count


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
