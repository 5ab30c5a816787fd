"""Allow rates with clustered intervals, overall and by group; unknown answers beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.metrics.behaviour.counts import (
    Counts,
    by_scenario,
    check,
    codes_of,
    groups_of,
    numbers_of,
)
from analysis.metrics.intervals import t_quantile
from analysis.metrics.study import Array, floats

NO_DECISIONS = "no valid decision"
TOO_FEW = "no interval: fewer than two scenarios"
NO_VARIATION = "no interval: the rate does not vary between scenarios"


@dataclass(frozen=True)
class Rate:
    """A share of decisions; undefined is None with the reason in `note`.

    `n_decisions` are the decisions it is a share of, `n_dropped` those that are not counted in it.
    """

    metric: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    n_scenarios: int = 0
    n_decisions: int = 0
    n_dropped: int = 0
    note: str = ""
    group: Mapping[str, str] = field(default_factory=dict)


def allow_rates(frame: pd.DataFrame, by: Sequence[str] = (), *, level: float = 0.95) -> list[Rate]:
    """`allow_rate`, `culture_rate` and `unknown_rate` of every group of the columns `by`.

    `frame` has columns scenario, culture, preference, unknown (counts) and those of `by`. Rates are
    over valid decisions, the unknown rate over all. Intervals are t intervals of a ratio with
    scenarios as clusters (linearised; G - 1 degrees of freedom), cut to [0, 1]. Raises ValueError
    for missing columns and for numbers that are no counts.
    """
    check(frame, by)
    scenario, numbers = codes_of(frame["scenario"]), numbers_of(frame)
    return [
        rate
        for group, rows in groups_of(frame, by)
        for rate in _rates(by_scenario(scenario[rows], numbers[rows]), group, level)
    ]


def _rates(counts: Counts, group: Mapping[str, str], level: float) -> Iterator[Rate]:
    every = counts.valid + counts.unknown
    tops = {"allow_rate": counts.preference, "culture_rate": counts.culture}
    for metric, top in tops.items():
        yield share(metric, top, counts.valid, int(counts.unknown.sum()), group, level)
    yield share("unknown_rate", counts.unknown, every, 0, group, level)


def share(
    metric: str,
    top: Array,
    bottom: Array,
    dropped: int,
    group: Mapping[str, str],
    level: float,
) -> Rate:
    """sum(top) / sum(bottom) over scenarios (arrays of one entry each) with its interval."""
    used = bottom > 0
    total = float(bottom.sum())
    if not total:
        return Rate(metric, None, n_dropped=dropped, note=NO_DECISIONS, group=group)
    value = float(top.sum()) / total
    lower, upper, note = ratio_interval(top[used], bottom[used], value, level)
    if lower is not None and upper is not None:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return Rate(metric, value, lower, upper, int(used.sum()), int(total), dropped, note, group)


def ratio_interval(
    top: Array, bottom: Array, value: float, level: float
) -> tuple[float | None, float | None, str]:
    """Bounds of sum(top) / sum(bottom) by clusters, or neither and the reason.

    Variance of a ratio of cluster totals: G / (G - 1) sum (top - value bottom)^2 / sum(bottom)^2
    (Cochran 1977, chapter 6).
    """
    n = len(top)
    if n < 2:
        return None, None, TOO_FEW
    moved = top - value * bottom
    error = float(np.sqrt(n / (n - 1) * (moved @ moved)) / bottom.sum())
    if error < 1e-12:
        return None, None, NO_VARIATION
    reach = t_quantile(level, n - 1) * error
    return value - reach, value + reach, ""


def pooled(rates: Sequence[Rate]) -> Rate:
    """The plain mean of several datasets' rates of one metric: datasets count alike, not rows.

    The interval treats the datasets as independent and combines their half widths as roots of
    squares. None where a dataset has no rate, with the reason.
    """
    if not rates:
        raise ValueError("there is nothing to pool")
    made = Rate(
        rates[0].metric,
        None,
        n_scenarios=sum(rate.n_scenarios for rate in rates),
        n_decisions=sum(rate.n_decisions for rate in rates),
        n_dropped=sum(rate.n_dropped for rate in rates),
        note="a dataset of the pool has no valid decision",
    )
    values = [rate.value for rate in rates if rate.value is not None]
    if len(values) < len(rates):
        return made
    value = float(np.mean(values))
    ends = [(rate.lower, rate.upper) for rate in rates]
    bounds = [(low, high) for low, high in ends if low is not None and high is not None]
    if len(bounds) < len(rates):
        return replace(made, value=value, note="no interval: a dataset of the pool has none")
    reach = np.abs(floats(bounds) - floats(values)[:, None])
    down, up = (np.sqrt((reach**2).sum(axis=0)) / len(rates)).tolist()
    return replace(
        made, value=value, lower=max(value - down, 0.0), upper=min(value + up, 1.0), note=""
    )


def decision_entropy(frame: pd.DataFrame, *, level: float = 0.95) -> tuple[Rate, Rate]:
    """Mean entropy in bits of a scenario's decisions, and the share of scenarios in conflict.

    A scenario is in conflict where both labels were chosen at least once. Scenarios without a valid
    decision are dropped. Intervals are t intervals of a mean over scenarios.
    """
    check(frame, ())
    counts = by_scenario(codes_of(frame["scenario"]), numbers_of(frame))
    used = counts.valid > 0
    p = counts.preference[used] / counts.valid[used]
    conflict = floats((p > 0) & (p < 1))
    return (
        _mean("decision_entropy", bits(p), counts, level),
        _mean("conflict_share", conflict, counts, level),
    )


def bits(p: Array) -> Array:
    """Entropy of a coin with these probabilities, in bits; 0 at 0 and 1."""
    safe = np.clip(p, 1e-300, 1.0)
    other = np.clip(1 - p, 1e-300, 1.0)
    return floats(-(p * np.log2(safe) + (1 - p) * np.log2(other)))


def _mean(metric: str, values: Array, counts: Counts, level: float) -> Rate:
    dropped = len(counts.scenario) - len(values)
    if not len(values):
        return Rate(metric, None, n_dropped=dropped, note=NO_DECISIONS)
    value = float(values.mean())
    lower, upper, note = ratio_interval(values, np.ones_like(values), value, level)
    if lower is not None and upper is not None:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return Rate(metric, value, lower, upper, len(values), counts.n_decisions, dropped, note)
