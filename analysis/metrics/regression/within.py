"""Item effects by conditional logit: what does not vary within an item cancels out.

With hundreds of items and a handful of answers each, one dummy an item biases the rest of a logistic
regression; conditioning on each item's number of culture answers does not (Chamberlain 1980).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.metrics.regression.conditional import Likelihood
from analysis.metrics.regression.design import Columns, Patterns, gather, independent
from analysis.metrics.regression.factors import Factor
from analysis.metrics.regression.fit import chi2_p
from analysis.metrics.regression.result import NOT_TESTABLE, Dropped, FactorTest, Wald
from analysis.metrics.study import Array, Codes, floats

NESTED = "not testable here: it does not vary within items"
NO_CONTRAST = "no item has both answers: there is nothing to compare within items"
NO_ROBUST = "no cluster-robust test with item effects"


def regress_within(
    frame: pd.DataFrame, outcome: str, factors: Sequence[Factor], *, name: str, item: str = "item"
) -> list[FactorTest]:
    """Drop-one deviance of every factor with item effects; arguments as in `regress`."""
    needed = sorted({column for factor in factors for column in factor.columns})
    patterns = gather(frame, outcome, needed, (item,))
    rows = _informative(patterns, item)
    if not len(rows):
        nothing = Dropped(None, 0, None)
        return [FactorTest(name, one.name, nothing, 0, note=NO_CONTRAST) for one in factors]
    within = _Within(patterns, rows, item, tuple(factors), name)
    return [within.test(factor) for factor in factors]


def _informative(patterns: Patterns, item: str) -> Codes:
    """The answers to items on which both answers were given, item by item."""
    codes = patterns.clusters[item]
    n = np.bincount(codes)
    k = np.bincount(codes, weights=patterns.y)
    both = (k > 0) & (k < n)
    rows = np.flatnonzero(both[codes])
    return rows[np.argsort(codes[rows], kind="stable")].astype(np.intp)


@dataclass(frozen=True)
class _Within:
    """One regression with item effects; the full model is fitted once."""

    patterns: Patterns
    rows: Codes
    item: str
    factors: tuple[Factor, ...]
    name: str

    @cached_property
    def items(self) -> Codes:
        codes = np.unique(self.patterns.clusters[self.item][self.rows], return_inverse=True)[1]
        return codes.astype(np.intp)

    @cached_property
    def full(self) -> float:
        return self._largest(self._matrix(self.factors))

    @cached_property
    def rank(self) -> int:
        return int(self._matrix(self.factors).shape[1])

    def test(self, factor: Factor) -> FactorTest:
        """The deviance test of leaving one factor out."""
        others = [one for one in self.factors if one.name != factor.name]
        tested = self._dropped((self.full, self.rank), others)
        reason, alone = "", None
        if not tested.df:
            nested = not self._matrix([factor]).shape[1]
            reason = NESTED if nested else NOT_TESTABLE
            alone = None if nested else self._alone(factor, others)
        return FactorTest(
            self.name,
            factor.name,
            tested,
            len(self.rows),
            alone=alone,
            wald=Wald(note=NO_ROBUST),
            note=reason,
        )

    def _dropped(self, full: tuple[float, int], others: Sequence[Factor]) -> Dropped:
        reduced = self._matrix(others)
        df = full[1] - reduced.shape[1]
        if not df:
            return Dropped(None, 0, None)
        gained = max(2 * (full[0] - self._largest(reduced)), 0.0)
        return Dropped(gained, df, chi2_p(gained, df))

    def _alone(self, factor: Factor, others: Sequence[Factor]) -> Dropped | None:
        """The test without the interactions that contain the factor."""
        simpler = [one for one in others if not one.contains(factor)]
        if len(simpler) == len(others):
            return None
        matrix = self._matrix([*simpler, factor])
        return self._dropped((self._largest(matrix), matrix.shape[1]), simpler)

    def _matrix(self, factors: Sequence[Factor]) -> Array:
        """Independent columns of some factors, less their means within items."""
        columns = Columns(self.patterns, factors)
        rows = columns.dense()[self.patterns.pattern[self.rows]]
        centred_rows = centred(rows, self.items)
        return centred_rows[:, independent(centred_rows.T @ centred_rows, columns.order())]

    def _largest(self, matrix: Array) -> float:
        return Likelihood(self.patterns.y[self.rows], matrix, self.items).largest()


def centred(columns: Array, items: Codes) -> Array:
    """Columns less their mean within each item, which leaves a conditional likelihood as it is."""
    n = np.bincount(items)
    means = np.column_stack([np.bincount(items, weights=column) / n for column in columns.T])
    out = floats(columns - means[items])
    out[:, np.abs(out).max(axis=0, initial=0.0) < 1e-12] = 0.0
    return out
