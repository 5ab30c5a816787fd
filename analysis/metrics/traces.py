"""Which items are worth reading: rules that rank by what the answers bear out, not by chance.

A list of items ordered by a plain rate begins with the items that fewest people answered: two people
who part are a rate of one half. Every rule here therefore ranks by a lower bound, the value that the
measure exceeds with a probability of `level`, given the answers; few answers mean a low bound. People
are taken as independent draws with a rate whose prior is Jeffreys' Beta(1/2, 1/2) (Brown, Cai and
DasGupta 2001), so that the interval beside a rate and the bound behind its rank belong together.
These are rules for choosing what to read. They are no tests: the items at the top were looked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from scipy.special import betainc, betaincinv, stdtrit

from analysis.metrics.study import Array

PRIOR: Final = 0.5
_STEPS: Final = 50
"""Halvings of [0, 1/2] or [0, 1]: far below any figure that is printed."""


@dataclass(frozen=True)
class Share:
    """Culture answers `k` of `n`; `k` may be fractional where answers are probabilities."""

    k: float
    n: int

    @property
    def rate(self) -> float:
        """The culture rate; ValueError without answers."""
        if self.n < 1:
            raise ValueError("a rate of no answers")
        return self.k / self.n

    def interval(self, level: float) -> tuple[float, float]:
        """Jeffreys' interval of the rate; it ends at 0 or 1 where all answers are the same."""
        lower, upper = jeffreys(np.array([self.k]), np.array([float(self.n)]), level)
        return float(lower[0]), float(upper[0])


@dataclass(frozen=True)
class Bounded:
    """A measure with the value that it exceeds with probability `level`."""

    value: float
    bound: float


def jeffreys(k: Array, n: Array, level: float) -> tuple[Array, Array]:
    """Lower and upper ends of Jeffreys' intervals of `k` of `n`."""
    tail = (1 - level) / 2
    lower = np.where(k <= 0, 0.0, betaincinv(k + PRIOR, n - k + PRIOR, tail))
    upper = np.where(k >= n, 1.0, betaincinv(k + PRIOR, n - k + PRIOR, 1 - tail))
    return lower, upper


def splits(shares: Sequence[Share], level: float) -> list[Bounded]:
    """How far people split on each item: the chance 2p(1-p) that two of them choose differently.

    The value is its unbiased estimate 2k(n-k)/[n(n-1)] (0 for a single answer, whose bound says the
    rest); at most 1 (n = 2), and 1/2 for a rate of one half that many people answered.
    """
    k, n = _arrays(shares)
    value = np.divide(2 * k * (n - k), n * (n - 1), out=np.zeros_like(k), where=n > 1)
    # 2p(1-p) exceeds 2a(1-a) where p lies between a and 1-a.
    low, high = np.zeros_like(k), np.full_like(k, 0.5)
    for _ in range(_STEPS):
        a = (low + high) / 2
        enough = _between(k, n, a, 1 - a) >= level
        low, high = np.where(enough, a, low), np.where(enough, high, a)
    return _bounded(value, 2 * low * (1 - low))


def shares_at_least(shares: Sequence[Share], level: float) -> list[Bounded]:
    """How large each share is: the plain share k/n, and its one-sided bound by Jeffreys."""
    k, n = _arrays(shares)
    lower, _ = jeffreys(k, n, 2 * level - 1)
    return _bounded(k / n, lower)


def gaps(shares: Sequence[Share], predicted: Sequence[float], level: float) -> list[Bounded]:
    """How far a prediction q lies from the people's rate p of each item: abs(q - p).

    The value is abs(q - k/n). The bound holds q for known and p for sampled.
    """
    k, n = _arrays(shares)
    q = np.asarray(predicted, dtype=np.float64)
    value = np.abs(q - k / n)
    low, high = np.zeros_like(k), np.ones_like(k)
    for _ in range(_STEPS):
        t = (low + high) / 2
        inside = _between(k, n, np.clip(q - t, 0, 1), np.clip(q + t, 0, 1))
        enough = 1 - inside >= level
        low, high = np.where(enough, t, low), np.where(enough, high, t)
    return _bounded(value, low)


def ranges(items: Sequence[Sequence[Share]], level: float) -> list[Bounded]:
    """How far models part among themselves on each item: the highest less the lowest rate.

    The bound is that of a difference of two shares by Newcombe's hybrid of their Wilson intervals
    (1998, method 10), never below 0. Highest and lowest were looked for among all pairs of models:
    the level is corrected for their number (Bonferroni). A model's answers to one item count as
    draws. ValueError for an item that fewer than two models answered.
    """
    return [_range(shares, level) for shares in items]


def _range(shares: Sequence[Share], level: float) -> Bounded:
    if len(shares) < 2:
        raise ValueError("models part only where there are two")
    most = max(shares, key=lambda share: share.rate)
    least = min(shares, key=lambda share: share.rate)
    z = NormalDist().inv_cdf(1 - (1 - level) / comb(len(shares), 2))
    value = most.rate - least.rate
    down = most.rate - _wilson(most, z)[0]
    up = _wilson(least, z)[1] - least.rate
    return Bounded(value, max(0.0, value - sqrt(down * down + up * up)))


def _wilson(share: Share, z: float) -> tuple[float, float]:
    p, n = share.rate, share.n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _arrays(shares: Sequence[Share]) -> tuple[Array, Array]:
    k = np.array([share.k for share in shares], dtype=np.float64)
    n = np.array([share.n for share in shares], dtype=np.float64)
    if (n < 1).any():
        raise ValueError("an item without answers has no place in a list")
    return k, n


def _between(k: Array, n: Array, low: Array, high: Array) -> Array:
    """The probability that the rate lies between two values, given the answers."""
    a, b = k + PRIOR, n - k + PRIOR
    inside: Array = betainc(a, b, high) - betainc(a, b, low)
    return inside


def _bounded(values: Array, bounds: Array) -> list[Bounded]:
    return [Bounded(float(v), float(b)) for v, b in zip(values, bounds, strict=True)]


@dataclass(frozen=True)
class Mean:
    """A mean over items with its interval; the ends are None where one scenario is all there is."""

    value: float
    lower: float | None
    upper: float | None
    n: int
    clusters: int


def clustered_mean(values: Sequence[float], clusters: Sequence[str], level: float) -> Mean:
    """The mean of values that come in clusters (items of scenarios), with a t interval.

    The spread is that of the clusters' totals about the mean (ratio of totals, G/(G-1) in front).
    """
    y = np.asarray(values, dtype=np.float64)
    names, codes = np.unique(np.asarray(clusters, dtype=object).astype(str), return_inverse=True)
    mean, groups = float(y.mean()), len(names)
    if groups < 2:
        return Mean(mean, None, None, len(y), groups)
    residuals = np.bincount(codes, weights=y - mean)
    error = sqrt(groups / (groups - 1) * float((residuals**2).sum())) / len(y)
    half = float(stdtrit(groups - 1, (1 + level) / 2)) * error
    return Mean(mean, mean - half, mean + half, len(y), groups)
