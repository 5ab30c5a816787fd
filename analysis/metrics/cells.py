"""Cells: what people and a model answered on one item (or one item of one subgroup)."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.metrics.study import Answers, Array, Codes, Mask, Study, count_by, divide


@dataclass(frozen=True)
class Side:
    """A model's answers per cell: mean q, sum of choices, valid rows, invalid rows.

    An exact tie (q = .5) enters `choice` as a half, so it scores half everywhere.
    """

    q: Array
    choice: Array
    rows: Array
    invalid: Array

    def at(self, index: Codes) -> "Side":
        """The same fields for the cells of `index` (repeats allowed)."""
        return Side(self.q[index], self.choice[index], self.rows[index], self.invalid[index])

    def within(self, mask: Mask) -> "Side":
        """The same with no answer outside the cells of the mask."""
        parts = (np.where(mask, part, 0.0) for part in (self.choice, self.rows, self.invalid))
        return Side(self.q, *parts)

    def hard(self) -> "Side":
        """The same answers with q replaced by the share of hard culture choices."""
        return replace(self, q=divide(self.choice, self.rows))


@dataclass(frozen=True)
class Cells:
    """Counts per cell (k culture of n answers), the model beside them, and who answered.

    `answer_*` are parallel arrays over human answers: removing person p from its cells is all that
    a delete-one replicate has to do.
    """

    k: Array
    n: Array
    scenario: Codes
    side: Side
    answer_cell: Codes
    answer_person: Codes
    answer_pair: Codes
    answer_y: Array
    n_people: int
    n_scenarios: int
    n_pairs: int

    @cached_property
    def and_one_fewer(self) -> tuple[Array, Array, Side]:
        """k, n and the model's side of each cell, then of each answer's cell without that answer."""
        index = np.concatenate([np.arange(len(self.k)), self.answer_cell])
        k, n = self.k[index], self.n[index]
        k[len(self.k) :] -= self.answer_y
        n[len(self.n) :] -= 1
        return k, n, self.side.at(index)

    @cached_property
    def present(self) -> Mask:
        """Cells that either side answered, validly or not."""
        return (self.n > 0) | (self.side.rows + self.side.invalid > 0)


def empty_side(size: int) -> Side:
    """The side of statistics that involve people only."""
    zeros = np.zeros(size)
    return Side(zeros, zeros, zeros, zeros)


def make_cells(
    study: Study,
    answers: Answers,
    side: Side | None = None,
    cell: Codes | None = None,
    scenario: Codes | None = None,
) -> Cells:
    """Count answers per cell; a cell is the answer's item unless `cell` says otherwise.

    `cell` gives each answer's cell and `scenario` each cell's scenario.
    """
    where = answers.item if cell is None else cell
    clusters = study.item_scenario if scenario is None else scenario
    size = len(clusters)
    return Cells(
        k=count_by(where, size, answers.y),
        n=count_by(where, size),
        scenario=clusters,
        side=empty_side(size) if side is None else side,
        answer_cell=where,
        answer_person=answers.person,
        answer_pair=answers.pair,
        answer_y=answers.y,
        n_people=study.n_people,
        n_scenarios=study.n_scenarios,
        n_pairs=study.n_pairs,
    )


def without_people(study: Study, side: Side) -> Cells:
    """Cells for statistics of the model alone."""
    none = np.zeros(0, dtype=np.intp)
    return make_cells(study, Answers(none, none, none, np.zeros(0)), side)


def keep_people(cells: Cells, mask: Mask) -> Cells:
    """Empty the cells outside the mask of their people, keeping every cell's place."""
    answered = mask[cells.answer_cell]
    return replace(
        cells,
        k=np.where(mask, cells.k, 0.0),
        n=np.where(mask, cells.n, 0.0),
        answer_cell=cells.answer_cell[answered],
        answer_person=cells.answer_person[answered],
        answer_pair=cells.answer_pair[answered],
        answer_y=cells.answer_y[answered],
    )
