"""Power planning: how wide the intervals of a study to come will be, by simulating it.

People are given items by the study's own rule, answers come from a stated model, and intervals are
made as the report makes those of the culture rate: a bootstrap that weights scenarios and
participants (docs/explanation/intervals.md). So the widths are those that the report will print.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from annotation.vocab.countries import by_iso2
from survey.models import Study
from survey.services import coverage
from survey.services.coverage import Place
from survey.services.drawing import Cell, Undrawable, draw
from survey.services.instruments import Definition, definition_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

SHARES_OF_PEOPLE = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
SHARES_OF_SCENARIOS = (0.5, 1.0, 2.0)
"""Twice the scenarios means as many again of the same kind, to be written yet."""
ASSURANCE = 0.8
"""A wish is met where this share of the simulated studies has intervals at most as wide."""

STUDIES, REPLICATES = 200, 300


@dataclass(frozen=True)
class Assumptions:
    """What is believed beforehand. Standard deviations are on the logit scale, shares in 0 to 1.

    `rate` is the chance that a typical person chooses culture in a typical scenario; `excluded` the
    share of completes that will not be analysed; `pay` is per hour, `fee` the platform's share on top.
    """

    rate: float = 0.5
    scenario_sd: float = 1.0
    person_sd: float = 0.7
    receiver_sd: float = 0.3
    excluded: float = 0.05
    pay: float = 9.0
    fee: float = 0.33
    level: float = 0.95


@dataclass(frozen=True)
class GroupWidth:
    """The culture rate of one country and relation: `median` width, and the one for `ASSURANCE`.

    Both are None, with a note, where most simulated studies have no interval.
    """

    country: str
    relation: str
    people: int
    scenarios: int
    answers: int
    median: float | None
    assured: float | None
    note: str = ""


@dataclass(frozen=True)
class Option:
    """One size of study with what it gives and costs."""

    completes: int
    analysed: int
    scenarios: int
    unwritten: int
    receivers: int
    cost: float
    groups: tuple[GroupWidth, ...]
    wish: float
    planned: bool

    @property
    def widest(self) -> float | None:
        """The assured width of the worst group; None where any group has none."""
        widths = [group.assured for group in self.groups]
        known = [width for width in widths if width is not None]
        return max(known) if widths and len(known) == len(widths) else None

    @property
    def met(self) -> bool:
        """Whether every group is at most as wide as wished."""
        return self.widest is not None and self.widest <= self.wish


@dataclass(frozen=True)
class Plan:
    """Every size tried, smallest first, and the cheapest that meets the wish."""

    options: tuple[Option, ...]
    refused: tuple[str, ...] = ()

    @property
    def best(self) -> Option | None:
        """The cheapest option that meets the wish; among equals the one with fewer scenarios."""
        met = [option for option in self.options if option.met]
        return min(met, key=lambda option: (option.cost, option.scenarios), default=None)

    @property
    def told(self) -> list[Option]:
        """The options worth every detail: the one that meets the wish, and the study as planned."""
        return [option for option in self.options if option.planned or option == self.best]


@dataclass(frozen=True)
class _Given:
    """One answer to come: who gets which scenario and item, for one relation."""

    person: int
    scenario: int
    item: int
    relation: str


def plan(
    *, study: Study, width: float, assumptions: Assumptions | None = None, seed: int = 1
) -> Plan:
    """Simulate the study at several sizes; `width` is the wished full width of the intervals.

    Nothing is stored. The same arguments give the same plan.
    """
    assumed = assumptions or Assumptions()
    definition = definition_of(study.instrument)
    by_country = {code: _eligible(study, definition, code) for code in definition.countries}
    options: list[Option] = []
    refused: list[str] = []
    for share in SHARES_OF_SCENARIOS:
        kept = _some_scenarios(by_country, share)
        try:
            options += _options(definition, kept, assumed, width, seed, _count(by_country))
        except Undrawable as error:
            refused.append(f"{_count(kept)} scenarios: {error}")
    return Plan(tuple(sorted(options, key=lambda o: (o.completes, -o.scenarios))), tuple(refused))


def _eligible(study: Study, definition: Definition, country: str) -> list[Place]:
    return [
        place
        for place in coverage.places(study, country, definition.receivers)
        if definition.mix.get(place.relation)
    ]


def _some_scenarios(by_country: dict[str, list[Place]], share: float) -> dict[str, list[Place]]:
    """Keep every n-th scenario in the order of themes, so that a smaller study is of the same kind.

    A share above 1 adds copies under new numbers below 0: scenarios still to be written.
    """
    if share > 1:
        return {code: [*found, *map(_unwritten, found)] for code, found in by_country.items()}
    themes = {place.scenario: place.theme for found in by_country.values() for place in found}
    ordered = sorted(themes, key=lambda scenario: (themes[scenario], scenario))
    step = max(round(1 / share), 1)
    kept = set(ordered[::step])
    return {code: [p for p in found if p.scenario in kept] for code, found in by_country.items()}


def _unwritten(place: Place) -> Place:
    return place._replace(scenario=-place.scenario, item=-place.item)


def _count(
    by_country: dict[str, list[Place]], which: Callable[[int], bool] = lambda _: True
) -> int:
    scenarios = {place.scenario for found in by_country.values() for place in found}
    return sum(map(which, scenarios))


def _options(
    definition: Definition,
    by_country: dict[str, list[Place]],
    assumed: Assumptions,
    width: float,
    seed: int,
    everything: int,
) -> Iterator[Option]:
    largest = ceil(definition.planned_completes * max(SHARES_OF_PEOPLE) / len(by_country))
    given = {code: _give(found, definition, largest, seed) for code, found in by_country.items()}
    hypothetical = _count(by_country) != everything
    for share in SHARES_OF_PEOPLE:
        completes = ceil(definition.planned_completes * share)
        each = floor(completes * (1 - assumed.excluded) / len(by_country))
        yield Option(
            completes=completes,
            analysed=each * len(by_country),
            scenarios=_count(by_country),
            unwritten=_count(by_country, lambda scenario: scenario < 0),
            receivers=len(definition.receivers),
            cost=_cost(completes, definition, assumed),
            groups=tuple(
                group
                for code, rows in given.items()
                for group in _groups(code, [r for r in rows if r.person < each], assumed, seed)
            ),
            wish=width,
            planned=share == 1 and not hypothetical,
        )


def _cost(people: int, definition: Definition, assumed: Assumptions) -> float:
    """Pay by the estimated time for everybody who completes, with the platform's fee."""
    return people * definition.estimated_minutes / 60 * assumed.pay * (1 + assumed.fee)


