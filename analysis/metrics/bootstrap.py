"""Seeded two-way bootstrap by weights, for statistics linear in the answers."""

from functools import cached_property

import numpy as np

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

    @cached_property
    def item_weights(self) -> Array:
        """The weight of each item's scenario, (replicates, items)."""
        return self.scenario_weights[:, self.study.item_scenario]

    def answer_mean(self, answers: Answers, values: Array) -> Draws:
        """Mean of one value per answer over weighted answers."""
        shape = (self.study.n_people, self.study.n_scenarios)
        flat = answers.person * shape[1] + self.study.item_scenario[answers.item]
        top = count_by(flat, shape[0] * shape[1], values).reshape(shape)
        bottom = count_by(flat, shape[0] * shape[1]).reshape(shape)
        sums = [
            ((self.person_weights @ matrix) * self.scenario_weights).sum(axis=1)
            for matrix in (top, bottom)
        ]
        return Draws(mean_or_nan(values), divide_or_nan(sums[0], sums[1]))

    def item_means(self, answers: Answers, values: Array) -> tuple[Array, Array]:
        """Each item's weighted mean and weight, both (replicates, items)."""
        people, person = np.unique(answers.person, return_inverse=True)
        shape = (len(people), self.study.n_items)
        flat = person * shape[1] + answers.item
        top = count_by(flat, shape[0] * shape[1], values).reshape(shape)
        bottom = count_by(flat, shape[0] * shape[1]).reshape(shape)
        drawn = self.person_weights[:, people]
        weight = drawn @ bottom
        return divide(drawn @ top, weight), weight

    def item_mean(self, answers: Answers, values: Array) -> Draws:
        """Mean over items of the items' own weighted means."""
        means, weight = self.item_means(answers, values)
        items = self.item_weights * (weight > 0)
        top = (items * means).sum(axis=1)
        own_sum = count_by(answers.item, self.study.n_items, values)
        own_count = count_by(answers.item, self.study.n_items)
        value = mean_or_nan(divide(own_sum, own_count)[own_count > 0])
        return Draws(value, divide_or_nan(top, items.sum(axis=1)))

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
