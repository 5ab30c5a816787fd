"""Seeded two-way bootstrap by weights, for statistics linear in the answers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from analysis.metrics.intervals import Draws, Settings
from analysis.metrics.study import (
    Answers,
    Array,
    Codes,
    Study,
    count_by,
    divide,
    divide_or_nan,
    floats,
)

DENSE = 2048
"""Up to so many cells a matrix of people is laid out whole."""


@dataclass(frozen=True)
class ItemRates:
    """Items that people answered: each one's weight, and weight times resampled mean.

    Arrays are (replicates, items); an item whose people were not drawn has no weight.
    """

    items: Codes
    sums: Array
    weights: Array


class Resampler:
    """Seeded bootstrap weights of one study: scenarios, and participants within their country."""

    def __init__(self, study: Study, settings: Settings) -> None:
        self.study = study
        self.settings = settings

    @cached_property
    def scenario_weights(self) -> Array:
        """How often each scenario is drawn, (replicates, scenarios)."""
        rng = np.random.default_rng([self.settings.seed, 1])
        size = self.study.n_scenarios
        return floats(rng.multinomial(size, np.full(size, 1 / size), self.settings.replicates))

    @cached_property
    def person_weights(self) -> Array:
        """How often each participant is drawn within the country, (replicates, people)."""
        rng = np.random.default_rng([self.settings.seed, 2])
        weights = np.zeros((self.settings.replicates, self.study.n_people))
        for country in np.unique(self.study.person_country):
            members = np.flatnonzero(self.study.person_country == country)
            chances = np.full(len(members), 1 / len(members))
            weights[:, members] = rng.multinomial(len(members), chances, self.settings.replicates)
        return weights

    def answer_mean(self, answers: Answers, values: Array) -> Draws:
        """Mean of one value per answer over weighted answers."""
        scenario = self.study.item_scenario[answers.item]
        sums = [
            (weighted * self.scenario_weights).sum(axis=1)
            for weighted in self._sums(answers, values, scenario, self.study.n_scenarios)
        ]
        return Draws(mean_or_nan(values), divide_or_nan(sums[0], sums[1]))

    def item_rates(self, answers: Answers, values: Array) -> "ItemRates":
        """The answered items' resampled means, with the weights of their scenarios."""
        items, place = np.unique(answers.item, return_inverse=True)
        top, weight = self._sums(answers, values, place.astype(np.intp), len(items))
        scenario = self.scenario_weights[:, self.study.item_scenario[items]]
        weights = scenario * (weight > 0)
        return ItemRates(items.astype(np.intp), weights * divide(top, weight), weights)

    def item_mean(self, answers: Answers, values: Array) -> Draws:
        """Mean over items of the items' own weighted means."""
        rates = self.item_rates(answers, values)
        own_sum = count_by(answers.item, self.study.n_items, values)
        own_count = count_by(answers.item, self.study.n_items)
        value = mean_or_nan(divide(own_sum, own_count)[own_count > 0])
        return Draws(value, divide_or_nan(rates.sums.sum(axis=1), rates.weights.sum(axis=1)))

    def _sums(
        self, answers: Answers, values: Array, column: Codes, size: int
    ) -> tuple[Array, Array]:
        """Sums of values and of answers per column, people weighted: (replicates, size) each.

        Values and answers are one matrix, as to lay out a small one takes longer than to multiply it.
        """
        rows = np.concatenate([column, column + size])
        people = np.concatenate([answers.person, answers.person])
        cells = np.concatenate([values, np.ones(len(values))])
        sums = self._laid_out(cells, rows, people, 2 * size) @ self._weights_by_person
        return sums[:size].T, sums[size:].T

    def _laid_out(
        self, cells: Array, rows: Codes, people: Codes, size: int
    ) -> Array | sparse.csr_array:
        """Cells as a matrix of people, a row a column of theirs.

        A person answers few of the columns: sparse, a large product takes a tenth of the time. A small
        one takes less than laying out a sparse matrix does.
        """
        width = self.study.n_people
        if size * width > DENSE:
            return sparse.csr_array((cells, (rows, people)), shape=(size, width))
        return count_by(rows * width + people, size * width, cells).reshape(size, width)

    @cached_property
    def _weights_by_person(self) -> Array:
        return np.ascontiguousarray(self.person_weights.T)

    def scenario_mean(self, scenario: Codes, top: Array, bottom: Array) -> Draws:
        """Ratio of sums over cells of the model alone: only scenarios are resampled."""
        sums = [
            self.scenario_weights @ count_by(scenario, self.study.n_scenarios, column)
            for column in (top, bottom)
        ]
        value = float(top.sum() / bottom.sum()) if bottom.sum() > 0 else np.nan
        return Draws(value, divide_or_nan(sums[0], sums[1]))


def mean_or_nan(values: Array) -> float:
    """The mean, NaN (never a warning) for no values."""
    return float(values.mean()) if len(values) else np.nan
