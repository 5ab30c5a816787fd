"""The jackknife over scenarios, against its definition written out."""

import math

import pytest
from scipy import stats

from modeling.services.shares import over_clusters


def slow(k, n, low=0.0, high=1.0):
    """Leave each scenario out; spread of the values found so; t with one degree less than those."""
    value, clusters = sum(k) / sum(n), len(k)
    without = [(sum(k) - a) / (sum(n) - b) for a, b in zip(k, n, strict=True)]
    variance = (clusters - 1) / clusters * sum((one - value) ** 2 for one in without)
    reach = stats.t.ppf(0.975, clusters - 1) * math.sqrt(variance)
    return value, max(value - reach, low), min(value + reach, high)


@pytest.mark.parametrize(
    ("k", "n"), [([1, 3, 2], [4, 4, 4]), ([0, 5], [10, 6]), ([1, 1, 1, 9], [2, 30, 4, 10])]
)
def test_it_equals_the_definition(k, n):
    found = over_clusters(k, n)
    assert (found.value, found.lower, found.upper) == pytest.approx(slow(k, n))
    assert (found.n, found.k, found.clusters) == (sum(n), sum(k), len(k))


def test_alike_answers_of_one_scenario_count_as_little_as_they_should():
    """Ten times the answers in the same scenarios make the interval no narrower."""
    few, many = over_clusters([1, 3, 2], [4, 4, 4]), over_clusters([10, 30, 20], [40, 40, 40])
    assert (few.lower, few.upper) == pytest.approx((many.lower, many.upper))


def test_clusters_without_an_answer_do_not_count():
    assert over_clusters([1, 0, 3], [4, 0, 4]) == over_clusters([1, 3], [4, 4])


@pytest.mark.parametrize(
    ("k", "n", "value", "words"),
    [
        ([], [], None, "nothing to count"),
        ([0], [0], None, "nothing to count"),
        ([1], [3], 1 / 3, "fewer than two"),
        ([0, 0, 0], [3, 4, 5], 0.0, "does not vary"),
    ],
)
def test_what_has_no_interval_says_why(k, n, value, words):
    found = over_clusters(k, n)
    assert (found.value, found.lower, found.upper) == (value, None, None)
    assert words in found.note


def test_a_mean_change_may_be_negative_and_is_cut_to_its_range():
    found = over_clusters([-4, -1, -4], [4, 4, 4], low=-1.0)
    assert found.value == pytest.approx(-0.75)
    assert found.lower == -1.0
