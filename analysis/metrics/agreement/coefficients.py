"""The coefficients: what a unit adds to the sums, what the sums make, and each unit's influence.

`terms` gives (units, m); `finish` turns sums (..., m) into values (...), NaN where undefined, so that
leaving out or redrawing items is arithmetic on sums. `influence` is how much each unit moves the
coefficient, the linearisation behind Gwet's standard errors; it sums to zero over the units.

Formulas: Gwet, Handbook of Inter-Rater Reliability, 4th ed. (2014), chapters 2 to 5; Brennan and
Prediger (1981); Fleiss (1971); Cohen (1960); Krippendorff (1970), with his small-sample term.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.ratings import Units
from analysis.metrics.study import Array, divide_or_nan, floats

NO_PAIRS = "no item has two ratings"
LEAST = 1e-12


@dataclass(frozen=True)
class Chance:
    """Chance agreement: of label shares (..., q), and of each unit's shares beside the overall ones.

    `unit` is linear in the unit's shares, and its mean over the units is the overall value.
    """

    overall: Callable[[Labels, Array], Array]
    unit: Callable[[Labels, Array, Array], Array]


@dataclass(frozen=True)
class Coefficient:
    """How one coefficient is made, the range it lies in, and why it may be undefined.

    `units` picks the units that enter; `chance` is None where nothing is corrected for chance.
    """

    name: str
    units: Callable[[Units], Units]
    terms: Callable[[Units], Array]
    finish: Callable[[Labels, Array], Array]
    influence: Callable[[Units, float], Array]
    undefined: Callable[[Units], str]
    chance: Chance | None = None
    low: float = -1.0


def per(top: Array, bottom: Array) -> Array:
    """Columns (..., q) over one column (..., 1), NaN where it is zero."""
    return floats(top * divide_or_nan(np.ones_like(bottom), bottom, LEAST))


# --- (observed - chance) / (1 - chance), chance from the units' mean label shares ---------------


def chance_corrected(name: str, chance: Chance, undefined: Callable[[Units], str]) -> Coefficient:
    """A coefficient of Gwet's family: percent, Brennan-Prediger, AC1, Fleiss."""

    def terms(units: Units) -> Array:
        paired = floats(units.size >= 2)
        ones = np.ones(units.n_units)
        return np.column_stack([ones, paired, units.scores, units.shares])

    def finish(labels: Labels, sums: Array) -> Array:
        observed = divide_or_nan(sums[..., 2], sums[..., 1], LEAST)
        overall = per(sums[..., 3:], sums[..., :1])
        return corrected(observed, chance.overall(labels, overall))

    def influence(units: Units, value: float) -> Array:
        labels, own = units.labels, units.shares
        overall = own.mean(axis=0)
        by_chance = float(chance.overall(labels, overall))
        paired = floats(units.size >= 2)
        scaled = (units.scores - by_chance * paired) / paired.mean()
        drift = 2 * (1 - value) * (chance.unit(labels, own, overall) - by_chance)
        return floats((scaled - drift) / (1 - by_chance) - value)

    low = 0.0 if name == "percent" else -1.0
    return Coefficient(name, everything, terms, finish, influence, undefined, chance, low)


def everything(units: Units) -> Units:
    """All rated units enter."""
    return units


def overlapping(units: Units) -> Units:
    """Only units with two ratings or more enter."""
    return units.overlapping


def corrected(observed: Array, chance: Array) -> Array:
    """Agreement beyond chance as a share of what is possible; NaN where chance agreement is 1."""
    return divide_or_nan(observed - chance, floats(1 - chance), LEAST)


def _no_chance(labels: Labels, overall: Array) -> Array:
    return np.zeros(overall.shape[:-1])


def _uniform(labels: Labels, overall: Array) -> Array:
    return np.full(overall.shape[:-1], labels.matrix.sum() / len(labels) ** 2)


def _gwet(labels: Labels, overall: Array) -> Array:
    return floats(_gwet_scale(labels) * (overall * (1 - overall)).sum(axis=-1))


def _gwet_scale(labels: Labels) -> float:
    q = len(labels)
    return float(labels.matrix.sum() / (q * (q - 1))) if q > 1 else np.nan


def _gwet_unit(labels: Labels, own: Array, overall: Array) -> Array:
    return floats(_gwet_scale(labels) * own @ (1 - overall))


def _product(labels: Labels, overall: Array) -> Array:
    return floats(((overall @ labels.matrix) * overall).sum(axis=-1))


def _product_unit(labels: Labels, own: Array, overall: Array) -> Array:
    return floats(own @ (labels.matrix @ overall))


def _constant(chance: Callable[[Labels, Array], Array]) -> Chance:
    return Chance(chance, lambda labels, own, overall: chance(labels, own))


def needs_pairs(units: Units) -> str:
    """Why observed agreement is undefined."""
    return NO_PAIRS


def needs_labels(units: Units) -> str:
    """Why a coefficient that spreads chance over the label set is undefined."""
    if not units.n_pairs:
        return NO_PAIRS
    return "only one label is known: name all labels that raters could choose"


def needs_variety(units: Units) -> str:
    """Why kappa or alpha is undefined."""
    if not units.n_pairs:
        return NO_PAIRS
    used = np.flatnonzero(units.counts.sum(axis=0))
    if len(used) == 1:
        only = units.labels.names[used[0]]
        return f"every rating is '{only}': chance agreement is 1 and the coefficient is 0/0"
    return "chance agreement is 1 and the coefficient is 0/0"


PRODUCT = Chance(_product, _product_unit)

PERCENT = chance_corrected("percent", _constant(_no_chance), needs_pairs)
PABAK = chance_corrected("pabak", _constant(_uniform), needs_labels)
AC1 = chance_corrected("ac1", Chance(_gwet, _gwet_unit), needs_labels)
FLEISS = chance_corrected("fleiss", PRODUCT, needs_variety)


# --- Krippendorff's alpha: only units with two ratings or more, ratings rather than units count --


def _alpha_terms(units: Units) -> Array:
    return np.column_stack([units.scores * units.size, units.size, units.counts])


def _alpha_finish(labels: Labels, sums: Array) -> Array:
    ratings = sums[..., 1]
    observed = divide_or_nan(sums[..., 0], ratings, LEAST)
    small = divide_or_nan(np.ones_like(ratings), ratings, LEAST)
    chance = _product(labels, per(sums[..., 2:], sums[..., 1:2]))
    return corrected((1 - small) * observed + small, chance)


def _alpha_influence(units: Units, value: float) -> Array:
    """Gwet's linearisation of alpha without its small-sample term."""
    labels, size = units.labels, units.size / units.size.mean()
    overall = units.counts.sum(axis=0) / units.size.sum()
    chance = float(_product(labels, overall))
    scored = units.scores * size
    observed = float(scored.mean())
    plain = (observed - chance) / (1 - chance)
    own = units.counts / units.size.mean()
    drift = _product_unit(labels, own, overall) - chance * size
    return floats((scored - observed * size - 2 * (1 - plain) * drift) / (1 - chance))


ALPHA = Coefficient(
    "alpha", overlapping, _alpha_terms, _alpha_finish, _alpha_influence, needs_variety, PRODUCT
)
