"""Drop-one deviance of every factor of one regression, with robust and permutation tests beside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from analysis.metrics.regression.design import Columns, Patterns, gather, independent
from analysis.metrics.regression.factors import SCENARIO_COUNTRY, Factor
from analysis.metrics.regression.fit import Fit, dropped, fit
from analysis.metrics.regression.margins import adjusted_rates
from analysis.metrics.regression.permutation import Permutation, permutation_p
from analysis.metrics.regression.result import NOT_TESTABLE, ONE_LEVEL, Dropped, FactorTest, Wald
from analysis.metrics.regression.wald import Sandwich, wald
from analysis.metrics.study import Codes

ALPHA = 0.05
DISAGREE = "the deviance test and the cluster-robust test disagree at 5 %"
DEALS_DISAGREE = "the deviance test and dealing scenarios out to countries disagree at 5 %"
SEPARATED = "answers are separated: coefficients have no finite estimate, deviance and p do"
NO_ANSWERS = "there are no answers"
CONSTANT = "everybody chose the same: there is nothing to explain"
LEVEL = 0.95


def regress(
    frame: pd.DataFrame,
    outcome: str,
    factors: Sequence[Factor],
    *,
    name: str,
    clusters: Sequence[str] = ("participant", "scenario"),
    permutation: Permutation | None = None,
    level: float = LEVEL,
) -> list[FactorTest]:
    """Test every factor of one regression by leaving it out; one row a factor, in their order.

    `frame` is long, one row an answer; `outcome` its column of 1 (culture), 0 (preference), .5 (a
    tie, dropped) or missing. `clusters` names the columns whose answers go together, two at most.
    With `permutation` the scenarios' country is also tested by dealing scenarios out to countries.
    `level` is that of the adjusted rates' intervals.
    Raises ValueError for missing columns and strange outcomes.
    """
    if not 1 <= len(clusters) <= 2:
        raise ValueError(f"clusters must be one or two columns, found {len(clusters)}")
    needed = sorted({column for factor in factors for column in factor.columns})
    patterns = gather(frame, outcome, needed, clusters)
    reason = _hopeless(patterns)
    if reason:
        nothing = Dropped(None, 0, None)
        return [
            FactorTest(name, factor.name, nothing, patterns.n_answers, note=reason)
            for factor in factors
        ]
    regression = Regression(patterns, tuple(factors), name)
    dealt = permutation if "scenario" in clusters else None
    return [regression.test(factor, dealt, level) for factor in factors]


def _hopeless(patterns: Patterns) -> str:
    if not patterns.n_answers:
        return NO_ANSWERS
    return CONSTANT if patterns.y.min() == patterns.y.max() else ""


@dataclass(frozen=True)
class Regression:
    """The full model, fitted once, from which each factor is left out in turn."""

    patterns: Patterns
    factors: tuple[Factor, ...]
    name: str

    @cached_property
    def columns(self) -> Columns:
        """The design of all factors."""
        return Columns(self.patterns, self.factors)

    @cached_property
    def full(self) -> Fit:
        """The model with every factor."""
        return fit(self.columns, independent(self.columns.plain, self.columns.order()))

    @cached_property
    def sandwich(self) -> Sandwich:
        """The full model's clustered variance."""
        return Sandwich(self.columns, self.full)

    @cached_property
    def null_deviance(self) -> float:
        """The deviance of the model that gives every answer the same probability."""
        constant = Columns(self.patterns, ())
        return fit(constant, independent_of(constant)).deviance

    def test(self, factor: Factor, permutation: Permutation | None, level: float) -> FactorTest:
        """Everything about one factor."""
        others = [one for one in self.factors if one.name != factor.name]
        without = Columns(self.patterns, others)
        reduced = self._reduced(without)
        tested = dropped(self.full, reduced)
        robust = wald(self.sandwich, factor.name) if tested.df else Wald(note=NOT_TESTABLE)
        made = FactorTest(
            self.name,
            factor.name,
            tested,
            self.patterns.n_answers,
            alone=None if tested.df else self._alone(factor, others),
            null_deviance=self.null_deviance,
            wald=robust,
            separated=self.patterns.separated(factor),
            adjusted=adjusted_rates(self.sandwich, factor, level),
            note=_note(self._untestable(factor, tested), self.full, tested, robust),
        )
        if permutation is None or factor.name != SCENARIO_COUNTRY.name or not tested.df:
            return made
        return _dealt(made, without, reduced, permutation)

    def _reduced(self, without: Columns) -> Fit:
        used = independent_of(without)
        return self.full if len(used) == len(self.full.used) else fit(without, used)

    def _alone(self, factor: Factor, others: Sequence[Factor]) -> Dropped | None:
        """The test without the interactions that contain the factor."""
        simpler = [one for one in others if not one.contains(factor)]
        if len(simpler) == len(others):
            return None
        with_it, without = (
            fit(part, independent_of(part))
            for part in (
                Columns(self.patterns, [*simpler, factor]),
                Columns(self.patterns, simpler),
            )
        )
        return dropped(with_it, without)

    def _untestable(self, factor: Factor, tested: Dropped) -> str:
        if tested.df:
            return ""
        return ONE_LEVEL if self.patterns.one_level(factor) else NOT_TESTABLE


def independent_of(columns: Columns) -> Codes:
    """A basis of a design's columns, the first ones kept."""
    return independent(columns.plain, columns.order())


def _note(untestable: str, full: Fit, tested: Dropped, robust: Wald) -> str:
    notes = [untestable] if untestable else []
    if full.separated:
        notes.append(SEPARATED)
    if _disagree(tested.p, robust.p):
        notes.append(DISAGREE)
    return "; ".join(notes)


def _disagree(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and (one < ALPHA) != (other < ALPHA)


def _dealt(test: FactorTest, without: Columns, reduced: Fit, how: Permutation) -> FactorTest:
    p, reason = permutation_p(without, reduced, SCENARIO_COUNTRY.name, how)
    notes = [test.note] if test.note else []
    if _disagree(test.dropped.p, p):
        notes.append(DEALS_DISAGREE)
    return replace(test, permutation_p=p, permutation_note=reason, note="; ".join(notes))
