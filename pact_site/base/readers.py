"""Reading tables that strangers made: every problem is named by file, row and column."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeVar

from .csvsafe import restore_cell
from .errors import BadInput

T = TypeVar("T")

MAX_HEADER = 100_000
MAX_LINE = 4_000_000
MAX_EMPTY_ROWS = 1_048_576  # a spreadsheet's last row: saved sheets may trail that many
_BINARY = re.compile(r"[\x00\udc80-\udcff]")
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}


@dataclass(frozen=True)
class Row:
    """One data row: its place in the file and its cells as stripped text."""

    file: str
    number: int
    cells: Mapping[str, str]

    def bad(self, column: str, message: str, expected: str | None = None) -> BadInput:
        """An error about one cell of this row."""
        return BadInput(
            message, self.file, self.number, column, self.cells.get(column, ""), expected
        )

    def text(self, column: str, *, required: bool = True) -> str:
        """The cell's text; an empty one is an error when required."""
        value = self.cells.get(column, "")
        if required and not value:
            raise self.bad(column, "The cell is empty.", "a value")
        return value

    def one_of(self, column: str, allowed: Mapping[str, T], *, required: bool = True) -> T | None:
        """The cell's meaning in `allowed` (case-insensitive); None for an empty optional cell."""
        value = self.text(column, required=required)
        if not value:
            return None
        if value in allowed:
            return allowed[value]
        try:
            return {key.casefold(): meaning for key, meaning in allowed.items()}[value.casefold()]
        except KeyError:
            raise self.bad(column, "Unknown value.", "one of " + ", ".join(allowed)) from None

    def parsed(self, column: str, parse: Callable[[str], T], expected: str) -> T:
        """The cell put through `parse`; its ValueError becomes an error that names the cell."""
        value = self.text(column)
        try:
            return parse(value)
        except ValueError:
            raise self.bad(column, "The value cannot be read.", expected) from None


@dataclass(frozen=True)
class Layout:
    """What a table must and may contain. Aliases map a foreign header to our name."""

    required: Sequence[str]
    optional: Sequence[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


def read_table(path: str | Path, layout: Layout) -> Iterator[Row]:
    """Yield the rows of a UTF-8 CSV file (BOM and CRLF accepted), checked against `layout`.

    Cells are separated by commas, or by semicolons or tabs where the header has no comma: so
    spreadsheets write it where a comma marks decimals. Unknown columns are kept in `cells`. Raises
    BadInput for a missing file, wrong encoding, binary junk, a wrong header, ragged rows and an
    empty table. Reads line by line, so that a file of any size takes little memory.
    """
    path = Path(path)
    with _open(path) as stream:
        lines = _lines(stream, path.name)
        first = next(lines, "")
        reader = csv.reader(chain([first], lines), strict=True, delimiter=_separator(first))
        yield from _rows(reader, path.name, layout)


def _separator(header: str) -> str:
    return next((mark for mark in ",;\t" if mark in header), ",")


def _open(path: Path) -> io.TextIOWrapper:
    if not path.is_file():
        raise BadInput("There is no such file.", file=str(path))
    if path.stat().st_size == 0:
        raise BadInput("The file is empty.", file=path.name, expected="a CSV table with a header")
    # Bytes that are not UTF-8 become lone surrogates, which `_refuse_binary` finds in their cell.
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _lines(stream: io.TextIOWrapper, name: str) -> Iterator[str]:
    """The file's lines; junk without line ends is refused before it fills the memory."""
    number = 0
    while line := stream.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            message, found = "The file is no CSV table.", f"a line of {MAX_LINE} characters or more"
            raise BadInput(message, name, number, None, found, "shorter lines")
        yield line


def _rows(reader: Iterator[list[str]], name: str, layout: Layout) -> Iterator[Row]:
    number, found, empty = 0, 0, 0
    try:
        header = _header(next(reader, []), name, layout)
        number = 1
        for number, cells in enumerate(reader, start=2):
            if not any(map(str.strip, cells)):
                empty += 1
                if empty > MAX_EMPTY_ROWS:
                    raise BadInput("The file is mostly empty rows.", name, number)
                continue
            found += 1
            yield _row(name, number, header, cells)
    except csv.Error as error:
        raise BadInput(f"The file cannot be read as CSV: {error}.", name, number + 1) from error
    if not found:
        raise BadInput("The table has a header but no rows.", name)


def _row(name: str, number: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        message = "The row does not have as many cells as the header."
        raise BadInput(message, name, number, None, f"{len(cells)} cells", f"{len(header)} cells")
    pairs = list(zip(header, cells, strict=True))
    for column, cell in pairs:
        _refuse_binary(cell, name, number, column)
    return Row(name, number, {column: restore_cell(cell.strip()) for column, cell in pairs})


def _refuse_binary(cell: str, name: str, number: int, column: str | None) -> None:
    """Name the cell that holds a NUL byte or bytes that are not UTF-8."""
    bad = _BINARY.search(cell)
    if bad is None:
        return
    if bad.group() == "\x00":
        raise BadInput("The cell holds a NUL byte.", name, number, column, cell, "text")
    found = cell.encode("utf-8", "surrogateescape")
    expected = "UTF-8 (in a spreadsheet: save as 'CSV UTF-8')"
    raise BadInput("The file is not UTF-8 text.", name, number, column, found, expected)


def _header(cells: list[str], name: str, layout: Layout) -> list[str]:
    _refuse_foreign(cells, name, layout)
    names = {_plain(alias): ours for alias, ours in layout.aliases.items()}
    names |= {_plain(ours): ours for ours in (*layout.required, *layout.optional)}
    header = [names.get(_plain(cell), cell) for cell in map(str.strip, cells)]
    repeated = [column for column, count in Counter(header).items() if column and count > 1]
    if repeated:
        raise BadInput("A column appears twice in the header.", name, 1, repeated[0])
    missing = [column for column in layout.required if column not in header]
    if missing:
        message = f"The header lacks {', '.join(missing)}."
        expected = ", ".join(layout.required)
        raise BadInput(message, name, 1, missing[0], ", ".join(cells), expected)
    return header


def _plain(name: str) -> str:
    """A column's name as it is compared: in any case, with spaces for underscores or without."""
    return name.casefold().replace(" ", "_")


def _refuse_foreign(cells: list[str], name: str, layout: Layout) -> None:
    """Say what a file is that begins like no CSV table at all."""
    start = "".join(cells[:4])[:8].encode("utf-8", "surrogateescape")
    kinds = (kind for mark, kind in _FOREIGN.items() if start.startswith(mark))
    kind = next(kinds, None)
    if kind is None and sum(map(len, cells)) > MAX_HEADER:
        kind = "a very long line"
    if kind is None and any("\x00" in cell for cell in cells):
        kind = "binary data"
    if kind is not None:
        expected = "a CSV table with the columns " + ", ".join(layout.required)
        raise BadInput("The first line is not a CSV header.", name, 1, None, kind, expected)
    for cell in cells:
        _refuse_binary(cell, name, 1, None)
