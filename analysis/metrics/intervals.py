"""Intervals for clustered answers: two-way jackknife and two-way weight bootstrap.

Answers share scenarios (four receivers each) and participants (several answers each); both are
clusters. A statistic linear in the answers gets percentile intervals of a bootstrap that weights
scenarios and, within their country, participants; the product of both weights counts single-answer
noise twice, so these intervals err on the wide side. Every other statistic (absolute values,
maxima, entropies, correlations, pairs of people) gets a delete-one jackknife over each kind of
cluster, joined as V = V_scenarios + V_participants - V_intersection and never less than either.
Leaving people out, unlike drawing them twice, never makes a person agree with itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite

import numpy as np
from scipy import stats

from analysis.metrics.cells import Cells
from analysis.metrics.study import Array, Codes, Mask, count_by, floats
from analysis.metrics.terms import Statistic

NO_VARIATION = "no interval: the value does not vary between scenarios or participants"
TOO_FEW = "no interval: fewer than two scenarios or participants"
UNSTABLE = "no interval: undefined once a scenario or participant is left out"


@dataclass(frozen=True)
class Settings:
    """How intervals are made: bootstrap replicates, seed and level of confidence."""

    replicates: int = 1000
    seed: int = 20260
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.replicates < 1:
            raise ValueError(f"replicates must be positive, found {self.replicates}")
        if not 0 < self.level < 1:
            raise ValueError(f"level must lie between 0 and 1, found {self.level}")


@dataclass(frozen=True)
class Interval:
    """Lower and upper bound, or neither and the reason."""

    lower: float | None = None
    upper: float | None = None
    note: str = ""


@cache
def t_quantile(level: float, degrees: int) -> float:
    """How many standard errors either way hold the level, for a t distribution."""
    return float(stats.t.ppf((1 + level) / 2, degrees))


@cache
def z_quantile(level: float) -> float:
    """The same for a normal distribution."""
    return float(stats.norm.ppf((1 + level) / 2))


@dataclass(frozen=True)
class Spread:
    """A value with what it becomes when a cluster is left out, and whether that cluster is used.

    `scenario`, `person` and `pair` hold one replicate per code of the study; where a code plays no
    part the replicate equals the value. `*_used` mark the codes that do.
    """

    value: float
    scenario: Array
    person: Array
    pair: Array
    scenario_used: Mask
    person_used: Mask
    pair_used: Mask

    def interval(self, level: float, low: float = -np.inf, high: float = np.inf) -> Interval:
        """A t interval with the fewer of the two kinds of cluster, cut to [low, high]."""
        people = int(np.count_nonzero(self.person_used))
        clusters = [int(np.count_nonzero(self.scenario_used))] + ([people] if people else [])
        if min(clusters) < 2:
            return Interval(note=TOO_FEW)
        parts = [
            self._variance(self.scenario, self.scenario_used),
            self._variance(self.person, self.person_used),
            self._variance(self.pair, self.pair_used),
        ]
        if not all(map(isfinite, parts)):
            return Interval(note=UNSTABLE)
        scenarios, persons, pairs = parts
        error = np.sqrt(max(scenarios + persons - pairs, scenarios, persons))
        if error < 1e-12:
            return Interval(note=NO_VARIATION)
        reach = t_quantile(level, min(clusters) - 1) * error
        return Interval(max(self.value - reach, low), min(self.value + reach, high))

    def _variance(self, replicates: Array, used: Mask) -> float:
        count = int(np.count_nonzero(used))
        if count < 2:
            return 0.0
        shifts = replicates[used] - self.value
        return float((count - 1) / count * (shifts @ shifts))

    def magnitude(self) -> "Spread":
        """The absolute value, its spread linear around the estimate (no kink at zero)."""
        return self if not self.value < 0 else mix_spreads([-1.0], [self])


@dataclass(frozen=True)
class Draws:
    """A value with bootstrap replicates of it."""

    value: float
    draws: Array

    def interval(self, level: float, low: float = -np.inf, high: float = np.inf) -> Interval:
        """Percentile interval of the replicates, cut to [low, high]."""
        drawn = self.draws[np.isfinite(self.draws)]
        if len(drawn) < len(self.draws) / 2 or len(drawn) < 2:
            return Interval(note=TOO_FEW)
        if np.ptp(drawn) < 1e-12:
            return Interval(note=NO_VARIATION)
        lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        return Interval(max(float(lower), low), min(float(upper), high))


@dataclass(frozen=True)
class Plain:
    """A count, a p value or an unsure number: printed without an interval."""

    value: float
    note: str = ""

    def interval(self, level: float, low: float = -np.inf, high: float = np.inf) -> Interval:
        """No interval, with the reason where one would be expected."""
        return Interval(note=self.note)


Value = Spread | Draws | Plain


def mix(weights: Sequence[float], parts: Sequence[Value]) -> Value:
    """The weighted sum of values of one kind, replicate by replicate."""
    spreads = [part for part in parts if isinstance(part, Spread)]
    draws = [part for part in parts if isinstance(part, Draws)]
    if len(spreads) == len(parts):
        return mix_spreads(weights, spreads)
    if len(draws) == len(parts):
        return mix_draws(weights, draws)
    if spreads or draws:
        raise TypeError("jackknife, bootstrap and plain values cannot be mixed")
    return Plain(sum(w * part.value for w, part in zip(weights, parts, strict=True)))


def mean(parts: Sequence[Value]) -> Value:
    """The plain mean of values of one kind."""
    return mix([1 / len(parts)] * len(parts), parts)


def mix_spreads(weights: Sequence[float], parts: Sequence[Spread]) -> Spread:
    """Weighted sum of jackknifed values; a cluster is used where any part uses it."""

    def total(name: str) -> Array:
        weighted = [w * getattr(p, name) for w, p in zip(weights, parts, strict=True)]
        return floats(np.sum(weighted, axis=0))

    def either(name: str) -> Mask:
        used: Mask = np.asarray([getattr(p, name) for p in parts], dtype=bool)
        return np.asarray(used.any(axis=0))

    return Spread(
        float(sum(w * p.value for w, p in zip(weights, parts, strict=True))),
        total("scenario"),
        total("person"),
        total("pair"),
        either("scenario_used"),
        either("person_used"),
        either("pair_used"),
    )


def mix_draws(weights: Sequence[float], parts: Sequence[Draws]) -> Draws:
    """Weighted sum of bootstrapped values drawn with the same weights."""
    return Draws(
        float(sum(w * p.value for w, p in zip(weights, parts, strict=True))),
        np.sum([w * p.draws for w, p in zip(weights, parts, strict=True)], axis=0),
    )


@dataclass(frozen=True)
class Tally:
    """A statistic over cells, its spread, and the observations behind it."""

    spread: Value
    n_items: int = 0
    n_humans: int = 0
    n_answers: int = 0
    n_dropped: int = 0


def jackknife(cells: Cells, statistic: Statistic) -> Tally:
    """Evaluate a statistic and what it becomes without each scenario, participant and pair.

    Removing a person changes only the cells the person answered, so every replicate is the total
    plus a small difference: the cost is one pass over the answers. Formulas go by cell and by
    replicate; each is asked once for all of them.
    """
    rows = statistic.terms(*cells.and_one_fewer)
    base = rows[: len(cells.k)]
    change = rows[len(cells.k) :] - base[cells.answer_cell]
    total = base.sum(axis=0)
    counted = base[:, -1] > 0
    used = counted[cells.answer_cell]
    people = codes_used(cells.answer_person[used], cells.n_people)
    finished = statistic.finish(
        np.concatenate(
            [
                total[None],
                total - sum_by(cells.scenario, base, cells.n_scenarios),
                total + sum_by(cells.answer_person, change, cells.n_people),
                total + sum_by(cells.answer_pair, change, cells.n_pairs),
            ]
        )
    )
    people_begin = 1 + cells.n_scenarios
    pairs_begin = people_begin + cells.n_people
    spread = Spread(
        float(finished[0]),
        finished[1:people_begin],
        finished[people_begin:pairs_begin],
        finished[pairs_begin:],
        codes_used(cells.scenario[counted], cells.n_scenarios),
        people,
        codes_used(cells.answer_pair[used], cells.n_pairs),
    )
    return _counts(cells, counted, spread.magnitude() if statistic.absolute else spread, people)


def tally(cells: Cells, counted: Mask, spread: Value) -> Tally:
    """Count the observations of the cells that count; the other non-empty ones are dropped."""
    used = counted[cells.answer_cell]
    return _counts(cells, counted, spread, codes_used(cells.answer_person[used], cells.n_people))


def _counts(cells: Cells, counted: Mask, spread: Value, people: Mask) -> Tally:
    used = counted[cells.answer_cell]
    return Tally(
        spread,
        n_items=int(np.count_nonzero(counted)),
        n_humans=int(np.count_nonzero(people)),
        n_answers=int(np.count_nonzero(used)) if len(used) else int(cells.side.rows[counted].sum()),
        n_dropped=int(np.count_nonzero(cells.present & ~counted)),
    )


def sum_by(codes: Codes, rows: Array, size: int) -> Array:
    """Sum rows (length, m) by code into (size, m)."""
    width = rows.shape[1]
    place = codes[:, None] * width + np.arange(width)
    return count_by(place.ravel(), size * width, rows.ravel()).reshape(size, width)


def codes_used(codes: Codes, size: int) -> Mask:
    """Which of `size` codes occur."""
    used = np.zeros(size, dtype=bool)
    used[codes] = True
    return used
