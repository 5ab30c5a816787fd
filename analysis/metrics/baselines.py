"""Baselines: what trivial answers, and other people, would score on the same study.

`uniform` (q = .5), `always_culture` and `always_preference` need no people and go through the very
code that scores models. The others are computed from people and never from the person scored:

* `pooled_human`: one constant per frame. An answer's prediction is the culture rate over all
  answers of all other participants; an item's is the mean of its answers' predictions, scored by
  the code for models. Single answers (brier) are scored with their own prediction.
* `human_majority`: the hard majority of the item's other people (an even split is a tie), so only
  items with two people count. Each prediction is scored against the answer it was made without,
  averaged within the item and over items: for a fixed hard answer that equals the distance to
  the item's rate, so the figures stand beside the models'. Majority alignment compares the
  majorities of two random halves of the people, in exact expectation.
* `other_country`: the rate of an item's people from other countries; only items that have them. The
  cells are item x country, each country's people scored by predictions without them
  (`target:subgroup`); single answers likewise. Every model is scored on the same cells in rows whose
  group is {"baseline":"other_country"}.

Intervals hold the predictions fixed.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import stats

from analysis.metrics import core, scores, terms
from analysis.metrics.book import Book
from analysis.metrics.cells import Cells, Side, make_cells
from analysis.metrics.core import People
from analysis.metrics.intervals import Draws, Plain, Tally, jackknife, tally
from analysis.metrics.profiles import NO_PERSONA, Profile
from analysis.metrics.scoring import Scoring, add_overall
from analysis.metrics.study import Answers, Array, Codes, Mask, Study, count_by, divide
from analysis.metrics.terms import Statistic

PREFIX = "baseline:"
CONSTANTS = {"uniform": 0.5, "always_culture": 1.0, "always_preference": 0.0}
RESCORED = {"baseline": "other_country"}
NO_OTHERS = "no item was answered by anyone else"
NO_COUNTRIES = "no item was answered by people of two countries"
BY_COUNTRY = "other countries predict each country's people: see target:subgroup"


def baseline_books(scoring: Scoring) -> list[Book]:
    """One book per baseline, in the no-persona setting."""
    books = [constant_book(scoring, name, q) for name, q in CONSTANTS.items()]
    books += [pooled_book(scoring), majority_book(scoring), country_book(scoring)]
    for book in books:
        book.add_mean_of_frames()
    return books


def _book(name: str) -> Book:
    return Book("alignment", NO_PERSONA, PREFIX + name)


def hard(q: Array) -> Array:
    """The choice a probability stands for: 1 culture, 0 preference, .5 an exact tie."""
    return np.where(q > 0.5, 1.0, np.where(q < 0.5, 0.0, 0.5))


def profile_of(size: int, item: Codes, q: Array) -> Profile:
    """A profile whose rows are predictions q for items."""

    def total(values: Array) -> Array:
        return count_by(item, size, values)[None, :]

    zeros = np.zeros((1, size))
    choice = hard(q)
    return Profile(
        (("", ""),), total(q), total(choice), total(np.ones_like(q)), zeros, total(choice == 0.5)
    )


def constant_book(scoring: Scoring, name: str, q: float) -> Book:
    """The same answer to every item that people answered."""
    book = _book(name)
    for frame, people in scoring.people.items():
        answered = np.unique(people.answers.item)
        profile = profile_of(scoring.study.n_items, answered, np.full(len(answered), q))
        add_overall(book, frame, people, profile)
    return book


# --- pooled_human --------------------------------------------------------------------------


def pooled_predictions(answers: Answers, n_people: int) -> Array:
    """For each answer, the culture rate over all answers of all other participants."""
    own = count_by(answers.person, n_people, answers.y)
    count = count_by(answers.person, n_people)
    constant = divide(answers.y.sum() - own, len(answers.y) - count)
    return constant[answers.person]


def pooled_book(scoring: Scoring) -> Book:
    """One constant per frame, made without the participant scored."""
    book = _book("pooled_human")
    for frame, people in scoring.people.items():
        answers = people.answers
        q = pooled_predictions(answers, scoring.study.n_people)
        others = len(np.unique(answers.person)) > 1
        items = answers.item if others else answers.item[:0]
        profile = profile_of(scoring.study.n_items, items, q[: len(items)])
        add_overall(book, frame, people, profile, own_brier=q)
    return book


# --- human_majority ------------------------------------------------------------------------


@dataclass(frozen=True)
class HeldOut:
    """Answers with predictions made without the person (or country) who gave them."""

    people: People
    answers: Answers
    q: Array
    note: str
    dropped: int = 0


def majority_predictions(answers: Answers, n_items: int) -> tuple[Array, Mask]:
    """The majority of the item's other people for each answer, and where there are any."""
    k = count_by(answers.item, n_items, answers.y)[answers.item]
    n = count_by(answers.item, n_items)[answers.item]
    others = n - 1
    return hard(divide(k - answers.y, others * 1.0)), others > 0


