"""Logistic regression of gathered answers by Newton's method, and what leaving a factor out costs."""

import sys
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from analysis.metrics.regression.design import Columns, Patterns
from analysis.metrics.regression.result import Dropped
from analysis.metrics.study import Array, Codes, Mask, floats

CERTAIN = 1e-6
"""A fitted probability this near to 0 or 1 means that the answers there are separated."""

MOST_STEPS = 60
SETTLED = 1e-10
FARTHEST = 35.0
"""No linear predictor goes beyond this: its probability is 1 within 1e-15."""


@dataclass(frozen=True)
class Fit:
    """A fitted model: which columns it uses, a coefficient for every column of the design (0 where
    unused), fitted probabilities (patterns,), and the deviance."""

    used: Codes
    beta: Array
    fitted: Array
    deviance: float

    @property
    def certain(self) -> Mask:
        """Patterns whose probability went to 0 or 1."""
        mask: Mask = (self.fitted < CERTAIN) | (self.fitted > 1 - CERTAIN)
        return mask

    @property
    def separated(self) -> bool:
        """Whether some pattern's probability went to 0 or 1."""
        return bool(self.certain.any())


def fit(columns: Columns, used: Codes, start: Array | None = None) -> Fit:
    """Fit a binomial model with logit link on independent columns of a design.

    Newton's method with halved steps, which is what a GLM's reweighting does; `start` may hold
    coefficients of another fit. Where answers are separated the coefficients grow without end while
    deviance and fitted values settle; the fit ends there.
    """
    patterns = columns.patterns
    beta = np.zeros(columns.size) if start is None else start.copy()
    beta[np.setdiff1d(np.arange(columns.size), used)] = 0.0
    fitted, now = _state(columns, beta)
    for _ in range(MOST_STEPS):
        score = columns.sums(patterns.chosen - patterns.total * fitted)[used]
        information = columns.cross(patterns.total * fitted * (1 - fitted))[np.ix_(used, used)]
        step = np.zeros(columns.size)
        step[used] = solve(information, score)
        before = now
        for _ in range(30):
            fitted, now = _state(columns, beta + step)
            if now <= before + 1e-9:
                break
            step /= 2
        beta = beta + step
        if abs(before - now) <= SETTLED * (abs(now) + 1):
            break
    return Fit(used, floats(beta), fitted, now)


def _state(columns: Columns, beta: Array) -> tuple[Array, float]:
    eta = np.clip(columns.predictor(beta), -FARTHEST, FARTHEST)
    return floats(special.expit(eta)), deviance(columns.patterns, eta)


def solve(matrix: Array, right: Array) -> Array:
    """Solve a symmetric system that may be near-singular, each unknown on its own scale."""
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    balanced = matrix * np.outer(scale, scale)
    turned = np.linalg.lstsq(balanced, (scale * right.T).T, rcond=1e-12)[0]
    return floats((scale * turned.T).T)


def deviance(patterns: Patterns, eta: Array) -> float:
    """-2 log likelihood of the answers taken one by one, so that patterns do not matter."""
    k, n = patterns.chosen, patterns.total
    return float(2 * (k @ np.logaddexp(0, -eta) + (n - k) @ np.logaddexp(0, eta)))


def chi2_p(gained: float, df: int) -> float:
    """The upper tail of chi-square; no p is 0, the least one is the smallest normal number."""
    return max(float(stats.chi2.sf(gained, df)), sys.float_info.min)


def dropped(full: Fit, reduced: Fit) -> Dropped:
    """The deviance test of the columns that the reduced model lacks."""
    df = len(full.used) - len(reduced.used)
    if not df:
        return Dropped(None, 0, None)
    gained = max(reduced.deviance - full.deviance, 0.0)
    return Dropped(gained, df, chi2_p(gained, df))
