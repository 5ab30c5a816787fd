"""Drop-one deviance of every factor of one regression, with robust and permutation tests beside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.metrics.regression.design import Patterns, design, gather, independent
from analysis.metrics.regression.factors import SCENARIO_COUNTRY, Factor
from analysis.metrics.regression.fit import Fit, dropped, fit
from analysis.metrics.regression.result import NOT_TESTABLE, Dropped, FactorTest, Wald
from analysis.metrics.regression.wald import wald

ALPHA = 0.05
DISAGREE = "the deviance test and the cluster-robust test disagree at 5 %"
SEPARATED = "answers are separated: coefficients have no finite estimate, deviance and p do"
NO_ANSWERS = "there are no answers"
CONSTANT = "everybody chose the same: there is nothing to explain"


@dataclass(frozen=True)
class Permutation:
    """How often scenarios are dealt out to countries anew, and with which seed."""

    replicates: int = 199
    seed: int = 20260


def regress(
    frame: pd.DataFrame,
    outcome: str,
    factors: Sequence[Factor],
    *,
    name: str,
    clusters: Sequence[str] = ("participant", "scenario"),
    permutation: Permutation | None = None,
) -> list[FactorTest]:
    """Test every factor of one regression by leaving it out; one row a factor, in their order.

    `frame` is long, one row an answer; `outcome` its column of 1 (culture), 0 (preference), .5 (a
    tie, dropped) or missing. `clusters` names the columns whose answers go together, two at most.
    With `permutation` the scenarios' country is also tested by dealing scenarios out to countries.
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
    tests = [_test(patterns, factors, factor, name) for factor in factors]
    if permutation is None or "scenario" not in clusters:
        return tests
    return [
        _permuted(one, patterns, factors, permutation)
        if one.factor == SCENARIO_COUNTRY.name
        else one
        for one in tests
    ]


def _hopeless(patterns: Patterns) -> str:
    if not patterns.n_answers:
        return NO_ANSWERS
    return CONSTANT if patterns.y.min() == patterns.y.max() else ""


def _test(patterns: Patterns, factors: Sequence[Factor], factor: Factor, name: str) -> FactorTest:
    others = [one for one in factors if one.name != factor.name]
    full, tested = without_and_with(patterns, others, factor)
    alone = None
    if not tested.df:
        simpler = [one for one in others if not one.contains(factor)]
        if len(simpler) < len(others):
            alone = without_and_with(patterns, simpler, factor)[1]
    robust = wald(patterns, full, tested.df) if tested.df else Wald(note=NOT_TESTABLE)
    return FactorTest(
        name,
        factor.name,
        tested,
        patterns.n_answers,
        alone=alone,
        wald=robust,
        separated=patterns.separated(factor),
        note=_note(full, tested, robust),
    )


def without_and_with(
    patterns: Patterns, others: Sequence[Factor], factor: Factor
) -> tuple[Fit, Dropped]:
    """The model with a factor, its own coefficients last, and the deviance test of leaving it out."""
    base = independent(design(patterns, others))
    own = independent(patterns.indicators(factor), base)
    reduced = fit(patterns, base)
    full = fit(patterns, np.hstack([base, own])) if own.shape[1] else reduced
    return full, dropped(full, reduced)


def _note(full: Fit, tested: Dropped, robust: Wald) -> str:
    notes = [NOT_TESTABLE] if not tested.df else []
    if full.separated:
        notes.append(SEPARATED)
    if tested.p is not None and robust.p is not None and (tested.p < ALPHA) != (robust.p < ALPHA):
        notes.append(DISAGREE)
    return "; ".join(notes)


def _permuted(
    test: FactorTest, patterns: Patterns, factors: Sequence[Factor], how: Permutation
) -> FactorTest:
    """The p of a scenario's country when scenarios are dealt out to the same countries anew.

    Each replicate keeps how many scenarios every country has; p counts the observed one, so it is
    never below 1 / (replicates + 1).
    """
    if not test.dropped.df:
        return test
    others = [one for one in factors if one.name != SCENARIO_COUNTRY.name]
    countries = _country_of_scenarios(patterns)
    rng = np.random.default_rng([how.seed, 5])
    seen = test.dropped.deviance or 0.0
    larger = sum(
        _dealt(patterns, others, rng.permutation(countries)) >= seen - 1e-9
        for _ in range(how.replicates)
    )
    return replace(test, permutation_p=(1 + larger) / (how.replicates + 1))


def _country_of_scenarios(patterns: Patterns) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Each scenario code's country."""
    country = patterns.cells["scenario_country"].to_numpy(object)[patterns.pattern]
    _, first = np.unique(patterns.clusters["scenario"], return_index=True)
    return country[first]


def _dealt(
    patterns: Patterns,
    others: Sequence[Factor],
    countries: "np.ndarray[tuple[int], np.dtype[np.object_]]",
) -> float:
    """The drop-one deviance with these countries for the scenarios."""
    cells = patterns.cells.iloc[patterns.pattern].reset_index(drop=True)
    cells["scenario_country"] = countries[patterns.clusters["scenario"]]
    dealt = gather(cells.assign(y=patterns.y), "y", list(patterns.cells.columns), ())
    return without_and_with(dealt, others, SCENARIO_COUNTRY)[1].deviance or 0.0
