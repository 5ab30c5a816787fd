"""A long CSV of labels, checked against what is declared, and gathered into ratings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from django.utils.dateparse import parse_datetime
from django.utils.text import slugify

from annotation.services.validation.protocol import CODE
from pact_site.base.readers import Layout, Row

LAYOUT: Final = Layout(
    required=("item", "annotator", "criterion", "value"),
    optional=("note", "reason", "repeat", "revision", "flagged", "seconds", "submitted_at"),
)
POOLED: Final = "__pooled__"
LONGEST: Final = {"item": 220, "annotator": 60}
MOST: Final = {"repeat": 99, "revision": 32_767}
TRUTH: Final = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


@dataclass(frozen=True)
class Said:
    """A label with its reason, and the row it stands in."""

    value: str
    reason: str
    row: int


@dataclass
class Rating:
    """What one annotator said of one item at one time, all criteria together."""

    item: str
    annotator: str
    repeat: int
    row: int
    labels: dict[str, Said] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    """note, flagged, seconds, revision and submitted_at, as far as the file tells them."""

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells a rating from every other one of the validation."""
        return self.item, self.annotator, self.repeat


@dataclass
class LabelFile:
    """The ratings of a file in its order, with the criteria as the file spells them."""

    name: str
    ratings: dict[tuple[str, str, int], Rating] = field(default_factory=dict)
    criteria: dict[str, str] = field(default_factory=dict)
    """Code -> the file's own words."""
    read: int = 0
    empty: int = 0

    @property
    def labels(self) -> int:
        """How many labels the file holds."""
        return self.read - self.empty


@dataclass(frozen=True)
class Declared:
    """What a file may hold: the labels and, where the validation is there already, its criteria."""

    labels: Sequence[str]
    criteria: Mapping[str, str] | None = None
    """Folded code or question -> code; None where the file itself declares the criteria."""


def gather(rows: Iterable[Row], name: str, declared: Declared) -> LabelFile:
    """Check every row and put those of one annotator on one item together.

    Without a column `reason`, a row's note is the reason for its label; with one, the note belongs
    to the whole rating. A row without a value is counted and left out. Raises BadInput that names
    row and column: unknown criteria and values, a second label for the same thing, facts of one
    rating that contradict each other.
    """
    found = LabelFile(name)
    allowed = {label: label for label in declared.labels}
    for row in rows:
        found.read += 1
        rating = _rating(row, found)
        code = _code(row, declared, found)
        if code in rating.labels:
            before = rating.labels[code].row
            raise row.bad("annotator", f"The annotator rated this item already, in row {before}.")
        value = row.one_of("value", allowed, required=False)
        if value is None:
            found.empty += 1
            continue
        rating.labels[code] = Said(value, _reason(row), row.number)
        _note_facts(row, rating)
        found.ratings.setdefault(rating.key, rating)
    return found


def _rating(row: Row, found: LabelFile) -> Rating:
    item, annotator = _short(row, "item"), _short(row, "annotator")
    repeat = _whole(row, "repeat") or 0
    known = found.ratings.get((item, annotator, repeat))
    return known or Rating(item, annotator, repeat, row.number)


def _short(row: Row, column: str) -> str:
    text = row.text(column)
    if len(text) > LONGEST[column]:
        expected = f"an id of at most {LONGEST[column]} characters"
        raise row.bad(column, "This is too long for an id.", expected)
    return text


def _code(row: Row, declared: Declared, found: LabelFile) -> str:
    name = row.text("criterion")
    if declared.criteria is not None:
        code = declared.criteria.get(name.casefold())
        if code is None:
            expected = "one of " + ", ".join(dict.fromkeys(declared.criteria.values()))
            raise row.bad("criterion", "Nobody declared this criterion.", expected)
        return code
    code = slugify(name)
    if name == POOLED or not CODE.fullmatch(code):
        expected = "letters, digits, - and _, at most 60, such as scenario-clear"
        raise row.bad("criterion", "This cannot be the name of a criterion.", expected)
    known = found.criteria.setdefault(code, name)
    if known != name:
        expected = "one spelling for each criterion"
        raise row.bad("criterion", f"The criterion differs from '{known}' too little.", expected)
    return code


def _reason(row: Row) -> str:
    return row.cells.get("reason", "") if "reason" in row.cells else row.cells.get("note", "")


def _note_facts(row: Row, rating: Rating) -> None:
    told = {
        "note": row.cells.get("note", "") if "reason" in row.cells else "",
        "flagged": row.one_of("flagged", TRUTH, required=False),
        "seconds": _seconds(row),
        "revision": _whole(row, "revision"),
        "submitted_at": _moment(row),
    }
    for column, value in told.items():
        if value in (None, ""):
            continue
        if rating.facts.setdefault(column, value) != value:
            message = f"Rows of one rating (from row {rating.row} on) contradict each other."
            raise row.bad(column, message, str(rating.facts[column]))


def _whole(row: Row, column: str) -> int | None:
    most = MOST[column]

    def parse(text: str) -> int:
        number = int(text)
        if not 0 <= number <= most:
            raise ValueError(text)
        return number

    if not row.cells.get(column):
        return None
    return row.parsed(column, parse, f"a whole number from 0 to {most:,}")


def _seconds(row: Row) -> float | None:
    def parse(text: str) -> float:
        number = float(text)
        if not 0 <= number < 10**9:  # also false for NaN
            raise ValueError(text)
        return number

    return row.parsed("seconds", parse, "a number of seconds") if row.cells.get("seconds") else None


def _moment(row: Row) -> datetime | None:
    def parse(text: str) -> datetime:
        moment = parse_datetime(text)
        if moment is None:
            raise ValueError(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    if not row.cells.get("submitted_at"):
        return None
    return row.parsed("submitted_at", parse, "a time such as 2026-03-01T12:30:00+00:00")
