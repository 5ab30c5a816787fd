"""Everything a validation's report says, computed once, and laid out as rows of `estimates.csv`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.metrics import Estimate, definition
from analysis.metrics import agreement as coefficients
from analysis.metrics.agreement import POOLED, SINGLE_RATED, Bounds, Disagreement, Pair
from analysis.metrics.agreement import Estimate as Coefficient
from analysis.metrics.pass_rate import Beside, Rate, majority_verdicts
from analysis.reports.progress import Progress, silent
from analysis.reports.validation.inputs import ValidationInputs
from annotation.services.labels import judged, passing, results

TABLE = "validation"
PEOPLE, WITH_JUDGE, DIFFERENCE, REPEATS = "people", "people_and_judge", "difference", "repeats"
"""Settings of rows that are not simply about everybody's first ratings."""


@dataclass(frozen=True)
class Findings:
    """Agreement under both rules for single ratings, pairs, items, judges, and pass rates."""

    agreement: dict[str, list[Coefficient]]
    pairs: list[Pair]
    items: list[Disagreement]
    repeats: list[Coefficient]
    human_rate: Rate
    judges: list[judged.JudgeResult]
    passes: list[Estimate]


def find(inputs: ValidationInputs, progress: Progress = silent) -> Findings:
    """Compute everything; the bootstrap draws with the options' seed."""
    validation, ratings, options = inputs.validation, inputs.ratings, inputs.options
    labels = list(validation.labels)
    progress(0.05, "Computing agreement")
    agreement = {
        rule: coefficients.summarise(
            ratings,
            labels,
            single_rated=rule,
            level=options.level,
            generator=np.random.default_rng(options.seed),
            replicates=options.replicates,
        )
        for rule in SINGLE_RATED
    }
    progress(0.45, "Comparing annotators and judges")
    population = passing.population(validation, ratings)
    return Findings(
        agreement=agreement,
        pairs=coefficients.pairwise(ratings, labels, level=options.level),
        items=coefficients.disagreement(ratings, labels),
        repeats=results.steadiness(validation, options.level),
        human_rate=passing.human_rate(population, options.level),
        judges=judged.judges(validation, ratings, population, options.level),
        passes=list(_passes(ratings, labels, options.level)),
    )


def estimates(found: Findings, inputs: ValidationInputs) -> list[Estimate]:
    """Every number as a row of `estimates.csv`."""
    counts = _Counts(inputs.ratings)
    rows = [
        agreement_estimate(row, rule, counts)
        for rule, all_rows in found.agreement.items()
        for row in all_rows
    ]
    rows += [
        Estimate(
            TABLE, "percent", definition("percent", single_rated="exclude"), REPEATS, group=_group(row.criterion),
            **_numbers(row), n_items=row.n_items, n_answers=2 * row.n_pairs, note=_note(row),
        )
        for row in found.repeats
    ]  # fmt: skip
    rows += found.passes
    rows.append(rate_estimate(found.human_rate, counts.people))
    for judge in found.judges:
        rows += judge_estimates(judge, counts.people)
    return rows


def judge_estimates(judge: judged.JudgeResult, people: int) -> Iterator[Estimate]:
    """A judge's rows: beside people on identical items, its flips, and the rate it helps to know."""
    name = judge.judge.name
    for row in judge.beside:
        yield from _beside(name, row)
    for flip in judge.flips:
        yield Estimate(
            TABLE, "flip_rate", definition("flip_rate"), model=name, group=_group(flip.criterion),
            **_numbers(flip), n_items=flip.n_items, n_dropped=flip.n_dropped, note=_note(flip),
        )  # fmt: skip
    yield rate_estimate(judge.assisted, people, name)


