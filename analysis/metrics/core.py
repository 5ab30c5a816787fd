"""The statistics every model, persona group, prompt style and option order gets in one frame."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.metrics import scores
from analysis.metrics.book import Book, Group
from analysis.metrics.bootstrap import ItemRates, Resampler
from analysis.metrics.cells import Cells, Side, make_cells
from analysis.metrics.intervals import Draws, Plain, Tally, jackknife, tally
from analysis.metrics.scores import scaled
from analysis.metrics.study import Answers, Array, Codes, Study, divide, divide_or_nan, floats
from analysis.metrics.terms import Statistic, both

SCALES = ("probability", "hard")
Gaps = Mapping[str, tuple[Array, Array]]
"""Of each scale, the resampled sums of q - h and of weights."""


@dataclass(frozen=True)
class Score:
    """One statistic of one model beside one set of people, before it has a group."""

    metric: str
    tally: Tally
    tokens: dict[str, str]
    low: float = -np.inf
    high: float = np.inf
    undefined: str = "no observations"
    note: str = ""

    def enter(
        self,
        book: Book,
        frame: str,
        group: Group | None = None,
        tokens: Mapping[str, str] | None = None,
    ) -> None:
        """Write it into the book; `tokens` add to its own."""
        book.add(
            frame,
            self.metric,
            self.tally,
            group=group,
            low=self.low,
            high=self.high,
            undefined=self.undefined,
            note=self.note,
            tokens={**self.tokens, **(tokens or {})},
        )


def make_score(metric: str, cells: Cells, statistic: Statistic, **tokens: str) -> Score:
    """A jackknifed score."""
    counts = jackknife(cells, statistic)
    return Score(metric, counts, tokens, statistic.low, statistic.high, statistic.undefined)


@dataclass
class People:
    """The people a model is scored against in one frame, with what all models share of them.

    A cell is an item, or (group, item) with `cell` telling each answer's cell.
    """

    resampler: Resampler
    answers: Answers
    target: str = "all"
    cell: Codes | None = None
    copies: int = 1

    @property
    def study(self) -> Study:
        """The study the codes belong to."""
        return self.resampler.study

    def cells(self, side: Side) -> Cells:
        """These people beside a model."""
        scenario = np.tile(self.study.item_scenario, self.copies)
        return make_cells(self.study, self.answers, side, self.cell, scenario)

    @cached_property
    def rates(self) -> ItemRates:
        """The items' resampled culture rates."""
        return self.resampler.item_rates(self.answers, self.answers.y)

    @cached_property
    def culture_rates(self) -> dict[str, Draws]:
        """The overall culture rate by weight."""
        return {
            "answers": self.resampler.answer_mean(self.answers, self.answers.y),
            "items": self.resampler.item_mean(self.answers, self.answers.y),
        }


def gap_draws(people: People, sides: Sequence[Side]) -> list[Gaps]:
    """Resampled sums of q - h and of weights over items that both have answered, for each side.

    All sides at once: what differs between models is one column, the weights are read once.
    """
    rates = people.rates
    counted = floats([side.rows[rates.items] > 0 for side in sides]).T
    q = {
        "probability": np.column_stack([side.q[rates.items] for side in sides]),
        "hard": np.column_stack([side.hard().q[rates.items] for side in sides]),
    }
    weight, people_sum = rates.weights @ counted, rates.sums @ counted
    model_sum = {scale: rates.weights @ (q[scale] * counted) for scale in SCALES}
    return [
        {scale: (model_sum[scale][:, i] - people_sum[:, i], weight[:, i]) for scale in SCALES}
        for i in range(len(sides))
    ]


def signed_gaps(people: People, cells: Cells, gaps: Gaps | None = None) -> Iterator[Score]:
    """Signed culture gaps of cells that are items, with their two-way bootstrap.

    `gaps` are those of `gap_draws` where they were drawn for several sides together.
    """
    drawn = gaps or gap_draws(people, [cells.side])[0]
    for scale in SCALES:
        exact = jackknife(scaled(cells, scale), scores.SIGNED_GAP)
        draws = Draws(exact.spread.value, divide_or_nan(*drawn[scale]))
        yield gap_score(replace(exact, spread=draws), scale=scale, target=people.target)


def gap_score(counts: Tally, **tokens: str) -> Score:
    """A signed culture gap from its tally."""
    statistic = scores.SIGNED_GAP
    return Score("signed_culture_gap", counts, tokens, -1.0, 1.0, statistic.undefined)


