"""Decisions counted by scenario, the cluster: everything here is sums over scenarios.

Tens of millions of decisions are counted where they lie (one row a scenario and group); what reaches
these functions is small, and adding or leaving out a scenario is arithmetic.
"""

from collections.abc import Sequence
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
    numbers = frame[list(COUNTED)].to_numpy(dtype=np.float64)
    if not (np.isfinite(numbers) & (numbers >= 0) & (numbers == np.round(numbers))).all():
        raise ValueError("decisions are counted in whole numbers from 0")


def by_scenario(frame: pd.DataFrame, scenario: Codes, size: int) -> Counts:
    """The counts of some rows, summed within each of `size` scenarios."""
    sums = (count_by(scenario, size, frame[name].to_numpy(np.float64)) for name in COUNTED)
    return Counts(np.arange(size, dtype=np.intp), *sums)
