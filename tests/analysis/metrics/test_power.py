"""Power: every formula by hand, and a simulated test that finds what it should."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

from analysis.metrics import power
from analysis.metrics.estimate import Estimate


def rate(value=0.5, half=0.1, answers=100, metric="culture_rate", **more):
    bounds = {} if half is None else {"lower": value - half, "upper": value + half}
    note = "" if value is not None else "none"
    return Estimate("human", metric, value=value, n_answers=answers, note=note, **bounds, **more)


@pytest.mark.parametrize("answers", [1, 2, 7, 50, 1000])
def test_the_best_half_width_is_wilsons_at_one_half(answers):
    lower, upper = proportion_confint(answers / 2, answers, method="wilson")
    assert power.best_half_width(answers) == pytest.approx((upper - lower) / 2)


@pytest.mark.parametrize(("level", "width"), [(0.95, 0.2), (0.9, 0.2), (0.95, 0.05), (0.95, 0.1)])
def test_the_least_answers_are_the_fewest_that_reach_the_width(level, width):
    least = power.least_answers(level, width)
    assert power.best_half_width(least, level) <= width < power.best_half_width(least - 1, level)


def test_a_cell_without_answers_has_no_width():
    with pytest.raises(ValueError, match="without answers"):
        power.best_half_width(0)


def test_error_and_design_effect_are_those_of_the_interval():
    one = rate(0.3, half=1.959964 * 0.08, answers=84)
    assert power.standard_error(one, 0.95) == pytest.approx(0.08, rel=1e-5)
    assert power.design_effect(one, 0.95) == pytest.approx(0.08**2 / (0.3 * 0.7 / 84), rel=1e-5)
    assert power.standard_error(rate(half=None), 0.95) is None
    assert power.design_effect(rate(1.0, 0.1), 0.95) is None


def test_the_detectable_difference_is_that_of_statsmodels():
    """Two groups of 120 with standard deviation 1: statsmodels solves for the effect size."""
    effect = NormalIndPower().solve_power(nobs1=120, alpha=0.05, power=0.8)
    assert power.detectable([1 / sqrt(120)] * 2, 0.95) == pytest.approx(effect, rel=1e-4)


def test_eight_of_ten_studies_find_a_difference_of_that_size():
    rng, error = np.random.default_rng(0), 0.07
    true = power.detectable([error, error], 0.95)
    seen = true + rng.normal(0, error, 20_000) - rng.normal(0, error, 20_000)
    found = np.abs(seen) > power.normal(0.95) * error * sqrt(2)
    assert found.mean() == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(
    ("one", "thin"),
    [
        (rate(half=0.19), False),
        (rate(half=0.21), True),
        (rate(half=None), True),
        (rate(half=0.1, answers=20), True),
    ],
)
def test_thin_is_what_is_not_known_to_twenty_points(one, thin):
    assert power.is_thin(one, 0.95) is thin


def test_a_comparison_becomes_a_row_or_says_why_not():
    sides = (rate(0.7, 0.1, frame="personal"), rate(0.4, 0.1, frame="personal"))
    (pair,) = power.widest_pair("x", [rate(0.5, 0.1), *sides])
    row = power.detectable_row(pair, 0.95)
    assert pair.found == pytest.approx(0.3)
    assert row.value == pytest.approx((1.959964 + 0.841621) * 0.1 / 1.959964 * sqrt(2), rel=1e-5)
    assert (row.group, row.n_answers) == ({"comparison": "x"}, 200)
    none = power.detectable_row(power.Comparison("y", (rate(half=None),), 0.5), 0.95)
    assert (none.value, none.note) == (None, power.NO_INTERVAL)
    assert list(power.widest_pair("z", [rate()])) == []
    assert power.typical_pair([rate()], 0.95) is None


def test_the_typical_pair_is_the_median_over_all_pairs():
    halves = (0.05, 0.1, 0.2, 0.3)
    errors = [half / 1.959964 for half in halves]
    pairs = [sqrt(one**2 + other**2) for one, other in combinations(errors, 2)]
    groups = [rate(half=half) for half in (*halves, None)]
    expected = (1.959964 + 0.841621) * float(np.median(pairs))
    assert power.typical_pair(groups, 0.95) == pytest.approx(expected, rel=1e-5)
    two = (1.959964 + 0.841621) * pairs[0]
    assert power.typical_pair(groups[:2], 0.95) == pytest.approx(two, rel=1e-5)


def test_a_comparison_of_two_models_is_about_neither():
    one, other = rate(0.7, model="m"), rate(0.0, model="n")
    (pair,) = power.widest_pair("x", [one, other, rate(0.3, model="m")])
    assert pair.found == pytest.approx(0.7)
    assert power.detectable_row(pair, 0.95).model == ""
    same = power.Comparison("y", (one, rate(0.1, model="m")), 0.6)
    assert power.detectable_row(same, 0.95).model == "m"
