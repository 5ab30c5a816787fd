"""The alignment statistics by name: which formula, which finishing step, which options."""

from dataclasses import replace

import numpy as np

from analysis.metrics import terms
from analysis.metrics.cells import Cells, Side
from analysis.metrics.floors import half_difference
from analysis.metrics.study import Array, divide, divide_or_nan
from analysis.metrics.terms import Statistic, Terms

NO_SPREAD = (
    "no spread between items in the people's or in the model's answers: a correlation needs both "
    "to vary"
)
NO_PAIRS = "no item with valid model answers was answered by two people"
ALL_TIED = "every item with valid model answers is tied between both choices"
TIE_POLICIES = ("exclude", "culture", "half")


def share(of: Terms, undefined: str | None = None) -> Statistic:
    """A mean over cells that lies between 0 and 1."""
    statistic = Statistic(of, terms.ratio, 0.0, 1.0)
    return replace(statistic, undefined=undefined) if undefined else statistic


def by_row(of: Terms, undefined: str | None = None) -> Statistic:
    """A mean over model rows or answers that lies between 0 and 1."""
    return replace(share(of, undefined), finish=terms.ratio_weighted)


def correlation(of: Terms) -> Statistic:
    """Pearson's r of two quantities over cells."""
    return Statistic(of, terms.pearson, -1.0, 1.0, NO_SPREAD)


def majority(ties: str, invalid: str, average: str) -> Statistic:
    """Majority alignment over rows, or over cells' own means."""
    of = terms.majority_terms(ties, invalid)
    return by_row(of, ALL_TIED) if average == "rows" else share(terms.per_cell(of), ALL_TIED)


ROW_MAE = by_row(terms.row_error)
ROW_MAE_MISS = by_row(terms.row_error_miss)
ROW_MAE_FLOOR = by_row(terms.row_error_floor)
ITEM_MAE = share(terms.absolute_error)
ITEM_MAE_MISS = share(terms.absolute_error_miss)
ITEM_MSE = Statistic(terms.unbiased_square, terms.ratio, undefined=NO_PAIRS)
RATE_GAP = Statistic(terms.signed_gap, terms.ratio, 0.0, 1.0, absolute=True)
SIGNED_GAP = Statistic(terms.signed_gap, terms.ratio, -1.0, 1.0)
ENTROPY_SIGNED = Statistic(terms.entropy_error_signed, terms.ratio, -1.0, 1.0)
ENTROPY_ABS = share(terms.entropy_error_abs)
BRIER = by_row(terms.brier)
BRIER_FLOOR = by_row(terms.brier_floor, NO_PAIRS)

# Statistics of one soft profile, one value per item; each is printed for probabilities and for
# hard choices.
PER_ITEM = {
    "item_mae": ITEM_MAE,
    "item_mse_unbiased": ITEM_MSE,
    "rate_gap_abs": RATE_GAP,
}
ENTROPIES = {"entropy_error_signed": ENTROPY_SIGNED, "entropy_error_abs": ENTROPY_ABS}

_AGREEMENT = (terms.agreement_of, terms.larger_share)
CORRELATIONS = {
    "uncertainty_r": correlation(terms.correlation_terms(*_AGREEMENT)),
    "uncertainty_r_min5": correlation(terms.correlation_terms(*_AGREEMENT, least=5)),
    "uncertainty_r_variance": correlation(
        terms.correlation_terms(terms.unbiased_variance, lambda q: q * (1 - q), least=2)
    ),
    "uncertainty_r_partial": replace(
        correlation(terms.correlation_terms(*_AGREEMENT)), finish=terms.partial_pearson
    ),
}


def rescaled_terms(k: Array, n: Array, side: Side) -> Array:
    """Error of q = .5, of the model and of a perfect model, on cells with two people."""
    h = divide(k, n)
    mask = terms.both(n, side) & (n >= 2)
    floor = half_difference(k, n) / 2
    return terms.stack(mask, np.abs(0.5 - h), np.abs(side.q - h), floor)


def rescaled_finish(sums: Array) -> Array:
    """1 at the perfect model's floor, 0 at the uniform baseline."""
    uniform, error, floor = sums[..., 0], sums[..., 1], sums[..., 2]
    count = sums[..., -1]
    width = divide(uniform - floor, count)
    return divide_or_nan(divide(uniform - error, count), width, 1e-9)


RESCALED = Statistic(
    rescaled_terms,
    rescaled_finish,
    undefined="no item was answered by two people, or the floor equals the uniform baseline",
)


def scaled(cells: Cells, scale: str) -> Cells:
    """The cells with q as printed (`probability`) or as the share of hard choices (`hard`)."""
    return cells if scale == "probability" else replace(cells, side=cells.side.hard())
