"""What the importers share: the shape they have, and cells that must hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from annotation.vocab.countries import Country, UnknownCountry, resolve
from pact_site.base.errors import BadInput, BadRows
from pact_site.base.readers import Layout, Row, read_table

from .drafts import Draft, Facts, Skipped

Entry = Draft | Skipped

MAX_SOURCE_ID = 100
MAX_SETTING = 200

MOST_BAD = 10
"""Bad rows that one message names."""


class Importer:
    """Reads one file, once: `read` yields an entry per row, then `facts` tells about the whole.

    `include_neutral` concerns NormAd, `negatives` CultureAtlas: every statement is false.
    """

    layout: ClassVar[Layout]

    def __init__(self, *, include_neutral: bool = False, negatives: bool = False) -> None:
        self.include_neutral = include_neutral
        self.negatives = negatives
        self._rows_by_id: dict[str, int] = {}

    def read(self, path: Path) -> Iterator[Entry]:
        """An entry per row of the file, in its order; raises BadInput that names the bad rows.

        After the first of them nothing is yielded any more; MOST_BAD of them are enough.
        """
        bad: list[BadInput] = []
        for row in read_table(path, self.layout):
            try:
                entry = self.entry(row)
            except BadInput as error:
                bad.append(error)
                if len(bad) == MOST_BAD:
                    break
            else:
                if not bad:
                    yield entry
        if bad:
            raise BadRows.of(bad, stopped=len(bad) == MOST_BAD)

    def entry(self, row: Row) -> Entry:
        """What becomes of one row."""
        raise NotImplementedError

    def facts(self) -> Facts:
        """Name, version and licence of the file; call it after `read` is exhausted."""
        raise NotImplementedError

    def own_id(self, row: Row, column: str) -> str:
        """The row's id, which no earlier row may have."""
        source_id = limited(row, column, MAX_SOURCE_ID)
        earlier = self._rows_by_id.setdefault(source_id, row.number)
        if earlier != row.number:
            expected = f"an id of its own (row {earlier} has it already)"
            raise row.bad(column, "The id appears twice.", expected)
        return source_id


def limited(row: Row, column: str, longest: int, *, required: bool = True) -> str:
    """The cell's text, at most `longest` characters of it."""
    text = row.text(column, required=required)
    if len(text) > longest:
        raise row.bad(column, "The text is too long.", f"at most {longest} characters")
    return text


def country_of(row: Row, column: str) -> Country:
    """The country that the cell names, by code, English name, long form or slug."""
    try:
        return resolve(row.text(column))
    except UnknownCountry as unknown:
        expected = "a country's English name, NormAd slug or upper-case ISO 3166-1 code"
        if unknown.suggestions:
            expected += " (nearest: " + ", ".join(unknown.suggestions) + ")"
        raise row.bad(column, "Unknown country.", expected) from None