def agreement_estimate(row: Coefficient, rule: str, counts: "_Counts") -> Estimate:
    """A coefficient of agreement as a row of `estimates.csv`; pooled rows have no group."""
    return Estimate(
        TABLE,
        row.coefficient,
        definition(row.coefficient, single_rated=rule),
        group=_group(row.criterion),
        **_numbers(row),
        n_items=row.n_items,
        n_humans=row.n_raters,
        n_answers=counts.answers(row),
        n_dropped=row.n_dropped,
        note=_note(row),
    )


def rate_estimate(rate: Rate, people: int, model: str = "") -> Estimate:
    """A pass rate as a row of `estimates.csv`: its items are the population, its answers verdicts."""
    return Estimate(
        TABLE,
        rate.metric,
        rate.definition,
        model=model,
        **_numbers(rate),
        n_items=rate.n_population,
        n_humans=people,
        n_answers=rate.n_sampled,
        n_dropped=rate.n_dropped,
        note=rate.note,
    )


def _passes(ratings: pd.DataFrame, labels: list[str], level: float) -> Iterator[Estimate]:
    """The share of rated items that most annotators find to pass, per criterion and in all."""
    if len(labels) != 2:
        return
    for code in [*sorted(ratings["criterion"].unique()), POOLED]:
        rows = ratings if code == POOLED else ratings[ratings["criterion"] == code]
        verdicts = majority_verdicts(rows, labels)["human"].dropna()
        n, passed = len(verdicts), int(verdicts.sum())
        lower, upper = proportion_confint(passed, n, 1 - level, method="wilson")
        yield Estimate(
            TABLE,
            "pass_rate",
            definition("pass_rate"),
            group=_group(code),
            value=passed / n,
            lower=float(lower),
            upper=float(upper),
            n_items=n,
            n_humans=int(rows["rater"].nunique()),
            n_answers=len(rows),
        )


def _beside(name: str, row: Beside) -> Iterator[Estimate]:
    sides = (
        (PEOPLE, row.human_human, row.human_human_bounds),
        (WITH_JUDGE, row.human_judge, row.human_judge_bounds),
        (DIFFERENCE, row.difference, row.difference_bounds),
    )
    for setting, value, bounds in sides:
        yield Estimate(
            TABLE,
            row.coefficient,
            definition(row.coefficient, single_rated="exclude"),
            setting,
            name,
            group=_group(row.criterion),
            value=value,
            lower=bounds.lower,
            upper=bounds.upper,
            n_items=row.n_items,
            n_answers=row.n_units,
            n_dropped=row.n_dropped,
            note=_joined(row.note, bounds),
        )


class _Counts:
    """How many ratings stand behind a coefficient, by which items it takes."""

    def __init__(self, ratings: pd.DataFrame) -> None:
        self.people = int(ratings["rater"].nunique())
        known = ratings[ratings["value"] != ""]
        units = known.groupby(["criterion", "item"]).size().rename("n").reset_index()
        shared = units[units["n"] > 1]
        self._all, self._shared = (
            {**part.groupby("criterion")["n"].sum().to_dict(), POOLED: int(part["n"].sum())}
            for part in (units, shared)
        )
        self._items = {
            **units.groupby("criterion")["item"].nunique().to_dict(),
            POOLED: int(units["item"].nunique()),
        }

    def answers(self, row: Coefficient) -> int:
        """Ratings of all items where single ones count too, else of those with two or more."""
        every = row.n_items == self._items.get(row.criterion)
        return int((self._all if every else self._shared).get(row.criterion, 0))


def _group(criterion: str) -> dict[str, str | None]:
    return {} if criterion == POOLED else {"criterion": criterion}


def _numbers(row: Any) -> dict[str, Any]:
    return {"value": row.value, "lower": row.lower, "upper": row.upper}


def _note(row: Coefficient) -> str:
    pairs = f"{row.n_pairs} pairs of ratings"
    return f"{row.note}; {pairs}" if row.note else pairs


def _joined(note: str, bounds: Bounds) -> str:
    return "; ".join(part for part in dict.fromkeys((note, bounds.note)) if part)
