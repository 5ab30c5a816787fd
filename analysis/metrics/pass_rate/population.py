"""The share of a whole dataset that passes, from a stratified sample that people judged.

`population` has one row an item: item, stratum, human (1 passes, 0 fails, missing: not in the
sample), and judge (1, 0) or flagged and removed (true, false) where a function asks for them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.agreement.coefficients import LEAST
from analysis.metrics.intervals import t_quantile
from analysis.metrics.pass_rate.exact import share_bounds
from analysis.metrics.pass_rate.result import Rate
from analysis.metrics.study import Array, count_by, floats

FEW = 20
FEWER = (
    f"judge and people differ on fewer than {FEW} sampled items: one of each kind was added to s^2"
)


@dataclass(frozen=True)
class Strata:
    """Sizes of the strata, the (effective) sample sizes in them, and the sample's means."""

    size: Array
    sampled: Array
    mean: Array

    @property
    def weight(self) -> Array:
        """Each stratum's share of the population."""
        return floats(self.size / self.size.sum())

    @property
    def value(self) -> float:
        """The stratified mean."""
        return float(self.weight @ self.mean)

    @property
    def effective(self) -> float:
        """The size of a simple random sample that is as precise, never more than was sampled.

        The smaller of what the unequal sampling shares alone cost and what the strata's own
        variances say. Sampled in proportion, it is the number sampled.
        """
        total, p = self.size.sum(), self.value
        left = self.weight**2 * (1 - self.sampled / self.size) / self.sampled
        overall = p * (1 - p)
        by_variance = float(left @ (self.mean * (1 - self.mean)))
        costs = [float(left.sum()), by_variance / overall if overall > LEAST else 0.0]
        return float(min(1 / (max(costs) + 1 / total), self.sampled.sum()))

    def bounds(self, level: float) -> tuple[float, float]:
        """The exact hypergeometric interval of one stratum or of sampling in proportion.

        In between, of the effective sample, its size and successes rounded to the wide side.
        """
        n = int(self.effective + 1e-9)
        if n < 1:
            return 0.0, 1.0
        expected = self.value * n
        few, many = int(np.floor(expected + 1e-9)), int(np.ceil(expected - 1e-9))
        total = int(self.size.sum())
        return share_bounds(total, n, few, level)[0], share_bounds(total, n, many, level)[1]


def dataset_pass_rate(population: pd.DataFrame, *, level: float = 0.95) -> Rate:
    """The stratified mean of people's verdicts with an exact interval, also when none fail.

    Raises ValueError for repeated items; undefined where a stratum has no verdict.
    """
    _check(population, "stratum", "human")
    return _rate(
        "dataset_pass_rate", "after:none;source:human", population, population["stratum"], level
    )


def rate_after_removal(population: pd.DataFrame, *, level: float = 0.95) -> Rate:
    """The pass rate among kept items, estimated anew from the sampled ones that were kept.

    Post-stratified by flag: flagged items that were kept and items never flagged weigh what they
    weigh among the kept. Inside, a verdict counts for as many items as it stood for in its stratum.
    """
    _check(population, "stratum", "human", "flagged", "removed")
    kept = population[~population["removed"].astype(bool)]
    if kept.empty:
        note = "no item was kept"
        return Rate("dataset_pass_rate", "after:removal;source:human", None, note=note)
    stood_for = _stood_for(population).loc[kept.index]
    flag = kept["flagged"].astype(bool).map({True: "flagged", False: "unflagged"})
    return _rate("dataset_pass_rate", "after:removal;source:human", kept, flag, level, stood_for)


def judge_assisted(population: pd.DataFrame, *, level: float = 0.95) -> Rate:
    """The judge's mean over all items, corrected by people's verdicts less the judge's in the sample.

    Variance (1 - n / N) s^2 / n of that difference per stratum (a stratum in which nothing differs
    is given the variance of all), t interval with n less the number of strata degrees of freedom,
    cut to [0, 1]. With fewer than 20 differences that is too narrow, and zero wide without any: s^2
    is then at least that of all strata with one difference of each kind added, and the note says so.
    Undefined where the judge has not judged every item.
    """
    _check(population, "stratum", "human", "judge")
    name, definition = "dataset_pass_rate", "after:none;source:judge"
    judge = numbers(population["judge"])
    missing = int(judge.isna().sum())
    if missing:
        note = f"the judge has no verdict on {missing} of {len(judge)} items"
        return Rate(name, definition, None, n_population=len(judge), note=note)
    apart = numbers(population["human"]) - judge
    strata, reason = _strata(apart, population["stratum"])
    n = int(apart.notna().sum())
    if strata is None:
        return Rate(name, definition, None, n_population=len(judge), n_sampled=n, note=reason)
    value = float(judge.mean()) + strata.value
    reach, note = _judge_reach(apart, population["stratum"], strata, level)
    value, lower, upper = np.clip([value, value - reach, value + reach], 0.0, 1.0).tolist()
    return Rate(name, definition, value, lower, upper, len(judge), n, note=note)


