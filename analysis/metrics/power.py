"""What a study of this size can and cannot tell, from the intervals it has.

An interval's half-width over the normal quantile is the standard error, whatever clusters it
accounts for; so the design effect is in it. The smallest difference that a two-sided test at the
interval's level finds with probability `POWER` is (z_level + z_power) times the error of that
difference (Cohen 1988).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, sqrt

import numpy as np
from scipy import stats

from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate

POWER = 0.8
USABLE = 0.2
"""A rate that is not known to this half-width says next to nothing: it may be a third or two thirds."""

INDEPENDENT = "errors taken for independent; both sides share scenarios, so this is cautious"
NO_INTERVAL = "a side has no interval"


@dataclass(frozen=True)
class Comparison:
    """One headline comparison: its name, the sides with their errors, and what was found."""

    name: str
    sides: tuple[Estimate, ...]
    found: float | None
    note: str = ""


def best_half_width(answers: int, level: float = 0.95) -> float:
    """Half the width of Wilson's interval of a share of one half: no cell this size does better.

    Independent answers, so a design effect of 1. Raises ValueError without an answer.
    """
    if answers < 1:
        raise ValueError("a cell without answers has no width")
    z = normal(level)
    return z * sqrt(0.25 / answers + z**2 / (4 * answers**2)) / (1 + z**2 / answers)


def least_answers(level: float = 0.95, half_width: float = USABLE) -> int:
    """The fewest independent answers with which a share of one half is known to the half-width."""
    z = normal(level)
    least = ceil(z**2 * (0.25 / half_width**2 - 1) - 1e-9)
    return max(least, 1)


@cache
def normal(level: float) -> float:
    """How many standard errors either way hold the level."""
    return float(stats.norm.ppf((1 + level) / 2))


def standard_error(estimate: Estimate, level: float) -> float | None:
    """What the interval's width says; None without an interval."""
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return None
    return (estimate.upper - estimate.lower) / 2 / normal(level)


def design_effect(estimate: Estimate, level: float) -> float | None:
    """Variance over that of as many independent answers; None where either is none."""
    error, value = standard_error(estimate, level), estimate.value
    if error is None or value is None or not 0 < value < 1 or not estimate.n_answers:
        return None
    return error**2 / (value * (1 - value) / estimate.n_answers)


def detectable(errors: Iterable[float], level: float, power: float = POWER) -> float:
    """The smallest difference found with this power, given the errors of its independent parts."""
    return (normal(level) + float(stats.norm.ppf(power))) * sqrt(sum(e**2 for e in errors))


def is_thin(estimate: Estimate, level: float) -> bool:
    """Whether a rate's group is too small to say anything: not known to `USABLE` either way."""
    error = standard_error(estimate, level)
    if error is None or estimate.n_answers < least_answers(level):
        return True
    return error * normal(level) > USABLE


def typical_pair(groups: Sequence[Estimate], level: float) -> float | None:
    """The median over all pairs of groups of their smallest detectable difference.

    It grows with the root of the summed squares of both errors, so the median pair has it.
    """
    found = (standard_error(one, level) for one in groups)
    squares = np.array([error**2 for error in found if error is not None])
    if len(squares) < 2:
        return None
    one, other = np.triu_indices(len(squares), 1)
    return detectable([float(np.median(np.sqrt(squares[one] + squares[other])))], level)


def detectable_row(comparison: Comparison, level: float) -> Estimate:
    """One comparison as a row of `estimates.csv`; the first side says what it is about."""
    first = comparison.sides[0]
    errors = [standard_error(side, level) for side in comparison.sides]
    known = [error for error in errors if error is not None]
    told = len(known) == len(errors)
    return Estimate(
        table=first.table,
        setting=first.setting,
        model=first.model if all(side.model == first.model for side in comparison.sides) else "",
        frame=first.frame,
        group={"comparison": comparison.name},
        metric="detectable_difference",
        definition=definition("detectable_difference"),
        value=detectable(known, level) if told else None,
        n_items=max(side.n_items for side in comparison.sides),
        n_humans=max(side.n_humans for side in comparison.sides),
        n_answers=sum(side.n_answers for side in comparison.sides),
        note=comparison.note if told else NO_INTERVAL,
    )


def widest_pair(name: str, groups: Sequence[Estimate]) -> Iterator[Comparison]:
    """The two groups whose values lie furthest apart; nothing below two groups."""
    known = sorted((g for g in groups if g.value is not None), key=lambda g: g.value or 0.0)
    if len(known) > 1:
        low, high = known[0], known[-1]
        yield Comparison(name, (high, low), (high.value or 0.0) - (low.value or 0.0), INDEPENDENT)
