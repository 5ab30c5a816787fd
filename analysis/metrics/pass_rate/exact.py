"""Exact intervals for a share of a finite population from a sample without replacement.

The bounds invert the hypergeometric distribution's tails, so they hold at any sample size, with the
finite-population correction built in, and also when none or all of the sample pass: Buonaccorsi
(1987), "A note on confidence intervals for proportions in finite populations".
"""

from collections.abc import Callable

from scipy import stats


def share_bounds(population: int, sampled: int, passed: int, level: float) -> tuple[float, float]:
    """Bounds of the population's share given how many of the sample passed."""
    return (
        least(population, sampled, passed, level) / population,
        most(population, sampled, passed, level) / population,
    )


def least(population: int, sampled: int, passed: int, level: float) -> int:
    """The smallest number of passing items that leaves `passed` or more plausible."""
    tail = (1 - level) / 2

    def plausible(total: int) -> bool:
        return float(stats.hypergeom.sf(passed - 1, population, total, sampled)) > tail

    return _first(plausible, passed, population - sampled + passed)


def most(population: int, sampled: int, passed: int, level: float) -> int:
    """The largest number of passing items that leaves `passed` or fewer plausible."""
    return population - least(population, sampled, sampled - passed, level)


def _first(plausible: Callable[[int], bool], low: int, high: int) -> int:
    """The first integer for which a condition holds that stays true once it is; `high` holds."""
    while low < high:
        middle = (low + high) // 2
        if plausible(middle):
            high = middle
        else:
            low = middle + 1
    return low
