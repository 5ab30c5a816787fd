"""Allow rates by hand, against statsmodels' clustered errors, and under what must change nothing."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.metrics.behaviour import Rate, allow_rates, decision_entropy, pooled


def counts(*rows, **columns):
    names = ("scenario", "culture", "preference", "unknown")
    return pd.DataFrame(rows, columns=list(names)).assign(**columns)


def value(rates, metric):
    return next(rate for rate in rates if rate.metric == metric)


def random_counts(seed=1, scenarios=40):
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 3, scenarios)
    n = rng.integers(3, 30, scenarios)
    preference = rng.binomial(n, p)
    return pd.DataFrame(
        {
            "scenario": [f"s{i}" for i in range(scenarios)],
            "culture": n - preference,
            "preference": preference,
            "unknown": rng.integers(0, 3, scenarios),
        }
    )


def test_rates_are_over_valid_decisions_and_unknown_over_all():
    rates = allow_rates(counts(("a", 3, 1, 1), ("b", 1, 3, 1)))
    allow, culture, unknown = (
        value(rates, name) for name in ("allow_rate", "culture_rate", "unknown_rate")
    )
    assert (allow.value, culture.value, unknown.value) == (0.5, 0.5, 0.2)
    assert (allow.n_decisions, allow.n_dropped, allow.n_scenarios) == (8, 2, 2)
    assert (unknown.n_decisions, unknown.n_dropped) == (10, 0)


def test_the_interval_by_hand():
    """Scenarios 1 of 4 and 3 of 4: deviations -1 and 1, so the variance is 2/1 (1 + 1) / 64 and
    the error .25; t with one degree is 12.706, and the bounds are cut to 0 and 1."""
    allow = value(allow_rates(counts(("a", 3, 1, 0), ("b", 1, 3, 0)), level=0.5), "allow_rate")
    assert (allow.lower, allow.upper) == pytest.approx((0.25, 0.75))  # t of level .5 is 1
    wide = value(allow_rates(counts(("a", 3, 1, 0), ("b", 1, 3, 0))), "allow_rate")
    assert (wide.lower, wide.upper) == (0.0, 1.0)


def test_the_interval_is_that_of_a_clustered_mean():
    frame = random_counts()
    y, scenario = [], []
    for place, row in frame.iterrows():
        y += [0.0] * row["culture"] + [1.0] * row["preference"]
        scenario += [place] * (row["culture"] + row["preference"])
    made = sm.OLS(y, np.ones(len(y))).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(scenario), "use_correction": False}
    )
    groups = frame.shape[0]
    error = made.bse[0] * np.sqrt(groups / (groups - 1))
    allow = value(allow_rates(frame), "allow_rate")
    assert allow.value == pytest.approx(made.params[0])
    assert (allow.upper - allow.lower) / 2 == pytest.approx(2.0226909 * error, rel=1e-6)  # t of 39


@pytest.mark.simulations
def test_intervals_hold_what_they_promise():
    """Scenarios drawn from a population whose mean rate is .4: 93 % of the intervals or more."""
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(400):
        p = rng.beta(2, 3, 30)
        preference = rng.binomial(20, p)
        rows = {"scenario": range(30), "culture": 20 - preference, "preference": preference}
        allow = value(allow_rates(pd.DataFrame(rows).assign(unknown=0)), "allow_rate")
        held += allow.lower <= 0.4 <= allow.upper
    assert held >= 0.92 * 400


def test_splitting_rows_and_their_order_change_nothing():
    frame = random_counts()
    half = frame.assign(culture=frame["culture"] // 2, preference=0, unknown=0)
    rest = frame.assign(culture=frame["culture"] - half["culture"])
    split = pd.concat([half, rest]).sample(frac=1, random_state=2)
    assert allow_rates(split) == allow_rates(frame)


def test_swapping_the_labels_mirrors_the_rate():
    frame = random_counts()
    swapped = frame.rename(columns={"culture": "preference", "preference": "culture"})
    one, two = (value(allow_rates(rows), "allow_rate") for rows in (frame, swapped))
    assert (two.value, two.lower, two.upper) == pytest.approx(
        (1 - one.value, 1 - one.upper, 1 - one.lower)
    )


def test_groups_are_named_by_their_columns():
    frame = counts(("a", 1, 1, 0), ("a", 0, 2, 0), model=["x", "y"])
    rates = allow_rates(frame, ["model"])
    assert [rate.group for rate in rates[::3]] == [{"model": "x"}, {"model": "y"}]
    assert [rate.value for rate in rates[::3]] == [0.5, 1.0]


@pytest.mark.parametrize(
    ("rows", "expected", "note"),
    [
        ([("a", 0, 0, 3)], None, "no valid decision"),
        ([("a", 1, 1, 0)], 0.5, "fewer than two scenarios"),
        ([("a", 1, 1, 0), ("b", 2, 2, 0)], 0.5, "does not vary"),
    ],
)
def test_what_is_undefined_says_why(rows, expected, note):
    allow = value(allow_rates(counts(*rows)), "allow_rate")
    assert (allow.value, allow.lower, allow.upper) == (expected, None, None)
    assert note in allow.note


def test_what_is_no_count_is_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        allow_rates(counts(("a", 1, -1, 0)))
    with pytest.raises(ValueError, match="whole numbers"):
        allow_rates(counts(("a", 1.5, 1, 0)))
    with pytest.raises(ValueError, match="lack the columns model, unknown"):
        allow_rates(counts(("a", 1, 1, 0)).drop(columns="unknown"), ["model"])


def test_datasets_count_alike_in_a_pool():
    """.2 +- .1 and .6 +- .1: the mean .4, half width sqrt(.01 + .01) / 2."""
    made = pooled(
        [
            Rate("allow_rate", 0.2, 0.1, 0.3, 5, 1000),
            Rate("allow_rate", 0.6, 0.5, 0.7, 5, 10),
        ]
    )
    assert made.value == pytest.approx(0.4)
    assert (made.lower, made.upper) == pytest.approx((0.4 - 0.0707107, 0.4 + 0.0707107))
    assert (made.n_scenarios, made.n_decisions) == (10, 1010)
    assert pooled([made, Rate("allow_rate", None, note="x")]).value is None


def test_entropy_and_conflict_by_hand():
    """Half and half is one bit, one in four .8113 bits, all alike none."""
    entropy, conflict = decision_entropy(
        counts(("a", 2, 2, 0), ("b", 3, 1, 0), ("c", 4, 0, 0), ("d", 0, 0, 5))
    )
    assert entropy.value == pytest.approx((1 + 0.8112781 + 0) / 3)
    assert conflict.value == pytest.approx(2 / 3)
    assert (entropy.n_scenarios, entropy.n_dropped) == (3, 1)