def _judge_reach(
    apart: "pd.Series[float]", stratum: "pd.Series[str]", strata: Strata, level: float
) -> tuple[float, str]:
    """Half the width of the interval of the mean difference people - judge, and a remark."""
    n = int(strata.sampled.sum())
    known = floats(apart.dropna())
    few = int((np.abs(known) > LEAST).sum()) < FEW
    own = floats(apart.groupby(stratum.astype(str)).var(ddof=1).fillna(0.0))
    pooled = float(np.var(np.append(known, [1.0, -1.0] if few else []), ddof=1)) if n > 1 else 1.0
    variance = np.maximum(own, pooled) if few else np.where(own > LEAST, own, pooled)
    left = strata.weight**2 * (1 - strata.sampled / strata.size) / strata.sampled
    degrees = max(n - len(strata.size), 1)
    note = FEWER if few and left.sum() > 0 else ""
    return t_quantile(level, degrees) * float(np.sqrt(left @ variance)), note


def _rate(
    metric: str,
    definition: str,
    rows: pd.DataFrame,
    stratum: "pd.Series[str]",
    level: float,
    weights: "pd.Series[float] | None" = None,
) -> Rate:
    human = numbers(rows["human"])
    strata, reason = _strata(human, stratum, weights)
    n = int(human.notna().sum())
    if strata is None:
        return Rate(metric, definition, None, n_population=len(rows), n_sampled=n, note=reason)
    lower, upper = strata.bounds(level)
    # A value may lie a rounding error outside bounds that are whole items.
    value = strata.value
    return Rate(metric, definition, value, min(lower, value), max(upper, value), len(rows), n)


def _strata(
    values: "pd.Series[float]",
    stratum: "pd.Series[str]",
    weights: "pd.Series[float] | None" = None,
) -> tuple[Strata | None, str]:
    """The strata of some values, or why a mean cannot be told."""
    code, names = pd.factorize(stratum.astype(str), sort=True)
    known = floats(values.notna())
    weight = known if weights is None else floats(weights) * known

    def total(parts: Array | None = None) -> Array:
        return count_by(code, len(names), parts)

    judged = total(weight)
    empty = names[judged <= 0]
    if len(empty):
        return None, f"no item of stratum '{empty[0]}' was judged by people"
    mean = total(weight * floats(values.fillna(0.0))) / judged
    return Strata(total(), judged**2 / total(weight**2), mean), ""


def numbers(column: pd.Series) -> "pd.Series[float]":
    """Truth values, numbers and whatever stands for missing (None, NaN, NA) as floats and NaN."""
    return column.astype(object).where(column.notna(), np.nan).astype(float)


def _stood_for(population: pd.DataFrame) -> "pd.Series[float]":
    """How many items of its stratum each sampled item stands for."""
    known = population["human"].notna().astype(float)
    keys = population["stratum"].astype(str)
    size = keys.groupby(keys).transform("size").astype(float)
    sampled = known.groupby(keys).transform("sum")
    return (size / sampled.where(sampled > 0)).where(known > 0, 0.0)


def _check(population: pd.DataFrame, *columns: str) -> None:
    missing = [name for name in ("item", *columns) if name not in population]
    if missing:
        raise ValueError(f"the population lacks the columns {', '.join(missing)}")
    if population.empty:
        raise ValueError("the population has no items")
    if population["item"].duplicated().any():
        raise ValueError("an item occurs more than once in the population")
    verdicts = numbers(population["human"]).dropna()
    if not verdicts.isin((0.0, 1.0)).all():
        raise ValueError("a person's verdict must be 1, 0 or missing")
