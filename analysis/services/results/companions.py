"""Groups that leave a page together with one of too few people, because they would tell of it.

Where a total and all of its groups but one are known, so is the one. So no group goes alone: along
every line of groups (all countries; all relations within a country) at least two go, and together
they stand for as many people as may be shown (secondary suppression).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

SERIES: Final = frozenset({"kind", "frame", "model", "setting"})
"""Columns whose levels are not parts of one whole: the same people stand behind each of them."""

Labels = tuple[str, ...]


def companions(
    labels: Sequence[Labels], counts: Sequence[float], axes: Sequence[int], minimum: int
) -> set[int]:
    """Places of the groups to take out besides those of too few people: on each line the smallest.

    `labels` names each group by as many words as there are columns, `axes` are the columns that
    groups are lined up along, `counts` are people. A group of nobody hides nothing. Ties go by
    name, so that a figure and its table take out the same.
    """
    small = {at for at, count in enumerate(counts) if 0 < count < minimum}
    hidden, before = set(small), -1
    while small and len(hidden) > before:
        before = len(hidden)
        for line in _lines(labels, counts, axes):
            _take_along(line, hidden, labels, counts, minimum)
    return hidden - small


def _lines(
    labels: Sequence[Labels], counts: Sequence[float], axes: Sequence[int]
) -> Iterator[list[int]]:
    """Groups that differ in one column alone, column by column."""
    for axis in axes:
        lines: defaultdict[Labels, list[int]] = defaultdict(list)
        for at, words in enumerate(labels):
            if counts[at] > 0:
                lines[words[:axis] + words[axis + 1 :]].append(at)
        yield from lines.values()


def _take_along(
    line: list[int],
    hidden: set[int],
    labels: Sequence[Labels],
    counts: Sequence[float],
    minimum: int,
) -> None:
    gone = [at for at in line if at in hidden]
    left = sorted((at for at in line if at not in hidden), key=lambda at: (counts[at], labels[at]))
    for at in left if gone else ():
        if len(gone) > 1 and sum(counts[one] for one in gone) >= minimum:
            return
        gone.append(at)
        hidden.add(at)


def named(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Labels]:
    """Each row's words in these columns."""
    return [tuple(str(row.get(column, "")) for column in columns) for row in rows]


def label_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns that hold words, and so name groups."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return [name for name in columns if any(_is_word(row.get(name)) for row in rows)]


def axes_of(columns: Sequence[str]) -> list[int]:
    """Places of the columns that groups are lined up along."""
    return [at for at, name in enumerate(columns) if name not in SERIES]


def _is_word(value: Any) -> bool:
    try:
        float(value)
    except ValueError:
        return bool(value)
    except TypeError:
        return False
    return False
