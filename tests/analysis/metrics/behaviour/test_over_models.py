"""Means over models and differences of rates, against plain arithmetic and a simulated truth."""

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.behaviour import EVERYBODY, allow_rates, mean_over_models, rate_gaps


def counted(rows):
    columns = ["model", "scenario", "preference", "culture", "unknown"]
    return pd.DataFrame(rows, columns=columns)


SMALL = counted(
    [("a", "s1", 3, 1, 0), ("a", "s2", 1, 3, 2), ("b", "s1", 0, 4, 0), ("b", "s2", 2, 6, 0)]
)


def test_models_count_alike_whatever_their_decisions():
    allow, unknown = mean_over_models(SMALL)
    assert allow.value == pytest.approx((4 / 8 + 2 / 12) / 2)
    assert unknown.value == pytest.approx((2 / 10 + 0) / 2)
    assert (allow.n_scenarios, allow.n_decisions, allow.n_dropped) == (2, 20, 2)
    assert allow.note == "mean of 2 models"


def test_one_model_alone_has_the_rate_and_interval_of_allow_rates():
    alone = SMALL[SMALL["model"] == "a"]
    mean, _ = mean_over_models(alone)
    rate, *_ = allow_rates(alone)
    assert (mean.value, mean.lower, mean.upper) == pytest.approx(
        (rate.value, rate.lower, rate.upper)
    )


def test_a_model_without_a_valid_decision_is_left_out_and_told():
    mute = counted([("c", "s1", 0, 0, 5)])
    allow, unknown = mean_over_models(pd.concat([SMALL, mute]))
    assert allow.value == pytest.approx((4 / 8 + 2 / 12) / 2)
    assert allow.note == "mean of 2 of 3 models"
    assert unknown.value == pytest.approx((0.2 + 0 + 1) / 3)
    nothing, _ = mean_over_models(mute)
    assert (nothing.value, nothing.note) == (None, "no valid decision")


def test_groups_are_those_of_plain_sums():
    both = pd.concat([SMALL.assign(role="x"), SMALL.assign(role="y", preference=0, culture=4)])
    found = {(r.metric, r.group["role"]): r.value for r in mean_over_models(both, ["role"])}
    assert found["allow_rate", "y"] == 0
    assert found["allow_rate", "x"] == pytest.approx(mean_over_models(SMALL)[0].value)


def test_a_gap_is_the_difference_of_both_rates_and_turns_with_them():
    other = SMALL.assign(preference=[4, 2, 1, 1])
    found = rate_gaps(SMALL, other)
    assert set(found) == {"a", "b", EVERYBODY}
    assert found["a"].value == pytest.approx(100 * (6 / 10 - 4 / 8))
    assert found["b"].value == pytest.approx(100 * (2 / 12 - 2 / 12))
    assert found[EVERYBODY].value == pytest.approx((found["a"].value + found["b"].value) / 2)
    back = rate_gaps(other, SMALL)
    assert back["a"].value == pytest.approx(-found["a"].value)
    assert back["a"].lower == pytest.approx(-found["a"].upper)


def test_models_on_one_side_only_have_no_gap():
    assert rate_gaps(SMALL[SMALL["model"] == "a"], SMALL[SMALL["model"] == "b"]) == {}
    assert EVERYBODY not in rate_gaps(SMALL, SMALL[SMALL["model"] == "b"])


@pytest.mark.parametrize("shared", [True, False])
def test_intervals_of_gaps_hold_the_truth(shared):
    """Scenarios differ in how often they are allowed; a true gap of 10 points, 40 scenarios."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(120):
        sides = []
        lean = rng.uniform(-0.2, 0.2, 40)
        for n, base in enumerate((0.4, 0.5)):
            lean = lean if shared else rng.uniform(-0.2, 0.2, 40)
            rows = [
                (model, f"s{s}" if shared else f"{n}-{s}", k := rng.binomial(12, base + lean[s]), 12 - k, 0)
                for model in ("a", "b")
                for s in range(40)
            ]  # fmt: skip
            sides.append(counted(rows))
        gap = rate_gaps(*sides)[EVERYBODY]
        held += gap.lower < 10 < gap.upper
    assert held / 120 >= 0.92