def brier(people: People, cells: Cells, own: Array | None = None, **tokens: str) -> Score:
    """Squared error against single answers, with its two-way bootstrap.

    `own` gives a prediction per answer in place of the cell's q.
    """
    exact = jackknife(cells, scores.BRIER)
    scored = (cells.side.rows > 0)[cells.answer_cell]
    answers = people.answers.where(scored)
    q = cells.side.q[cells.answer_cell] if own is None else own
    errors = (q[scored] - answers.y) ** 2
    counts = replace(exact, spread=people.resampler.answer_mean(answers, errors))
    return Score("brier", counts, tokens, 0.0, 1.0, scores.BRIER.undefined)


def hard_scores(cells: Cells, target: str, averages: tuple[str, ...]) -> Iterator[Score]:
    """Majority alignment under every tie policy, and the distance of hard answers."""
    for average in averages:
        for ties in scores.TIE_POLICIES:
            for invalid in ("drop", "miss"):
                statistic = scores.majority(ties, invalid, average)
                tokens = {"ties": ties, "invalid": invalid, "average": average, "target": target}
                yield make_score("majority_alignment", cells, statistic, **tokens)
    yield make_score("row_mae", cells, scores.ROW_MAE, target=target)
    yield make_score("row_mae", cells, scores.ROW_MAE_MISS, target=target, invalid="miss")
    yield make_score("row_mae_floor", cells, scores.ROW_MAE_FLOOR, target=target)


def soft_scores(cells: Cells, target: str) -> Iterator[Score]:
    """Distances of rates, for probabilities and for shares of hard choices."""
    for scale in SCALES:
        side = scaled(cells, scale)
        for metric, statistic in scores.PER_ITEM.items():
            yield make_score(metric, side, statistic, scale=scale, target=target)
        tokens = {"scale": scale, "target": target, "invalid": "miss"}
        yield make_score("item_mae", side, scores.ITEM_MAE_MISS, **tokens)


def tie_count(cells: Cells, target: str) -> Score:
    """How many scored cells are tied between both choices."""
    scored = both(cells.n, cells.side)
    tied = int((scored & (2 * cells.k == cells.n)).sum())
    return Score("ties", tally(cells, scored, Plain(float(tied))), {"target": target})


def model_rates(study: Study, resampler: Resampler, side: Side, ties: float) -> Iterator[Score]:
    """The model's own culture rates, its invalid rate and its ties, humans aside."""
    yield from culture_rates(study, resampler, side)
    total = side.rows + side.invalid
    rate = resampler.scenario_mean(study.item_scenario, side.invalid, total)
    asked = Tally(rate, n_items=int((total > 0).sum()), n_answers=int(total.sum()))
    yield Score("invalid_rate", asked, {}, 0, 1, "no model answer")
    yield Score("model_ties", _answered(side, ties), {})


def culture_rates(study: Study, resampler: Resampler, side: Side) -> Iterator[Score]:
    """The model's own culture rates over answers and over items."""
    ones = floats(side.rows > 0)
    for scale in SCALES:
        q = side.q if scale == "probability" else divide(side.choice, side.rows)
        weights = {"answers": (q * side.rows, side.rows), "items": (q * ones, ones)}
        for weight, (top, bottom) in weights.items():
            spread = resampler.scenario_mean(study.item_scenario, top, bottom)
            counts = replace(_answered(side), spread=spread)
            tokens = {"scale": scale, "weight": weight}
            yield Score("model_culture_rate", counts, tokens, 0, 1, "no valid model answer")


def _answered(side: Side, value: float = 0.0) -> Tally:
    """A plain number with the model's answers behind it."""
    return Tally(
        Plain(value),
        n_items=int((side.rows > 0).sum()),
        n_answers=int(side.rows.sum()),
        n_dropped=int(side.invalid.sum()),
    )


def human_rates(people: People) -> Iterator[Score]:
    """The people's culture rate over answers and over items."""
    cells = make_cells(people.study, people.answers)
    for weight, value in people.culture_rates.items():
        counts = tally(cells, cells.n > 0, value)
        tokens = {"weight": weight, "target": people.target}
        yield Score("human_culture_rate", counts, tokens, 0, 1, "no valid human answer")


def core_scores(
    people: People,
    side: Side,
    averages: tuple[str, ...] = ("rows",),
    gaps: Gaps | None = None,
) -> Iterator[Score]:
    """All statistics that persona groups and splits get as well as the whole model.

    `gaps` as in `signed_gaps`.
    """
    cells = people.cells(side)
    yield from hard_scores(cells, people.target, averages)
    yield from soft_scores(cells, people.target)
    yield from signed_gaps(people, cells, gaps)
    yield tie_count(cells, people.target)
