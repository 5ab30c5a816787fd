"""How sure a coefficient is: standard errors and intervals, items being the clusters."""

from dataclasses import dataclass

import numpy as np

from analysis.metrics.agreement.coefficients import LEAST, Coefficient
from analysis.metrics.agreement.ratings import Units
from analysis.metrics.agreement.result import Bounds
from analysis.metrics.intervals import Draws, sum_by, t_quantile, z_quantile
from analysis.metrics.study import Array, Codes, count_by

TOO_FEW = "no interval: fewer than two items"
NO_VARIATION = "no interval: the value does not vary between items"
UNSTABLE = "no interval: undefined once an item is left out"
BLOCK = 4_000_000
"""Most cells of a block of bootstrap weights, which bounds its memory."""


@dataclass(frozen=True)
class Sums:
    """Each item's terms for one coefficient, (items, m), with the units they come from."""

    coefficient: Coefficient
    units: Units
    by_item: Array

    def of(self, sums: Array) -> Array:
        """The coefficient of sums (..., m), NaN where undefined."""
        return self.coefficient.finish(self.units.labels, sums)

    @property
    def value(self) -> float | None:
        """The coefficient, None where undefined."""
        value = float(self.of(self.by_item.sum(axis=0)))
        return value if np.isfinite(value) else None


def linearised(sums: Sums, value: float, level: float) -> Bounds:
    """Gwet's standard error and t interval; units of one item are summed before they are squared.

    With one unit an item this is sqrt(sum(influence^2) / (n (n - 1))), t with n - 1 degrees.
    """
    moved = sums.coefficient.influence(sums.units, value)
    return clustered(value, moved, sums.units.clusters, level, sums.coefficient.low)


def clustered(
    value: float, influence: Array, clusters: Codes, level: float, low: float, high: float = 1.0
) -> Bounds:
    """Standard error and t interval from each unit's influence and the item (dense code) it is of."""
    n = int(clusters.max(initial=-1)) + 1
    if n < 2:
        return Bounds(note=TOO_FEW)
    moved = count_by(clusters, n, influence)
    error = float(np.sqrt(n / (n - 1) * np.square(moved).sum())) / len(influence)
    return _t_bounds(value, error, n, level, low, high)


def jackknife(sums: Sums, value: float, level: float) -> Bounds:
    """Standard error and t interval from leaving out one item at a time."""
    n = sums.units.n_items
    if n < 2:
        return Bounds(note=TOO_FEW)
    without = sums.of(sums.by_item.sum(axis=0) - sums.by_item)
    if not np.isfinite(without).all():
        return Bounds(note=UNSTABLE)
    shifts = without - value
    error = float(np.sqrt((n - 1) / n * np.square(shifts).sum()))
    return _t_bounds(value, error, n, level, sums.coefficient.low)


def _t_bounds(
    value: float, error: float, n: int, level: float, low: float, high: float = 1.0
) -> Bounds:
    if error < LEAST:
        return Bounds(note=NO_VARIATION)
    reach = t_quantile(level, n - 1) * error
    lower, upper = np.clip([value - reach, value + reach], low, high).tolist()
    return Bounds(error, lower, upper)


def bootstrap(
    all_sums: list[Sums], level: float, generator: np.random.Generator, replicates: int
) -> list[Bounds]:
    """Percentile intervals from drawing whole items anew, the same draws for all coefficients.

    Items with equal terms are interchangeable, so the draws are of how many items of each kind:
    the same distribution, and with few raters and labels a hundredth of the work.
    """
    table = np.column_stack([sums.by_item for sums in all_sums])
    kinds, count = np.unique(table, axis=0, return_counts=True)
    n, step = int(count.sum()), max(1, BLOCK // len(kinds))
    drawn = [
        generator.multinomial(n, count / n, size=min(step, replicates - start)) @ kinds
        for start in range(0, replicates, step)
    ]
    edges = np.cumsum([sums.by_item.shape[1] for sums in all_sums])
    parts = np.split(np.concatenate(drawn), edges[:-1], axis=1)
    return [
        _percentiles(sums, part, level) if n > 1 else Bounds(note=TOO_FEW)
        for sums, part in zip(all_sums, parts, strict=True)
    ]


def _percentiles(sums: Sums, drawn: Array, level: float) -> Bounds:
    draws = sums.of(drawn)
    kept = draws[np.isfinite(draws)]
    held = np.clip(draws, sums.coefficient.low, 1.0)  # a kappa can fall below -1, its bounds not
    interval = Draws(float("nan"), held).interval(level)
    if interval.lower is None:
        return Bounds(note=NO_VARIATION if len(kept) > 1 else UNSTABLE)
    return Bounds(float(kept.std(ddof=1)), interval.lower, interval.upper)


def item_sums(coefficient: Coefficient, base: Units) -> Sums:
    """A coefficient's terms by item; items of `base` that do not enter it have zeros."""
    units = coefficient.units(base)
    place = np.searchsorted(base.rated_items, units.item_of).astype(np.intp)
    return Sums(coefficient, units, sum_by(place, coefficient.terms(units), base.n_items))


def wilson(n: int, level: float) -> float:
    """Wilson's lower bound of a share that is 1 in all of n: n / (n + z^2), about 1 - 3.84 / n."""
    z = z_quantile(level)
    return n / (n + z * z)
