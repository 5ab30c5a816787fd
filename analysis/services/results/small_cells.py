"""What stands for too few people is taken out of figures, tables and their files.

With it goes what would tell of it: the companions. The page says the number of people below which
nothing is shown.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analysis.services.results.companions import axes_of, companions, label_columns, named

COUNTS: Final = ("n_humans", "people")
"""Columns that count people. One that holds words in some row is not a count there."""

_SPREAD: Final = ("", "_lower", "_upper", "_n_items", "_n_humans", "_n_answers")

Row = dict[str, Any]


@dataclass(frozen=True)
class Cleaned:
    """Rows that may be shown, and those that may not."""

    rows: list[Row]
    gone: list[Row]

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return len(self.gone)


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
    """A figure's rows without those of too few people and their companions."""
    gone = _small_rows(rows, label_columns(rows), minimum)
    kept = [row for at, row in enumerate(rows) if at not in gone]
    return Cleaned(kept, [row for at, row in enumerate(rows) if at in gone])


def _small_rows(rows: Sequence[Row], names: list[str], minimum: int) -> set[int]:
    """Places of the rows that stand for too few people, or tell of one that does."""
    small = {at for at, row in enumerate(rows) if is_small(row, minimum)}
    counts = [min((count for count in _counts(row) if count), default=0) for row in rows]
    return small | companions(named(rows, names), counts, axes_of(names), minimum)


def clean_spec(
    spec: Mapping[str, Any], minimum: int, gone: Sequence[Row] = ()
) -> tuple[dict[str, Any], int]:
    """A chart whose data hold no row of too few people, and how many rows went.

    `gone` are rows of the figure's file that are not shown: what names the same group in the chart
    goes, too. So do rows without counts, such as the line that joins a group's two points.
    """
    cleaned = copy.deepcopy(dict(spec))
    parts = list(_data_of(cleaned))
    columns = label_columns(gone)
    names = set(named(gone, columns))

    def is_gone(row: Row) -> bool:
        counts = any(name in row for name in COUNTS)
        return is_small(row, minimum) or (counts and named([row], columns)[0] in names)

    small = {str(row.get("name")) for rows in parts for row in rows if is_gone(row)}
    hidden = 0
    for rows in parts:
        kept = [row for row in rows if not (is_gone(row) or _goes_along(row, small))]
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

    Rows that count too few people go, of other rows the cells whose own count is too small are
    emptied; so are their companions. Returns table, records, and how many rows and cells are not
    shown.
    """
    columns = [column["key"] for column in table["columns"]]
    names = [name for name in label_columns(records) if name in columns]
    gone = _small_rows(records, names, minimum)
    emptied = {key: _small_cells(records, names, key, minimum) for key in columns}
    shown, kept, hidden = [], [], 0
    for at, (row, record) in enumerate(zip(table["rows"], records, strict=True)):
        if at in gone:
            hidden += 1
            continue
        row, record = copy.deepcopy(row), dict(record)
        for key, cell in zip(columns, row["cells"], strict=True):
            if at in emptied[key]:
                _empty(record, cell, key, minimum)
                hidden += 1
        shown.append(row)
        kept.append(record)
    return {**table, "rows": shown}, kept, hidden


def _small_cells(records: Sequence[Row], names: list[str], key: str, minimum: int) -> set[int]:
    """Places of the records whose cell of this column stands for too few people, or tells of one."""
    counts = [float(str(record.get(f"{key}_n_humans") or 0)) for record in records]
    small = {at for at, count in enumerate(counts) if 0 < count < minimum}
    return small | companions(named(records, names), counts, axes_of(names), minimum)


def _empty(record: Row, cell: Row, key: str, minimum: int) -> None:
    words = f"not published: fewer than {minimum} people, or it would tell of such a group"
    record.update({key + part: "" for part in _SPREAD} | {f"{key}_note": words})
    cell.update(text="–", interval="", title=words, undefined=True, bar=None)
