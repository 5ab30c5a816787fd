"""What stands for too few people is taken out of figures, tables and their files.

This is primary suppression alone: a hidden group can be worked out where all others of a total are
shown. The page says the number of people below which nothing is shown.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

COUNTS: Final = ("n_humans", "people")
"""Columns that count people. One that holds words in some row is not a count there."""

_SPREAD: Final = ("", "_lower", "_upper", "_n_items", "_n_humans", "_n_answers")

Row = dict[str, Any]


@dataclass(frozen=True)
class Cleaned:
    """Rows that may be shown, and how many are not."""

    rows: list[Row]
    hidden: int


def is_small(row: Mapping[str, Any], minimum: int) -> bool:
    """Whether a row stands for somebody, but for fewer people than may be shown."""
    return any(0 < count < minimum for count in _counts(row))


def _counts(row: Mapping[str, Any]) -> Iterator[float]:
    for name in COUNTS:
        try:
            yield float(row.get(name) or 0)
        except ValueError:
            continue


def clean_rows(rows: Sequence[Row], minimum: int) -> Cleaned:
    """A figure's rows without those of too few people."""
    kept = [row for row in rows if not is_small(row, minimum)]
    return Cleaned(kept, len(rows) - len(kept))


def clean_spec(spec: Mapping[str, Any], minimum: int) -> tuple[dict[str, Any], int]:
    """A chart whose data hold no row of too few people, and how many rows went.

    Rows without counts, such as the line that joins a group's two points, go with their group.
    """
    cleaned = copy.deepcopy(dict(spec))
    parts = list(_data_of(cleaned))
    small = {str(row.get("name")) for rows in parts for row in rows if is_small(row, minimum)}
    hidden = 0
    for rows in parts:
        kept = [row for row in rows if not (is_small(row, minimum) or _goes_along(row, small))]
        hidden += len(rows) - len(kept)
        rows[:] = kept
    return cleaned, hidden


def _goes_along(row: Row, small: set[str]) -> bool:
    return not any(name in row for name in COUNTS) and "name" in row and str(row["name"]) in small


def _data_of(node: Any) -> Iterator[list[Row]]:
    """Every list of rows that a spec holds."""
    if isinstance(node, list):
        for part in node:
            yield from _data_of(part)
    elif isinstance(node, dict):
        for key, part in node.items():
            if key == "data" and isinstance(part, dict) and isinstance(part.get("values"), list):
                yield part["values"]
            elif key == "datasets" and isinstance(part, dict):
                yield from part.values()
            else:
                yield from _data_of(part)


def clean_table(
    table: Mapping[str, Any], records: Sequence[Row], minimum: int
) -> tuple[dict[str, Any], list[Row], int]:
    """A report's table and its file's records without what stands for too few people.

    Rows that count too few people go; of other rows the cells whose own count is too small are
    emptied. Returns table, records, and how many rows and cells are not shown.
    """
    shown, kept, hidden = [], [], 0
    for row, record in zip(table["rows"], records, strict=True):
        if is_small(record, minimum):
            hidden += 1
            continue
        row, record = copy.deepcopy(row), dict(record)
        for column, cell in zip(table["columns"], row["cells"], strict=True):
            if _cell_is_small(record, column["key"], minimum):
                _empty(record, cell, column["key"], minimum)
                hidden += 1
        shown.append(row)
        kept.append(record)
    return {**table, "rows": shown}, kept, hidden


def _cell_is_small(record: Row, key: str, minimum: int) -> bool:
    count = record.get(f"{key}_n_humans")
    return bool(count) and 0 < float(str(count)) < minimum


def _empty(record: Row, cell: Row, key: str, minimum: int) -> None:
    words = f"fewer than {minimum} people: not published"
    record.update({key + part: "" for part in _SPREAD} | {f"{key}_note": words})
    cell.update(text="–", interval="", title=words, undefined=True, bar=None)
