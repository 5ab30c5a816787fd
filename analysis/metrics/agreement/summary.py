"""`summarise`: every coefficient of every criterion and of all together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.metrics.agreement.coefficients import (
    AC1,
    ALPHA,
    FLEISS,
    PABAK,
    PERCENT,
    Coefficient,
)
from analysis.metrics.agreement.cohen import COHEN
from analysis.metrics.agreement.indices import BIAS, NEGATIVE, POSITIVE, PREVALENCE
from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.ratings import Ratings, Units
from analysis.metrics.agreement.result import POOLED, SINGLE_RATED, Bounds, Estimate
from analysis.metrics.agreement.spread import Sums, bootstrap, item_sums, jackknife, linearised
from analysis.metrics.agreement.unanimous import edge

ALL = (PERCENT, PABAK, AC1, COHEN, FLEISS, ALPHA, POSITIVE, NEGATIVE, PREVALENCE, BIAS)


@dataclass(frozen=True)
class Rules:
    """How ratings are summarised."""

    single_rated: str = "include"
    level: float = 0.95
    generator: np.random.Generator | None = None
    replicates: int = 0

    def __post_init__(self) -> None:
        if self.single_rated not in SINGLE_RATED:
            raise ValueError(f"single_rated must be include or exclude, found {self.single_rated}")
        if not 0 < self.level < 1:
            raise ValueError(f"level must lie between 0 and 1, found {self.level}")
        if self.replicates and self.generator is None:
            raise ValueError("bootstrap replicates need a random generator")

    def base(self, units: Units) -> Units:
        """The units that may enter under the rule for items with a single rating."""
        return units if self.single_rated == "include" else units.overlapping

    @property
    def other(self) -> "Rules":
        """The same with the other rule for items with a single rating."""
        rule = "exclude" if self.single_rated == "include" else "include"
        return replace(self, single_rated=rule)


def summarise(
    ratings: pd.DataFrame,
    labels: Sequence[str],
    *,
    weights: str = "identity",
    single_rated: str = "include",
    level: float = 0.95,
    generator: np.random.Generator | None = None,
    replicates: int = 0,
) -> list[Estimate]:
    """Agreement per criterion and pooled (criterion `__pooled__`), with intervals.

    `ratings` has columns item, rater, criterion, value; an empty value is a missing rating. `labels`
    is the fixed label set in its order. Ten rows a criterion, in the order of `COEFFICIENTS`; with
    weights AC1 is AC2 and is called so. `single_rated` says whether items with one rating count
    towards chance agreement (Gwet's published examples; the default) or are left out; the value
    under the other rule stands in `other_rule`. `replicates` bootstrap replicates are drawn with
    `generator`. Raises ValueError for unknown labels and repeated ratings.
    """
    rules = Rules(single_rated, level, generator, replicates)
    coded = Ratings(ratings, Labels(tuple(labels), weights))
    found: list[Estimate] = []
    for place, criterion in enumerate(coded.criteria):
        found += _estimates(criterion, coded.units(place), rules)
    if len(coded.criteria) == 1:
        return found + [replace(one, criterion=POOLED) for one in found]
    return [*found, *_estimates(POOLED, coded.units(), rules)]


def _estimates(criterion: str, units: Units, rules: Rules) -> Iterator[Estimate]:
    base = rules.base(units)
    sums = [item_sums(coefficient, base) for coefficient in ALL]
    drawn: Sequence[Bounds | None] = [None] * len(sums)
    if rules.generator is not None and rules.replicates and base.n_units:
        drawn = bootstrap(sums, rules.level, rules.generator, rules.replicates)
    for one, resampled in zip(sums, drawn, strict=True):
        made = _estimate(criterion, one, rules, resampled)
        yield _beside(made, one.coefficient, units, rules)


def _estimate(criterion: str, sums: Sums, rules: Rules, resampled: Bounds | None) -> Estimate:
    units, value = sums.units, sums.value
    bounds, left_out = Bounds(), Bounds()
    if value is None:
        bounds = Bounds(note=sums.coefficient.undefined(units))
    else:
        bounds = edge(sums, value, rules.level) or linearised(sums, value, rules.level)
        left_out = jackknife(sums, value, rules.level)
    return Estimate(
        criterion,
        _name(sums.coefficient, units.labels),
        value,
        bounds.se,
        bounds.lower,
        bounds.upper,
        n_items=units.n_items,
        n_pairs=units.n_pairs,
        n_raters=len(units.raters),
        n_dropped=units.n_known_items - units.n_items,
        note=bounds.note,
        jackknife=left_out,
        bootstrap=resampled if value is not None else None,
        single_rated=rules.single_rated,
    )


def _name(coefficient: Coefficient, labels: Labels) -> str:
    return "ac2" if coefficient is AC1 and labels.weights != "identity" else coefficient.name


def _beside(made: Estimate, coefficient: Coefficient, units: Units, rules: Rules) -> Estimate:
    """The estimate with its value under the other rule, named where items have a single rating."""
    single = units.n_units - units.overlapping.n_units
    if not single or coefficient.units(units) is units.overlapping:
        return replace(made, other_rule=made.value)
    value = item_sums(coefficient, rules.other.base(units)).value
    if made.value is None:
        return replace(made, other_rule=value)
    shown = "undefined" if value is None else f"{value:.4f}"
    beside = {"include": f"counted towards chance, {shown} without them"}
    beside["exclude"] = f"left out, {shown} with them"
    rule = f"ratings without a second one ({single}): {beside[rules.single_rated]}"
    note = "; ".join(part for part in (made.note, rule) if part)
    return replace(made, other_rule=value, note=note)
