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

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import stats

from analysis.metrics import core, other_country, scores, terms
from analysis.metrics.book import Book
from analysis.metrics.cells import Side, make_cells
from analysis.metrics.held_out import HeldOut, add_held_out, hard
from analysis.metrics.profiles import NO_PERSONA, Profile
from analysis.metrics.scoring import Scoring, add_overall
from analysis.metrics.study import Answers, Array, Codes, Mask, count_by, divide
from analysis.metrics.terms import Statistic

PREFIX = "baseline:"
CONSTANTS = {"uniform": 0.5, "always_culture": 1.0, "always_preference": 0.0}
NO_OTHERS = "no item was answered by anyone else"


def baseline_books(scoring: Scoring) -> list[Book]:
    """One book per baseline, in the no-persona setting."""
    books = [constant_book(scoring, name, q) for name, q in CONSTANTS.items()]
    books += [pooled_book(scoring), majority_book(scoring), country_book(scoring)]
    for book in books:
        book.add_mean_of_frames()
    return books


def is_constant(book: Book) -> bool:
    """Whether a model's book stands where a constant's own one will.

    A constant may be run as a model, and then over some items only; as the reference that others
    are measured by it must answer everything that people answered.
    """
    constants = {PREFIX + name for name in CONSTANTS}
    return book.setting == NO_PERSONA and book.model in constants


def _book(name: str) -> Book:
    return Book("alignment", NO_PERSONA, PREFIX + name)


def profile_of(size: int, item: Codes, q: Array) -> Profile:
    """A profile whose rows are predictions q for items."""

    def total(values: Array) -> Array:
        return count_by(item, size, values)[None, :]

    zeros = np.zeros((1, size))
    choice = hard(q)
    return Profile(
        (("", ""),), total(q), total(choice), total(np.ones_like(q)), zeros, total(choice == 0.5)
    )


def country_book(scoring: Scoring) -> Book:
    """The rates of people from other countries."""
    book = _book("other_country")
    other_country.fill_country_book(book, scoring)
    return book


def constant_book(scoring: Scoring, name: str, q: float) -> Book:
    """The same answer to every item that people answered."""
    book = _book(name)
    for frame, people in scoring.people.items():
        answered = np.unique(people.answers.item)
        profile = profile_of(scoring.study.n_items, answered, np.full(len(answered), q))
        add_overall(book, frame, people, profile)
    return book


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