def _give(found: Sequence[Place], definition: Definition, people: int, seed: int) -> list[_Given]:
    """Let the study's rule give items to `people` of one country, one after the other."""
    held: Counter[int] = Counter()
    given = []
    for person in range(people):
        cells = [Cell(*place, held=held[place.item], target=people) for place in found]
        for one in draw(cells, definition.mix, seed * 1_000_003 + person):
            held[one.cell.item] += 1
            given.append(_Given(person, one.cell.scenario, one.cell.item, one.cell.relation))
    return given


def _groups(
    country: str, rows: Sequence[_Given], assumed: Assumptions, seed: int
) -> Iterator[GroupWidth]:
    for name in sorted({row.relation for row in rows}):
        chosen = [row for row in rows if row.relation == name]
        median, assured, note = _widths(chosen, assumed, seed)
        yield GroupWidth(
            country=str(by_iso2(country)),
            relation=str(name),
            people=len({row.person for row in chosen}),
            scenarios=len({row.scenario for row in chosen}),
            answers=len(chosen),
            median=median,
            assured=assured,
            note=note,
        )


def _widths(
    rows: Sequence[_Given], assumed: Assumptions, seed: int
) -> tuple[float | None, float | None, str]:
    """The median width over simulated studies, and the width that `ASSURANCE` of them keep."""
    import numpy as np

    rng = np.random.default_rng([seed, len(rows)])
    answers = simulated_answers(rows, assumed, rng)
    lower, upper = bootstrap_bounds(rows, answers, assumed.level, rng)
    widths = upper - lower
    known = widths[np.isfinite(widths) & (widths > 0)]
    if len(known) < len(widths) / 2:
        return None, None, "most simulated studies have no interval: too few answers"
    return float(np.median(known)), float(np.quantile(known, ASSURANCE)), ""


def simulated_answers(
    rows: Sequence[_Given], assumed: Assumptions, rng: np.random.Generator
) -> Array:
    """Answers of many simulated studies, (studies, answers): 1 is culture.

    Scenario, person and item shift the logit by independent normal amounts, drawn anew per study.
    """
    import numpy as np

    logit = np.full((STUDIES, len(rows)), np.log(assumed.rate / (1 - assumed.rate)))
    for name, sd in (
        ("scenario", assumed.scenario_sd),
        ("person", assumed.person_sd),
        ("item", assumed.receiver_sd),
    ):
        codes, size = codes_of(rows, name)
        logit += rng.normal(0, sd, (STUDIES, size))[:, codes]
    chances = 1 / (1 + np.exp(-logit))
    return np.asarray(rng.random(chances.shape) < chances, dtype=np.float64)


def bootstrap_bounds(
    rows: Sequence[_Given], answers: Array, level: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Percentile bounds of the mean of each study's answers; scenarios and people are weighted.

    `answers` is (studies, answers). The weights are those of `analysis.metrics.bootstrap`.
    """
    import numpy as np

    weights = np.ones((REPLICATES, len(rows)))
    for name in ("scenario", "person"):
        codes, size = codes_of(rows, name)
        weights *= rng.multinomial(size, np.full(size, 1 / size), REPLICATES)[:, codes]
    total = weights.sum(axis=1, keepdims=True)
    usable = total[:, 0] > 0
    means = (weights @ answers.T)[usable] / total[usable]
    lower, upper = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return lower, upper


def codes_of(rows: Sequence[_Given], name: str) -> tuple[npt.NDArray[np.intp], int]:
    """The rows' scenario, person or item as codes from 0, and how many there are."""
    import numpy as np

    names, codes = np.unique([getattr(row, name) for row in rows], return_inverse=True)
    return codes.astype(np.intp), len(names)
