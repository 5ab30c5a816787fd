"""Cohen's kappa (1960), weighted as in Cohen (1968): two raters, each with their own label shares."""

import numpy as np

from analysis.metrics.agreement.coefficients import (
    LEAST,
    NO_PAIRS,
    PRODUCT,
    Coefficient,
    corrected,
    everything,
    needs_variety,
    per,
)
from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.ratings import Units
from analysis.metrics.study import Array, count_by, divide_or_nan, floats


def choices(units: Units) -> tuple[Array, Array]:
    """What either of two raters chose, one-hot (units, q), zeros where they did not rate."""
    q = len(units.labels)
    flat = units.unit * q + units.label
    first = units.rater == units.raters[0]
    one, two = (count_by(flat[rows], units.n_units * q) for rows in (first, ~first))
    return one.reshape(-1, q), two.reshape(-1, q)


def terms(units: Units) -> Array:
    """Rated by both, their agreement, rated by one, by the other, and either's labels."""
    if len(units.raters) != 2:
        return np.zeros((units.n_units, 4 + 2 * len(units.labels)))
    one, two = choices(units)
    both = floats(units.size == 2)
    agreeing = ((one @ units.labels.matrix) * two).sum(axis=1)
    return np.column_stack([both, agreeing, one.sum(axis=1), two.sum(axis=1), one, two])


def finish(labels: Labels, sums: Array) -> Array:
    """Kappa of sums (..., 4 + 2q)."""
    q = len(labels)
    observed = divide_or_nan(sums[..., 1], sums[..., 0], LEAST)
    one = per(sums[..., 4 : 4 + q], sums[..., 2:3])
    two = per(sums[..., 4 + q :], sums[..., 3:4])
    return corrected(observed, floats(((one @ labels.matrix) * two).sum(axis=-1)))


def influence(units: Units, value: float) -> Array:
    """Gwet's linearisation; with missing ratings either's shares are over what they rated."""
    columns = terms(units)
    q, n = len(units.labels), units.n_units
    both, agreeing, by_one, by_two = columns[:, :4].T
    one, two = columns[:, 4 : 4 + q], columns[:, 4 + q :]
    first, second = one.sum(axis=0) / by_one.sum(), two.sum(axis=0) / by_two.sum()
    matrix = units.labels.matrix
    chance = float(first @ matrix @ second)
    drift = (one @ (matrix @ second) - by_one * chance) / by_one.sum()
    drift = drift + (two @ (matrix @ first) - by_two * chance) / by_two.sum()
    scaled = n * (agreeing - chance * both) / both.sum()
    return floats((scaled - (1 - value) * n * drift) / (1 - chance) - value)


def undefined(units: Units) -> str:
    """Why there is no kappa."""
    if not units.n_pairs:
        return NO_PAIRS
    if len(units.raters) != 2:
        return f"Cohen's kappa compares two raters; {len(units.raters)} rated"
    return needs_variety(units)


COHEN = Coefficient("cohen", everything, terms, finish, influence, undefined, PRODUCT)
