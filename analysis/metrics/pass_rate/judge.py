"""A model judge as one more rater: beside people on the same items, and beside itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.metrics.agreement.coefficients import (
    AC1,
    FLEISS,
    LEAST,
    PABAK,
    PERCENT,
    Chance,
    Coefficient,
)
from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.ratings import Ratings, Units
from analysis.metrics.agreement.result import POOLED, Bounds, Estimate
from analysis.metrics.agreement.spread import clustered
from analysis.metrics.agreement.summary import summarise
from analysis.metrics.agreement.unanimous import Pool, corrected_edge
from analysis.metrics.pass_rate.result import Beside
from analysis.metrics.study import Array, count_by, floats

COMPARED = (PERCENT, PABAK, AC1, FLEISS)
NOTHING = "no item was judged by the judge and by two people"
JUDGE = "judge"


@dataclass(frozen=True)
class _Side:
    """Agreement between one kind of pair on some units: scores (units,) and label shares."""

    labels: Labels
    scores: Array
    own: Array
    clusters: np.ndarray
    n_items: int

    def value(self, chance: Chance) -> float | None:
        by_chance = float(chance.overall(self.labels, self.own.mean(axis=0)))
        if not 1 - by_chance > LEAST:  # also where it is NaN
            return None
        return float((self.scores.mean() - by_chance) / (1 - by_chance))

    def influence(self, chance: Chance, value: float) -> Array:
        overall = self.own.mean(axis=0)
        by_chance = float(chance.overall(self.labels, overall))
        drift = 2 * (1 - value) * (chance.unit(self.labels, self.own, overall) - by_chance)
        return floats((self.scores - by_chance - drift) / (1 - by_chance) - value)

    def bounds(self, coefficient: Coefficient, value: float, level: float) -> Bounds:
        chance = _chance(coefficient)
        pool = Pool(self.labels, self.own.mean(axis=0), self.scores, self.n_items)
        moved = self.influence(chance, value)
        return corrected_edge(chance, pool, value, level) or clustered(
            value, moved, self.clusters, level, coefficient.low
        )


def beside_people(
    people: pd.DataFrame,
    judge: pd.DataFrame,
    labels: Sequence[str],
    *,
    weights: str = "identity",
    level: float = 0.95,
) -> list[Beside]:
    """Agreement between people beside that of people with the judge, per criterion and pooled.

    Both frames are as in `agreement.summarise`; the judge's has one rating per item and criterion
    (its raters' names play no part). Only units with two people and the judge count, so all
    figures are of identical items. A pair of person and judge is weighed as a pair of people is:
    each unit counts once. Label shares behind chance are half the people's, half the judge's.
    """
    rows = judge.assign(rater=JUDGE)
    both = pd.concat([people.assign(rater="p:" + people["rater"].astype(str)), rows])
    coded = Ratings(both, Labels(tuple(labels), weights))
    found: list[Beside] = []
    for place, criterion in enumerate(coded.criteria):
        found += _compared(criterion, coded.units(place), coded.raters, level)
    return [*found, *_compared(POOLED, coded.units(), coded.raters, level)]


def _compared(
    criterion: str, units: Units, raters: Sequence[str], level: float
) -> Iterator[Beside]:
    place = raters.index(JUDGE) if JUDGE in raters else -1
    judged = count_by(units.unit[units.rater == place], units.n_units) > 0
    shared = units.where(judged & (units.size >= 3))
    dropped = units.n_known_items - shared.n_items
    if not shared.n_units:
        for coefficient in COMPARED:
            yield _nothing(criterion, coefficient, units.labels, dropped)
        return
    people, with_judge = _sides(shared, place)
    for coefficient in COMPARED:
        yield replace(
            _beside(criterion, coefficient, people, with_judge, level),
            n_units=shared.n_units,
            n_dropped=dropped,
        )


def _sides(shared: Units, judge: int) -> tuple[_Side, _Side]:
    labels, q = shared.labels, len(shared.labels)
    rows = shared.rater == judge
    chosen = count_by(shared.unit[rows] * q + shared.label[rows], shared.n_units * q)
    machine = chosen.reshape(-1, q)
    human = replace(
        shared, unit=shared.unit[~rows], rater=shared.rater[~rows], label=shared.label[~rows]
    )
    own = human.shares
    agreeing = ((own @ labels.matrix) * machine).sum(axis=1)
    where = (shared.clusters, shared.n_items)
    return (
        _Side(labels, human.scores, own, *where),
        _Side(labels, agreeing, (own + machine) / 2, *where),
    )


def _beside(
    criterion: str, coefficient: Coefficient, people: _Side, with_judge: _Side, level: float
) -> Beside:
    chance = _chance(coefficient)
    one, two = people.value(chance), with_judge.value(chance)
    apart: Bounds = Bounds()
    difference: float | None = None
    note = ""
    if one is None or two is None:
        note = "chance agreement is 1 or unknown: the coefficient is undefined"
    else:
        difference = two - one
        moved = with_judge.influence(chance, two) - people.influence(chance, one)
        apart = clustered(difference, moved, people.clusters, level, -2.0, 2.0)
    return Beside(
        criterion,
        _name(coefficient, people.labels),
        one,
        two,
        difference,
        Bounds() if one is None else people.bounds(coefficient, one, level),
        Bounds() if two is None else with_judge.bounds(coefficient, two, level),
        apart,
        n_items=people.n_items,
        n_units=0,
        n_dropped=0,
        note=note,
    )


def _nothing(criterion: str, coefficient: Coefficient, labels: Labels, dropped: int) -> Beside:
    name = _name(coefficient, labels)
    empty = (None, None, None, Bounds(), Bounds(), Bounds())
    return Beside(criterion, name, *empty, 0, 0, dropped, NOTHING)


def _chance(coefficient: Coefficient) -> Chance:
    if coefficient.chance is None:
        raise TypeError(f"{coefficient.name} has no chance agreement")
    return coefficient.chance


def _name(coefficient: Coefficient, labels: Labels) -> str:
    return "ac2" if coefficient is AC1 and labels.weights != "identity" else coefficient.name


def flip_rate(
    repeats: pd.DataFrame, labels: Sequence[str], *, level: float = 0.95
) -> list[Estimate]:
    """How often two of a judge's repeats (or prompt versions) differ on the same unit.

    `repeats` is as in `agreement.summarise` with the repeat for the rater. 1 - observed agreement,
    per criterion and pooled, with its interval turned round.
    """
    return [
        replace(
            row,
            coefficient="flip_rate",
            value=None if row.value is None else 1 - row.value,
            lower=None if row.upper is None else 1 - row.upper,
            upper=None if row.lower is None else 1 - row.lower,
            jackknife=_turned(row.jackknife),
            other_rule=None if row.other_rule is None else 1 - row.other_rule,
        )
        for row in summarise(repeats, labels, single_rated="exclude", level=level)
        if row.coefficient == "percent"
    ]


def _turned(bounds: Bounds) -> Bounds:
    if bounds.lower is None or bounds.upper is None:
        return bounds
    return replace(bounds, lower=1 - bounds.upper, upper=1 - bounds.lower)
