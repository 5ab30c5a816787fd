"""The conditional likelihood against every way to place the culture answers."""

from itertools import combinations

import numpy as np
import pytest

from analysis.metrics.regression.conditional import Likelihood, successes


def test_successes_are_the_sums_over_all_ways_to_have_them():
    rng = np.random.default_rng(2)
    p, k = rng.uniform(0.05, 0.95, (3, 5)), np.array([1, 2, 4])

    def chance(coins, number):
        ways = combinations(range(len(coins)), number)
        return sum(np.prod([c if i in way else 1 - c for i, c in enumerate(coins)]) for way in ways)

    found, without = successes(p, k)
    for row in range(3):
        assert found[row] == pytest.approx(chance(p[row], k[row]), rel=1e-12)
        for coin in range(5):
            rest = np.delete(p[row], coin)
            assert without[row, coin] == pytest.approx(chance(rest, k[row] - 1), rel=1e-12)


def test_blocks_of_items_do_not_matter(monkeypatch):
    rng = np.random.default_rng(6)
    item = np.repeat(np.arange(12), rng.integers(3, 9, 12))
    y = (rng.random(len(item)) < 0.5).astype(float)
    first = np.unique(item, return_index=True)[1]
    y[first], y[first + 1] = 0.0, 1.0
    columns = rng.normal(size=(len(item), 2))
    whole = Likelihood(y, columns, item).largest()
    monkeypatch.setattr("analysis.metrics.regression.conditional.LARGEST", 40)
    assert len(Likelihood(y, columns, item)._blocks) > 3
    assert Likelihood(y, columns, item).largest() == pytest.approx(whole, abs=1e-8)


def test_many_answers_an_item_stay_in_range():
    """Of 2,000 draws without a column the chance is one over the binomial coefficient."""
    from scipy.special import gammaln

    y = np.repeat([1.0, 0.0], [1500, 500])
    found = Likelihood(y, np.zeros((2000, 0)), np.zeros(2000, dtype=int)).largest()
    expected = -(gammaln(2001) - gammaln(1501) - gammaln(501))
    assert found == pytest.approx(expected, rel=1e-9)


def test_separated_answers_approach_certainty():
    """Within every item the answers follow the column: the likelihood goes to 1, its log to 0."""
    y = np.tile([1.0, 0.0], 10)
    column = np.where(y == 1, 0.5, -0.5)[:, None]
    assert Likelihood(y, column, np.repeat(np.arange(10), 2)).largest() == pytest.approx(
        0.0, abs=1e-4
    )
