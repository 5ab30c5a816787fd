"""The baseline that predicts each country's people from the item's people of other countries."""

from dataclasses import dataclass

import numpy as np

from analysis.metrics import core, scores
from analysis.metrics.book import Book
from analysis.metrics.cells import Cells, Side, make_cells
from analysis.metrics.held_out import HeldOut, add_held_out, hard
from analysis.metrics.intervals import Plain, Tally, jackknife
from analysis.metrics.scoring import Scoring
from analysis.metrics.study import Answers, Array, Codes, Study, count_by, divide

RESCORED = {"baseline": "other_country"}
NO_COUNTRIES = "no item was answered by people of two countries"
BY_COUNTRY = "other countries predict each country's people: see target:subgroup"


@dataclass(frozen=True)
class CountryCells:
    """Item x country cells of one frame that have people of other countries beside them."""

    answers: Answers
    cell: Codes
    item_of: Codes
    q: Array
    dropped: int


def country_cells(study: Study, answers: Answers) -> CountryCells:
    """Split each item's people by country and predict each from the others."""
    country = study.person_country
    n_countries = int(country.max()) + 1 if len(country) else 1
    shape = (study.n_items, n_countries)
    cell = answers.item * n_countries + country[answers.person]
    k = count_by(cell, shape[0] * shape[1], answers.y).reshape(shape)
    n = count_by(cell, shape[0] * shape[1]).reshape(shape)
    others = n.sum(axis=1, keepdims=True) - n
    q = divide(k.sum(axis=1, keepdims=True) - k, others).ravel()
    some = (others > 0).ravel()[cell]
    item_of = np.repeat(np.arange(shape[0]), n_countries)
    kept = answers.where(some)
    return CountryCells(kept, cell[some], item_of, q, int((~some).sum()))


def cells_of(study: Study, made: CountryCells, side: Side) -> Cells:
    """Country cells beside a side; cells without people are emptied of model rows too."""
    filled = np.bincount(made.cell, minlength=len(made.item_of)) > 0
    scenario = study.item_scenario[made.item_of]
    return make_cells(study, made.answers, side.within(filled), made.cell, scenario)


def fill_country_book(book: Book, scoring: Scoring) -> None:
    """The rates of people from other countries."""
    note = "predicted from the item's people of other countries"
    for frame, people in scoring.people.items():
        made = country_cells(scoring.study, people.answers)
        held = HeldOut(people, made.answers, made.q[made.cell], note, made.dropped)
        add_held_out(book, frame, held, NO_COUNTRIES, hard_answers=False)
        none = Tally(Plain(float("nan")), n_dropped=made.dropped)
        for metric in ("item_mae", "majority_alignment"):
            book.add(frame, metric, none, undefined=BY_COUNTRY)
        ones = np.ones_like(made.q)
        side = Side(made.q, hard(made.q), ones, 0 * ones)
        add_country_scores(book, frame, cells_of(scoring.study, made, side), {})


def add_country_scores(book: Book, frame: str, cells: Cells, group: dict[str, str]) -> None:
    """The common statistics over item x country cells."""
    for score in core.hard_scores(cells, "subgroup", ("rows",)):
        score.enter(book, frame, group)
    for score in core.soft_scores(cells, "subgroup"):
        score.enter(book, frame, group)
    for scale in core.SCALES:
        gap = jackknife(scores.scaled(cells, scale), scores.SIGNED_GAP)
        score = core.gap_score(gap, scale=scale, target="subgroup")
        score.enter(book, frame, group)


def add_rescored(book: Book, frame: str, scoring: Scoring, side: Side) -> None:
    """A model on the cells of `other_country`, so that both can be compared."""
    made = country_cells(scoring.study, scoring.people[frame].answers)
    cells = cells_of(scoring.study, made, side.at(made.item_of))
    add_country_scores(book, frame, cells, RESCORED)
