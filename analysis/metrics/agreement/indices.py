"""Figures of two labels: positive and negative agreement, prevalence index, bias index.

Specific agreement for any number of raters: Spitzer and Fleiss (1974), Uebersax (1982). Prevalence
and bias: Byrt, Bishop and Carlin (1993), here for any number of raters: the prevalence index is the
mean share of positive less that of negative ratings; the bias index is the difference between two
raters' shares of positive ratings on what both rated, pooled over all pairs of raters.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from analysis.metrics.agreement.coefficients import (
    LEAST,
    NO_PAIRS,
    Coefficient,
    everything,
    needs_pairs,
    overlapping,
)
from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.ratings import Units
from analysis.metrics.study import Array, divide_or_nan, floats


def _ratio(labels: Labels, sums: Array) -> Array:
    return divide_or_nan(sums[..., 0], sums[..., 1], LEAST)


def _ratio_influence(terms: Callable[[Units], Array]) -> Callable[[Units, float], Array]:
    def influence(units: Units, value: float) -> Array:
        top, bottom = terms(units).T
        return floats((top - value * bottom) / bottom.mean())

    return influence


def _of_two(
    name: str, terms: Callable[[Units], Array], missing: Callable[[Units], str], low: float
) -> Coefficient:
    """A ratio of sums that exists for two labels only."""

    def of_two(units: Units) -> Array:
        return terms(units) if len(units.labels) == 2 else np.zeros((units.n_units, 2))

    def undefined(units: Units) -> str:
        if len(units.labels) != 2:
            return f"defined for two labels; there are {len(units.labels)}"
        return missing(units) if units.n_units else NO_PAIRS

    enter = everything if name == "prevalence_index" else overlapping
    influence = _ratio_influence(of_two)
    return Coefficient(name, enter, of_two, _ratio, influence, undefined, low=low)


def specific(name: str, other: bool) -> Coefficient:
    """Of the ratings with one label, the share of the other raters' ratings that have it too."""

    def place(units: Units) -> int:
        positive = units.labels.positive
        return 1 - positive if other else positive

    def terms(units: Units) -> Array:
        chosen = units.counts[:, place(units)]
        return np.column_stack([chosen * (chosen - 1), chosen * (units.size - 1)])

    def missing(units: Units) -> str:
        return f"no item with two ratings has a '{units.labels.names[place(units)]}'"

    return _of_two(name, terms, missing, 0.0)


def _prevalence_terms(units: Units) -> Array:
    positive = units.shares[:, units.labels.positive]
    return np.column_stack([2 * positive - 1, np.ones(units.n_units)])


def _bias_terms(units: Units) -> Array:
    """Per unit: differences of its pairs of raters, turned so that each pair's sum is positive."""
    shape = (units.n_units, int(units.raters.max(initial=0)) + 1)
    rows = (units.unit, units.rater)
    chose = floats(units.label == units.labels.positive)
    rated = sparse.csr_array((np.ones(len(chose)), rows), shape=shape)
    positive = sparse.csr_array((chose, rows), shape=shape)
    together = positive.T @ rated  # how often the first said yes where both rated
    lead = sparse.csr_array(together - together.T)
    signs = lead.sign()
    if len(units.raters) == 2 and not lead.count_nonzero():
        one, two = units.raters
        signs = sparse.csr_array(([1.0, -1.0], ([one, two], [two, one])), shape=lead.shape)
    turned = positive.multiply(rated @ signs.T).sum(axis=1)
    return np.column_stack([turned, units.size * (units.size - 1) / 2])


POSITIVE = specific("positive", other=False)
NEGATIVE = specific("negative", other=True)
PREVALENCE = _of_two("prevalence_index", _prevalence_terms, needs_pairs, -1.0)
BIAS = _of_two("bias_index", _bias_terms, needs_pairs, 0.0)
