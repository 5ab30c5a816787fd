"""Scores of predictions against the answers they were made without."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.metrics import terms
from analysis.metrics.book import Book
from analysis.metrics.cells import make_cells
from analysis.metrics.core import People
from analysis.metrics.intervals import Draws, tally
from analysis.metrics.study import Answers, Array, count_by


def hard(q: Array) -> Array:
    """The choice a probability stands for: 1 culture, 0 preference, .5 an exact tie."""
    return np.where(q > 0.5, 1.0, np.where(q < 0.5, 0.0, 0.5))


@dataclass(frozen=True)
class HeldOut:
    """Answers with predictions made without the person (or country) who gave them."""

    people: People
    answers: Answers
    q: Array
    note: str
    dropped: int = 0


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
        counts = tally(cells, cells.n > 0, value)
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
    """Mean over items of the squared errors less the people's own variance.

    Every item has two people or more: one who is scored and one who was asked instead.
    """
    answers = held.answers
    size = held.people.study.n_items
    k, n = count_by(answers.item, size, answers.y), count_by(answers.item, size)
    noise = terms.unbiased_variance(k, n)[answers.item]
    return held.people.resampler.item_mean(answers, squares - noise)