def majority_book(scoring: Scoring) -> Book:
    """The majority of the other people, one hard answer per item and person left out."""
    book = _book("human_majority")
    note = "predicted from the item's other people, scored against the person left out"
    for frame, people in scoring.people.items():
        q, some = majority_predictions(people.answers, scoring.study.n_items)
        held = HeldOut(people, people.answers.where(some), q[some], note, int((~some).sum()))
        add_held_out(book, frame, held, NO_OTHERS, hard_answers=True)
        for ties in scores.TIE_POLICIES:
            cells = make_cells(scoring.study, people.answers)
            score = core.make_score("majority_alignment", cells, halves_statistic(ties), ties=ties)
            replace(score, note="majorities of random halves of the people").enter(book, frame)
    return book


def halves_statistic(ties: str) -> Statistic:
    """How often the majority of one random half equals that of the other."""

    def of(k: Array, n: Array, side: Side) -> Array:
        values = np.array([_half_hits(round(a), round(b), ties) for a, b in zip(k, n, strict=True)])
        values = values.reshape(-1, 2)
        return terms.stack(n >= 2, values[:, 0], values[:, 1])

    return Statistic(of, terms.ratio_weighted, 0.0, 1.0, NO_OTHERS)


@lru_cache(maxsize=65536)
def _half_hits(k: int, n: int, ties: str) -> tuple[float, float]:
    """Expected score and expected count of one item, over all cuts into two halves."""
    if n < 2:
        return 0.0, 0.0
    size = n // 2
    drawn = np.arange(max(0, k - (n - size)), min(k, size) + 1)
    chance = stats.hypergeom.pmf(drawn, n, k, size)
    choice, rest = hard(drawn / size), hard((k - drawn) / (n - size))
    if ties == "culture":
        rest = np.where(rest == 0.5, 1.0, rest)
    counted = (rest != 0.5) | (ties == "half")
    hits = np.where(rest == 0.5, 0.5, 1 - np.abs(choice - rest)) * counted
    return float(chance @ hits), float(chance @ counted)


def add_held_out(
    book: Book, frame: str, held: HeldOut, undefined: str, *, hard_answers: bool
) -> None:
    """Score predictions against the answers they were made without."""
    resampler, answers = held.people.resampler, held.answers
    gap = held.q - answers.y
    distance = np.abs(hard(held.q) - answers.y)
    values = {
        "brier": resampler.answer_mean(answers, gap**2),
        "row_mae": resampler.answer_mean(answers, distance),
        "signed_culture_gap": resampler.item_mean(answers, gap),
        "item_mse_unbiased": unbiased_mean(held, gap**2),
    }
    values["rate_gap_abs"] = magnitude(values["signed_culture_gap"])
    if hard_answers:
        values["item_mae"] = resampler.item_mean(answers, distance)
    cells = make_cells(held.people.study, answers)
    for metric, value in values.items():
        least = 2 if metric == "item_mse_unbiased" else 1
        counts = tally(cells, cells.n >= least, value)
        counts = replace(counts, n_dropped=counts.n_dropped + held.dropped)
        low, high = BOUNDS.get(metric, (0.0, 1.0))
        book.add(
            frame,
            metric,
            counts,
            low=low,
            high=high,
            undefined=undefined,
            note=held.note,
        )


BOUNDS = {"signed_culture_gap": (-1.0, 1.0), "item_mse_unbiased": (-np.inf, np.inf)}


def magnitude(draws: Draws) -> Draws:
    """The absolute value, replicates turned with the estimate's sign."""
    sign = -1.0 if draws.value < 0 else 1.0
    return Draws(abs(draws.value), sign * draws.draws)


def unbiased_mean(held: HeldOut, squares: Array) -> Draws:
    """Mean over items of the squared errors less the people's own variance."""
    answers = held.answers
    size = held.people.study.n_items
    k = count_by(answers.item, size, answers.y)
    n = count_by(answers.item, size)
    enough = (n >= 2)[answers.item]
    noise = terms.unbiased_variance(k, n)[answers.item]
    kept = answers.where(enough)
    return held.people.resampler.item_mean(kept, (squares - noise)[enough])


# --- other_country -------------------------------------------------------------------------


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
    emptied = Side(
        side.q,
        np.where(filled, side.choice, 0.0),
        np.where(filled, side.rows, 0.0),
        np.where(filled, side.invalid, 0.0),
    )
    scenario = study.item_scenario[made.item_of]
    return make_cells(study, made.answers, emptied, made.cell, scenario)


def country_book(scoring: Scoring) -> Book:
    """The rates of people from other countries."""
    book = _book("other_country")
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
    return book


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
