"""A long CSV of ratings, from any tool, as a frame: one row per item, annotator and criterion."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.metrics.agreement import POOLED
from pact_site.base.errors import BadInput
from pact_site.base.readers import Layout, Row, read_table

LAYOUT = Layout(required=("item", "annotator", "value"), optional=("criterion",))
PAIRED = (("yes", "no"), ("true", "false"))
"""Answers that come in twos: one of them in a file implies the other in the label set."""


@dataclass(frozen=True)
class RatingFile:
    """The ratings (columns item, rater, criterion, value) and the label set they are from."""

    frame: pd.DataFrame
    labels: tuple[str, ...]


def read_ratings(path: str | Path, labels: Sequence[str] = ()) -> RatingFile:
    """Read item, annotator, value and, if there, criterion; further columns are ignored.

    An empty value is a missing rating. Without the column `criterion` there is one criterion without
    a name. With `labels`, any other value is refused; without, the labels are the values that occur,
    numbers in their order, or both of yes/no and true/false. Yes is yes, and 1.0 is 1.
    Raises BadInput that names the row: unknown or look-alike values, empty items, annotators or
    criteria, a second rating of the same item and criterion by one annotator.
    """
    spelled = _declared(labels)
    firm = bool(spelled)
    seen: dict[tuple[str, str, str], int] = {}
    records: list[tuple[str, str, str, str]] = []
    for row in read_table(path, LAYOUT):
        key = (row.text("item"), row.text("annotator"), _criterion(row))
        if key in seen:
            raise row.bad(
                "annotator", f"The annotator rated this item already, in row {seen[key]}."
            )
        seen[key] = row.number
        records.append((*key, _value(row, spelled, firm)))
    frame = pd.DataFrame.from_records(records, columns=["item", "rater", "criterion", "value"])
    return RatingFile(frame, tuple(spelled.values()) if firm else _implied(spelled, path))


def _declared(labels: Sequence[str]) -> dict[str, str]:
    """The declared labels by their folded spelling."""
    spelled = {_folded(label): label for label in labels}
    if labels and (len(spelled) < len(labels) or "" in spelled):
        found = ",".join(labels)
        raise BadInput("The labels are not all different.", found=found, expected="like yes,no")
    return spelled


def _criterion(row: Row) -> str:
    if "criterion" not in row.cells:
        return ""
    name = row.text("criterion")
    if name == POOLED:
        raise row.bad("criterion", "The name stands for all criteria together.", "another name")
    return name


def _value(row: Row, spelled: dict[str, str], firm: bool) -> str:
    value = row.text("value", required=False)
    if not value:
        return ""
    folded = _folded(value)
    if firm:
        if folded not in spelled:
            raise row.bad("value", "Unknown value.", "one of " + ", ".join(spelled.values()))
        return spelled[folded]
    known = spelled.setdefault(folded, value)
    if known != value:
        expected = "one spelling, or the option --labels, which accepts any"
        raise row.bad("value", f"The value is another spelling of '{known}'.", expected)
    return value


def _folded(value: str) -> str:
    """What spellings of one label have in common: Yes is yes, and 1.0 is 1."""
    try:
        number = float(value)
    except ValueError:
        return value.casefold()
    return repr(number) if math.isfinite(number) else value.casefold()


def _implied(spelled: Mapping[str, str], path: str | Path) -> tuple[str, ...]:
    if not spelled:
        raise BadInput("No row has a value.", file=Path(path).name, column="value")
    for pair in PAIRED:
        if set(spelled) <= set(pair):
            return tuple(spelled.get(label, label) for label in pair)
    try:
        return tuple(sorted(spelled.values(), key=float))
    except ValueError:
        return tuple(sorted(spelled.values()))
