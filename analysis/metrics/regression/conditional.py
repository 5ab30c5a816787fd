"""The conditional likelihood of answers given how many culture answers each item got.

An item's answers are as if drawn by independent coins of chances p that happened to give k successes:
log e_k(exp eta) is the log chance of k successes less what tilts the coins. That chance is near its
peak when the p sum to k, so that nothing overflows at any number of answers (Chen, Dempster and Liu
1994 on conditional Bernoulli sampling).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, special

from analysis.metrics.study import Array, Codes, floats

TILTS = 12
FARTHEST = 30.0
LARGEST = 4_000_000


@dataclass(frozen=True)
class Likelihood:
    """Answers `y` (n,), their columns (n, columns) and items' codes from 0 (n,), sorted by item.

    Every item must hold both answers.
    """

    y: Array
    columns: Array
    item: Codes

    @cached_property
    def sizes(self) -> Codes:
        """Answers of each item."""
        return np.bincount(self.item).astype(np.intp)

    @cached_property
    def _at(self) -> tuple[Codes, Codes]:
        """Each answer's item and its place there."""
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        return self.item, np.arange(len(self.y)) - starts[self.item]

    @cached_property
    def _chosen(self) -> Codes:
        return np.bincount(self.item, weights=self.y).round().astype(np.intp)

    @cached_property
    def _blocks(self) -> list[slice]:
        """Items that are worked on together, so that no table of chances grows too large."""
        each = (int(self.sizes.max()) + 1) * (int(self._chosen.max()) + 1)
        rows = max(LARGEST // each, 1)
        return [slice(at, at + rows) for at in range(0, len(self.sizes), rows)]

    def largest(self) -> float:
        """The largest log likelihood; without columns that of drawing answers at random.

        Where answers are separated it is approached, not reached.
        """
        if not self.columns.shape[1]:
            return self._value(np.zeros(len(self.y)))[0]
        scale = self._scale()

        def loss(beta: Array) -> tuple[float, Array]:
            value, expected = self._value(self.columns @ (scale @ beta))
            return -value, -floats(scale.T @ (self.columns.T @ (self.y - expected)))

        start = np.zeros(self.columns.shape[1])
        options = {"gtol": 1e-7, "maxiter": 300}
        return -float(optimize.minimize(loss, start, jac=True, method="BFGS", options=options).fun)

    def _scale(self) -> Array:
        """Coordinates in which the curvature at the start is about one in every direction."""
        rate = (self._chosen / self.sizes)[self.item]
        weights = rate * (1 - rate)
        curvature = self.columns.T @ (self.columns * weights[:, None])
        return floats(np.linalg.inv(np.linalg.cholesky(curvature)).T)

    def _value(self, eta: Array) -> tuple[float, Array]:
        """Log likelihood at a linear predictor, and every answer's chance of being culture."""
        eta = np.clip(eta, -FARTHEST, FARTHEST)
        tilt = self._tilt(eta)
        p = np.zeros((len(self.sizes), int(self.sizes.max())))
        p[self._at] = special.expit(eta + tilt[self.item])
        parts = [successes(p[rows], self._chosen[rows]) for rows in self._blocks]
        chance, without = (np.concatenate(found) for found in zip(*parts, strict=True))
        inner = np.bincount(self.item, weights=np.logaddexp(0, eta + tilt[self.item]))
        norm = np.log(chance) + inner - self._chosen * tilt
        return float(self.y @ eta - norm.sum()), floats((p * without / chance[:, None])[self._at])

    def _tilt(self, eta: Array) -> Array:
        """For each item what to add so that its chances sum to its culture answers, by bisection
        and within 0.03: any tilt is exact, a good one keeps the numbers in range."""
        low = np.full(len(self.sizes), -2 * FARTHEST)
        high = -low
        for _ in range(TILTS):
            middle = (low + high) / 2
            expected = np.bincount(self.item, weights=special.expit(eta + middle[self.item]))
            above = expected > self._chosen
            high, low = np.where(above, middle, high), np.where(above, low, middle)
        return floats((low + high) / 2)


def successes(p: Array, k: Codes) -> tuple[Array, Array]:
    """The chance of k successes of each row's coins, and of k - 1 without each of them.

    `p` is (rows, coins), 0 where a row has fewer; returns (rows,) and (rows, coins).
    """
    rows, coins = p.shape
    most = int(k.max(initial=0))
    before = np.zeros((coins + 1, rows, most + 1))
    before[0, :, 0] = 1.0
    for at in range(coins):
        before[at + 1] = _toss(before[at], p[:, at])
    after = np.zeros((rows, most + 1))
    after[:, 0] = 1.0
    without = np.zeros((rows, coins))
    needed = k[:, None] - 1 - np.arange(most + 1)
    inside = needed >= 0
    needed = np.maximum(needed, 0)
    for at in reversed(range(coins)):
        rest = np.where(inside, np.take_along_axis(after, needed, axis=1), 0.0)
        without[:, at] = (before[at] * rest).sum(axis=1)
        after = _toss(after, p[:, at])
    return floats(before[coins][np.arange(rows), k]), without


def _toss(chances: Array, p: Array) -> Array:
    """The chances of each number of successes after one more coin."""
    out = chances * (1 - p)[:, None]
    out[:, 1:] += chances[:, :-1] * p[:, None]
    return floats(out)
