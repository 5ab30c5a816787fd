"""The formulas, cell by cell: each statistic is a finishing step over summed cell terms.

Every `terms` function takes k (culture answers), n (answers) and the model's side, all of shape
(cells,), and returns (cells, m): what a cell adds to the sums, zeros where the statistic is not
defined for it; its last column is 1 where the cell counts. `finish` takes sums (..., m) and
returns (...), NaN where undefined.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.metrics.cells import Side
from analysis.metrics.study import Array, Mask, divide, divide_or_nan

Terms = Callable[[Array, Array, Side], Array]
Finish = Callable[[Array], Array]

# Below this variance a correlation's spread is rounding noise, not information.
NO_SPREAD = 1e-12


@dataclass(frozen=True)
class Statistic:
    """How a number is made of cells, the range it must lie in, and why it may be undefined."""

    terms: Terms
    finish: Finish
    low: float = -np.inf
    high: float = np.inf
    undefined: str = "no item has both human and valid model answers"
    absolute: bool = False


def stack(mask: Mask, *columns: Array) -> Array:
    """Lay out term columns, zero outside the mask, the mask itself last."""
    kept = [np.where(mask, column, 0.0) for column in columns]
    return np.column_stack([*kept, mask.astype(np.float64)])


def ratio(sums: Array) -> Array:
    """First sum over the number of cells that count."""
    return over(sums, 0, -1)


def ratio_weighted(sums: Array) -> Array:
    """First sum over the second: a mean with weights."""
    return over(sums, 0, 1)


def over(sums: Array, top: int, bottom: int) -> Array:
    """One column over another, NaN where the bottom is (numerically) zero."""
    return divide_or_nan(sums[..., top], sums[..., bottom], 1e-9)


def entropy(p: Array) -> Array:
    """Entropy of a yes/no answer with probability p, in bits; 0 at 0 and 1."""
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    bits = -(safe * np.log2(safe) + (1 - safe) * np.log2(1 - safe))
    return np.where(inside, bits, 0.0)


def both(n: Array, side: Side) -> Mask:
    """Cells with at least one human and one valid model answer."""
    return (n > 0) & (side.rows > 0)


# --- people only ---------------------------------------------------------------------------


def item_rate(k: Array, n: Array, side: Side) -> Array:
    """The cell's culture rate."""
    return stack(n > 0, divide(k, n))


def pair_agreement(k: Array, n: Array, side: Side) -> Array:
    """The chance that two different people of the cell agree."""
    pairs = n * (n - 1)
    return stack(n >= 2, divide(k * (k - 1) + (n - k) * (n - k - 1), pairs))


def pooled_pair_agreement(k: Array, n: Array, side: Side) -> Array:
    """The cell's agreeing pairs of different people, and all its pairs."""
    return stack(n >= 2, k * (k - 1) + (n - k) * (n - k - 1), n * (n - 1))


def majority_share(k: Array, n: Array, side: Side) -> Array:
    """The share of the cell's more common answer (the paper's form)."""
    return stack(n > 0, divide(np.maximum(k, n - k), n))


def brier_floor(k: Array, n: Array, side: Side) -> Array:
    """The part of the squared error that is people differing, summed over answers."""
    return stack(n >= 2, divide(k * (n - k), n - 1), n)


# --- people beside a model -----------------------------------------------------------------


def absolute_error(k: Array, n: Array, side: Side) -> Array:
    """Distance between the model's and the people's rate."""
    return stack(both(n, side), np.abs(side.q - divide(k, n)))


def absolute_error_miss(k: Array, n: Array, side: Side) -> Array:
    """The same, each invalid answer taken as the answer people gave less often."""
    h = divide(k, n)
    total = side.rows + side.invalid
    rarer = np.where(h > 0.5, 0.0, np.where(h < 0.5, 1.0, 0.5))
    q = divide(side.q * side.rows + rarer * side.invalid, total)
    return stack((n > 0) & (total > 0), np.abs(q - h))


def unbiased_square(k: Array, n: Array, side: Side) -> Array:
    """Squared distance less the people's own sampling variance; needs two people."""
    h = divide(k, n)
    value = (side.q - h) ** 2 - divide(h * (1 - h), n - 1)
    return stack(both(n, side) & (n >= 2), value)


def signed_gap(k: Array, n: Array, side: Side) -> Array:
    """Model's culture rate less the people's."""
    return stack(both(n, side), side.q - divide(k, n))


def entropy_error_signed(k: Array, n: Array, side: Side) -> Array:
    """Model's entropy less the people's, in bits."""
    return stack(both(n, side), entropy(side.q) - entropy(divide(k, n)))


def entropy_error_abs(k: Array, n: Array, side: Side) -> Array:
    """Distance between the model's and the people's entropy, in bits."""
    return stack(both(n, side), np.abs(entropy(side.q) - entropy(divide(k, n))))


