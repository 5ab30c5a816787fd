"""Correlations over countries: scipy's values, the interval by hand, few points, Namibia."""

from math import atanh, sqrt, tanh

import numpy as np
import pytest
from scipy import stats

from analysis.metrics import indicators
from analysis.metrics.estimate import Estimate
from analysis.metrics.indicators import compared, correlations

COUNTRIES = ("Brazil", "Chile", "India", "Japan", "Kenya", "Namibia", "Norway", "Peru")
VALUES = dict(zip(COUNTRIES, (3.0, 9.0, 1.0, 7.0, 2.0, 4.0, 6.5, 5.0), strict=True))
RATES = (0.2, 0.8, 0.35, 0.5, 0.4, 0.3, 0.6, 0.7)


def rates(count=8, values=RATES):
    return [
        Estimate(
            "human", "culture_rate", frame="norm", group={"participant_country": name}, value=value,
            n_humans=10, n_answers=100,
        )
        for name, value in zip(COUNTRIES[:count], values[:count], strict=True)
    ]  # fmt: skip


def both(one, level=0.95):
    return {e.metric: e for e in correlations(one, level)}


def test_values_are_scipys_and_intervals_fishers():
    found = both(compared("x", VALUES, rates(), "participant_country"))
    pearson, rank = found["indicator_r"], found["indicator_spearman"]
    r = stats.pearsonr(list(VALUES.values()), RATES)
    assert pearson.value == pytest.approx(r.statistic)
    assert (pearson.lower, pearson.upper) == pytest.approx(tuple(r.confidence_interval(0.95)))
    rho = stats.spearmanr(list(VALUES.values()), RATES).statistic
    reach = 1.959964 * sqrt((1 + rho**2 / 2) / 5)
    assert rank.value == pytest.approx(rho)
    assert rank.lower == pytest.approx(tanh(atanh(rho) - reach), rel=1e-5)
    assert (rank.n_items, rank.n_humans, rank.note) == (8, 80, indicators.FEW)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_five_countries_or_fewer_give_points_and_no_number(count):
    one = compared("x", VALUES, rates(count), "participant_country")
    assert len(one.points) == count
    for estimate in both(one).values():
        assert (estimate.value, estimate.lower) == (None, None)
        assert "points only" in estimate.note


def test_six_countries_are_the_first_with_a_number():
    assert both(compared("x", VALUES, rates(6), "participant_country"))["indicator_r"].lower


def test_countries_without_a_value_are_counted_and_order_does_not_matter():
    some = {name: value for name, value in VALUES.items() if name != "Chile"}
    one = compared("x", some, rates(), "participant_country")
    assert (one.missing, len(one.points)) == (1, 7)
    again = compared(
        "x", dict(reversed(some.items())), list(reversed(rates())), "participant_country"
    )
    assert list(correlations(one, 0.9)) == list(correlations(again, 0.9))
    assert both(one)["indicator_r"].n_dropped == 1
    assert list(correlations(compared("x", {}, rates(), "participant_country"), 0.9)) == []


def test_no_spread_is_undefined_and_a_perfect_line_has_no_interval():
    flat = both(compared("x", VALUES, rates(values=(0.5,) * 8), "participant_country"))
    assert {e.note for e in flat.values()} == {indicators.NO_SPREAD}
    line = both(
        compared(
            "x", VALUES, rates(values=[v / 10 for v in VALUES.values()]), "participant_country"
        )
    )
    assert (line["indicator_r"].value, line["indicator_r"].lower) == (1, None)


def test_fishers_interval_holds_the_truth_about_as_often_as_it_says():
    rng, truth, held = np.random.default_rng(0), 0.5, []
    for _ in range(800):
        x = rng.normal(size=20)
        y = truth * x + sqrt(1 - truth**2) * rng.normal(size=20)
        base = Estimate("human", "indicator_r", note="-")
        one = indicators._correlation(base, x, y, 0.95)
        held.append(one.lower <= truth <= one.upper)
    assert np.mean(held) > 0.93
