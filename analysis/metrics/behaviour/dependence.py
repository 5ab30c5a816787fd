"""How much decisions depend on a factor: chi-square, Cramer's V, and spread over the levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from analysis.metrics.behaviour.counts import check
from analysis.metrics.study import Array, floats

ONE_LEVEL = "only one level has valid decisions"
ONE_DECISION = "all valid decisions are the same"
INDEPENDENT = (
    "p takes all decisions for independent; with many of them any difference is significant"
)


@dataclass(frozen=True)
class Association:
    """Dependence of the decision on one factor; undefined is None with the reason."""

    chi2: float | None
    df: int
    p: float | None
    cramers_v: float | None
    n_decisions: int
    n_levels: int
    note: str = ""


def association(frame: pd.DataFrame, factor: str) -> Association:
    """Pearson's chi-square of decision by level, and Cramer's V = sqrt(chi2 / n) for two labels.

    `frame` has columns scenario, culture, preference, unknown (counts) and the factor's. Levels
    without a valid decision are left out. Order factors by V, not by p.
    """
    check(frame, (factor,))
    table = _table(frame, factor)
    n, levels = int(table.sum()), len(table)
    if levels < 2:
        return Association(None, 0, None, None, n, levels, ONE_LEVEL)
    if (table.sum(axis=0) == 0).any():
        return Association(None, 0, None, None, n, levels, ONE_DECISION)
    found = stats.chi2_contingency(table, correction=False)
    v = float(np.sqrt(found.statistic / n))
    chi2, p = float(found.statistic), float(found.pvalue)
    return Association(chi2, int(found.dof), p, v, n, levels, INDEPENDENT)


def _table(frame: pd.DataFrame, factor: str) -> Array:
    sums = frame.groupby(factor, sort=True)[["culture", "preference"]].sum()
    table: Array = sums.to_numpy(np.float64)
    return floats(table[table.sum(axis=1) > 0])


@dataclass(frozen=True)
class FactorSpread:
    """How far a factor's levels lie apart, in percentage points of the allow rate."""

    sd_pp: float | None
    mean_abs_diff_pp: float | None
    n_levels: int
    note: str = ""


def factor_spread(rates: Mapping[str, float]) -> FactorSpread:
    """Population SD over a factor's levels and the mean absolute difference of two levels.

    `rates` are allow rates by level (0 to 1). Every level counts alike, however many decisions it
    has.
    """
    values = 100 * np.array([rates[name] for name in sorted(rates)], dtype=np.float64)
    if len(values) < 2:
        return FactorSpread(None, None, len(values), ONE_LEVEL)
    gaps = [abs(one - two) for one, two in combinations(values.tolist(), 2)]
    return FactorSpread(float(values.std()), float(np.mean(gaps)), len(values))


def two_level_effect(effects: Sequence[float]) -> float:
    """Mean absolute effect of a two-level factor, as of the actor's and the receiver's age."""
    if not effects:
        raise ValueError("there is no effect to average")
    return float(np.mean(np.abs(effects)))


def direction_share(effects: Sequence[float]) -> float | None:
    """Share of settings whose effect has the commoner sign; zeros count for neither side.

    None where every effect is zero, or there is none.
    """
    signs = np.sign(np.array(effects, dtype=np.float64))
    if not signs.any():
        return None
    return float(max((signs > 0).sum(), (signs < 0).sum()) / len(signs))