def brier(k: Array, n: Array, side: Side) -> Array:
    """Squared error against each single human answer, summed over the cell's answers."""
    return stack(both(n, side), k * (1 - side.q) ** 2 + (n - k) * side.q**2, n)


def row_error(k: Array, n: Array, side: Side) -> Array:
    """Sum over model rows of the hard choice's distance to the people's rate.

    A tie is half a choice for each side, so it scores the mean of both distances (one half).
    """
    h = divide(k, n)
    error = side.choice * (1 - h) + (side.rows - side.choice) * h
    return stack(both(n, side), error, side.rows)


def row_error_miss(k: Array, n: Array, side: Side) -> Array:
    """The same, each invalid answer taken as the answer people gave less often."""
    h = divide(k, n)
    error = side.choice * (1 - h) + (side.rows - side.choice) * h
    error = error + side.invalid * np.maximum(h, 1 - h)
    total = side.rows + side.invalid
    return stack((n > 0) & (total > 0), error, total)


def row_error_floor(k: Array, n: Array, side: Side) -> Array:
    """The least row error any hard choice could have."""
    return stack(both(n, side), side.rows * divide(np.minimum(k, n - k), n), side.rows)


def per_cell(terms: Terms) -> Terms:
    """Turn row sums into the cell's own mean, so that every cell weighs the same."""

    def averaged(k: Array, n: Array, side: Side) -> Array:
        rows = terms(k, n, side)
        return stack(rows[:, -1] > 0, divide(rows[:, 0], rows[:, 1]))

    return averaged


def majority_terms(ties: str, invalid: str) -> Terms:
    """Rows choosing the human majority under a tie policy and a rule for invalid answers."""

    def terms(k: Array, n: Array, side: Side) -> Array:
        rows = side.rows + side.invalid if invalid == "miss" else side.rows
        culture, tied = 2 * k > n, 2 * k == n
        if ties == "culture":
            culture, tied = culture | tied, np.zeros_like(tied)
        hits = np.where(culture, side.choice, side.rows - side.choice)
        hits = np.where(tied, side.rows / 2, hits)
        counted = (n > 0) & (rows > 0) & ~(tied & (ties == "exclude"))
        return stack(counted, hits, rows)

    return terms


# --- correlations --------------------------------------------------------------------------


def correlation_terms(
    human: Callable[[Array, Array], Array], model: Callable[[Array], Array], least: int = 1
) -> Terms:
    """Moments for Pearson's r between a human and a model quantity, and for n given."""

    def terms(k: Array, n: Array, side: Side) -> Array:
        # Shifting by a constant keeps the products small; r does not change.
        x, y, z = human(k, n) - 0.5, model(side.q) - 0.5, n
        mask = both(n, side) & (n >= least)
        return stack(mask, x, y, x * x, y * y, x * y, z, z * z, x * z, y * z)

    return terms


def agreement_of(k: Array, n: Array) -> Array:
    """Human agreement max(h, 1 - h)."""
    return divide(np.maximum(k, n - k), n)


def unbiased_variance(k: Array, n: Array) -> Array:
    """Human variance h(1 - h) n / (n - 1), free of the number of people."""
    return divide(k * (n - k), n * (n - 1))


def larger_share(q: Array) -> Array:
    """Model agreement max(q, 1 - q)."""
    return np.maximum(q, 1 - q)


def pearson(sums: Array) -> Array:
    """r of the first two quantities; NaN without spread in either."""
    return moment_r(sums, 0, 1, 4, 2, 3)


def moment_r(sums: Array, x: int, y: int, xy: int, xx: int, yy: int) -> Array:
    """Pearson's r from sums of x, y, x*y, x*x, y*y (column numbers) and the count."""
    count = np.where(sums[..., -1] > 0, sums[..., -1], 1.0)
    mean_x, mean_y = sums[..., x] / count, sums[..., y] / count
    var_x = sums[..., xx] / count - mean_x**2
    var_y = sums[..., yy] / count - mean_y**2
    spread = (var_x > NO_SPREAD) & (var_y > NO_SPREAD)
    safe = np.sqrt(np.where(spread, var_x * var_y, 1.0))
    r = (sums[..., xy] / count - mean_x * mean_y) / safe
    return np.where(spread, np.clip(r, -1.0, 1.0), np.nan)


def partial_pearson(sums: Array) -> Array:
    """r of the first two given the third; without spread in the third it is the plain r."""
    r_xy = pearson(sums)
    r_xz, r_yz = moment_r(sums, 0, 5, 7, 2, 6), moment_r(sums, 1, 5, 8, 3, 6)
    same_n = np.isnan(r_xz) | np.isnan(r_yz)
    r_xz, r_yz = np.where(same_n, 0.0, r_xz), np.where(same_n, 0.0, r_yz)
    left = (1 - r_xz**2) * (1 - r_yz**2)
    safe = np.sqrt(np.where(left > NO_SPREAD, left, 1.0))
    return np.where(left > NO_SPREAD, (r_xy - r_xz * r_yz) / safe, np.nan)
