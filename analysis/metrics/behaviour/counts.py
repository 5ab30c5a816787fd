"""Decisions counted by scenario, the cluster: everything here is sums over scenarios.

Tens of millions of decisions are counted where they lie (one row a scenario and group); what reaches
these functions is small, and adding or leaving out a scenario is arithmetic.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.study import Array, Codes, count_by

COUNTED = ("culture", "preference", "unknown")


@dataclass(frozen=True)
class Counts:
    """Decisions of one group: one entry a scenario, in all arrays."""

    scenario: Codes
    culture: Array
    preference: Array
    unknown: Array

    @property
    def valid(self) -> Array:
        """Decisions for one of the two labels."""
        return self.culture + self.preference

    @property
    def n_scenarios(self) -> int:
        """Scenarios with a valid decision."""
        return int((self.valid > 0).sum())

    @property
    def n_decisions(self) -> int:
        """All valid decisions."""
        return int(self.valid.sum())


def check(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise ValueError for a missing column and for counts that are negative or not whole."""
    missing = [name for name in ("scenario", *columns, *COUNTED) if name not in frame]
    if missing:
        raise ValueError(f"the counts lack the columns {', '.join(missing)}")
    numbers = numbers_of(frame)
    if not (np.isfinite(numbers) & (numbers >= 0) & (numbers == np.round(numbers))).all():
        raise ValueError("decisions are counted in whole numbers from 0")


def by_scenario(scenario: Codes, counts: Array) -> Counts:
    """Rows of counts (length, `COUNTED`) summed within each scenario that occurs."""
    found, place = compressed(scenario)
    return Counts(found, *(count_by(place, len(found), column) for column in counts.T))


def compressed(codes: Codes) -> tuple[Codes, Codes]:
    """The numbers that occur, in their order, and each entry's place among them."""
    size = int(codes.max(initial=-1)) + 1
    if size > 8 * len(codes):  # few of many: to sort them is less work than to look through all
        found, place = np.unique(codes, return_inverse=True)
        return found, place
    occurs = np.zeros(size, dtype=bool)
    occurs[codes] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[codes]


def codes_of(column: "pd.Series[str]") -> Codes:
    """A number for every level, in the levels' order; of categories the numbers that they have."""
    if isinstance(column.dtype, pd.CategoricalDtype) and not column.hasnans:
        return np.asarray(column.cat.codes, dtype=np.intp)
    return np.asarray(pd.factorize(column.astype(str), sort=True)[0], dtype=np.intp)


def numbers_of(frame: pd.DataFrame) -> Array:
    """The counts as numbers, one column each of `COUNTED`."""
    return frame[list(COUNTED)].to_numpy(np.float64)


def groups_of(frame: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[dict[str, str], Codes]]:
    """Each combination of the columns that occurs, with the places of its rows.

    All rows together without columns.
    """
    if not by:
        yield {}, np.arange(len(frame), dtype=np.intp)
        return
    for key, rows in frame.groupby(list(by), sort=True, dropna=False).indices.items():
        levels = key if isinstance(key, tuple) else (key,)
        yield dict(zip(by, map(str, levels), strict=True)), np.asarray(rows, dtype=np.intp)
