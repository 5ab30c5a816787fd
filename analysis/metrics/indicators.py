"""Correlations of countries' rates with figures about the countries.

Countries are the observations, and there are few: up to `MOST_POINTS` of them give points and
nothing else. From six on there is an interval (Fisher's z; for ranks with the variance of Bonett and
Wright 2000), which takes countries for a random draw and their rates as known. No p value is given.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import atanh, sqrt, tanh

import numpy as np
from scipy import stats

from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate
from analysis.metrics.study import Array

MOST_POINTS = 5
FEW_POINTS = 12
PEARSON, SPEARMAN = "indicator_r", "indicator_spearman"

TOO_FEW = "{} countries: points only, too few for a correlation"
FEW = "few countries: one more or less may turn it"
NO_SPREAD = "no spread in the rates or in the indicator"


@dataclass(frozen=True)
class Point:
    """One country's indicator beside its rate."""

    country: str
    indicator: float
    rate: Estimate


@dataclass(frozen=True)
class Compared:
    """One indicator beside one set of countries' rates; countries without a value are counted."""

    indicator: str
    by: str
    points: tuple[Point, ...]
    missing: int


def compared(
    indicator: str, values: Mapping[str, float], rates: Iterable[Estimate], by: str
) -> Compared:
    """Pair rates grouped by the country column `by` with the indicator; sorted by country."""
    known = sorted((r for r in rates if r.value is not None), key=lambda r: str(r.group[by]))
    points = tuple(
        Point(str(rate.group[by]), values[str(rate.group[by])], rate)
        for rate in known
        if str(rate.group[by]) in values
    )
    return Compared(indicator, by, points, len(known) - len(points))


def correlations(one: Compared, level: float) -> Iterator[Estimate]:
    """Pearson's and Spearman's coefficient as rows of `estimates.csv`; nothing without points."""
    if not one.points:
        return
    first = one.points[0].rate
    x = np.array([point.indicator for point in one.points])
    y = np.array([float(point.rate.value or 0.0) for point in one.points])
    base = Estimate(
        table=first.table,
        metric=PEARSON,
        definition=definition(PEARSON),
        setting=first.setting,
        model=first.model,
        frame=first.frame,
        group={"by": one.by, "indicator": one.indicator},
        n_items=len(x),
        n_humans=sum(point.rate.n_humans for point in one.points)
        if one.by.startswith("part")
        else 0,
        n_answers=sum(point.rate.n_answers for point in one.points),
        n_dropped=one.missing,
        note=TOO_FEW.format(len(x)),
    )
    ranks = stats.rankdata(x), stats.rankdata(y)
    for metric, pair in ((PEARSON, (x, y)), (SPEARMAN, ranks)):
        named = replace(base, metric=metric, definition=definition(metric))
        yield _correlation(named, pair[0], pair[1], level)


def _correlation(base: Estimate, x: Array, y: Array, level: float) -> Estimate:
    """The estimate with its value and interval, or with the reason why there is none."""
    n = len(x)
    if n <= MOST_POINTS:
        return base
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return replace(base, note=NO_SPREAD)
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))
    note = FEW if n < FEW_POINTS else ""
    if abs(r) > 1 - 1e-12:
        return replace(base, value=round(r), note=note)
    variance = (1 + r**2 / 2) / (n - 3) if base.metric == SPEARMAN else 1 / (n - 3)
    reach = float(stats.norm.ppf((1 + level) / 2)) * sqrt(variance)
    lower, upper = (tanh(atanh(r) + sign * reach) for sign in (-1, 1))
    return replace(base, value=r, lower=lower, upper=upper, note=note)
