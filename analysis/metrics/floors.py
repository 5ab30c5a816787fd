"""What people's own sampling noise costs: floors and ceilings from random halves.

The mean over all ways to cut an item's n people into two halves (of n // 2 and the rest) is known
exactly: the culture answers in one half are hypergeometric. So the floors need no seed.
"""

from functools import lru_cache

import numpy as np
from scipy import stats

from analysis.metrics import terms
from analysis.metrics.cells import Side
from analysis.metrics.intervals import Settings
from analysis.metrics.study import Answers, Array, Study, count_by
from analysis.metrics.terms import Statistic

NO_PAIRS = "no item was answered by two people"
NO_RELIABILITY = "random halves of the people do not agree on which items are contested"


@lru_cache(maxsize=65536)
def _expected_difference(k: int, n: int) -> float:
    """Mean absolute difference of the culture rates of two random halves of n people."""
    first = n // 2
    drawn = np.arange(max(0, k - (n - first)), min(k, first) + 1)
    chance = stats.hypergeom.pmf(drawn, n, k, first)
    return float(chance @ np.abs(drawn / first - (k - drawn) / (n - first)))


def half_difference(k: Array, n: Array) -> Array:
    """Expected difference between random halves per cell; 0 where fewer than two answered."""
    keys = np.column_stack([k, n])
    unique, place = np.unique(keys, axis=0, return_inverse=True)
    values = [_expected_difference(round(a), round(b)) if b >= 2 else 0.0 for a, b in unique]
    return np.asarray(values)[place.reshape(-1)] if len(values) else np.zeros(0)


def floor_terms(k: Array, n: Array, side: Side) -> Array:
    """The expected half difference of cells with two or more people."""
    return terms.stack(n >= 2, half_difference(k, n))


def _scaled(divisor: float) -> Statistic:
    return Statistic(floor_terms, lambda sums: terms.ratio(sums) / divisor, 0.0, 1.0, NO_PAIRS)


FLOORS = {"floor_perfect_model": _scaled(2.0), "floor_another_sample": _scaled(np.sqrt(2.0))}


def uncertainty_ceiling(study: Study, answers: Answers, settings: Settings) -> float:
    """sqrt(2r / (1 + r)) for the mean r between agreements of random halves; NaN if r <= 0.

    Each of up to 200 seeded cuts splits every item's people in two; items with fewer than two
    people are left out.
    """
    rng = np.random.default_rng([settings.seed, 3])
    cuts = [_half_correlation(study, answers, rng) for _ in range(min(200, settings.replicates))]
    defined = [r for r in cuts if np.isfinite(r)]
    r = float(np.mean(defined)) if defined else np.nan
    return float(np.sqrt(2 * r / (1 + r))) if r > 0 else np.nan


def _half_correlation(study: Study, answers: Answers, rng: np.random.Generator) -> float:
    """Correlation over items between the agreements of two random halves of their people."""
    order = np.lexsort((rng.random(len(answers.y)), answers.item))
    item, y = answers.item[order], answers.y[order]
    n = count_by(item, study.n_items)
    start = np.concatenate([[0], np.cumsum(n)[:-1]])
    first = (np.arange(len(item)) - start[item]) < (n // 2)[item]
    halves = []
    for half in (first, ~first):
        size = count_by(item[half], study.n_items)
        culture = count_by(item[half], study.n_items, y[half])
        halves.append(terms.agreement_of(culture, size * 1.0)[n >= 2])
    if len(halves[0]) < 2 or min(np.ptp(halves[0]), np.ptp(halves[1])) < 1e-12:
        return np.nan
    return float(np.corrcoef(halves[0], halves[1])[0, 1])
