"""Item effects by conditional logit: what is nested cancels, what varies within items is tested."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar

from analysis.metrics.regression import HUMAN, Factor, regress_within
from tests.analysis.metrics.regression.making import make_answers

X = (Factor("x", (("x",),)),)


def test_scenario_country_is_nested():
    tests = {t.factor: t for t in regress_within(make_answers(), "y", HUMAN, name="personal")}
    assert tests["scenario_country"].dropped.df == 0
    assert "does not vary within items" in tests["scenario_country"].note
    assert tests["participant_country"].dropped.df == 2


def test_pairs_by_hand():
    """With two answers an item, one of each side of x, the conditional likelihood is that of a coin:
    of 10 discordant pairs 8 favour x, so the deviance is twice 8 log(.8) + 2 log(.2) - 10 log(.5)."""
    rows = [
        {"item": f"i{i}", "x": x, "y": float((x == "b") == (i < 8))}
        for i in range(10)
        for x in ("a", "b")
    ]
    test = regress_within(pd.DataFrame(rows), "y", X, name="x")[0]
    expected = 2 * (8 * np.log(0.8) + 2 * np.log(0.2) - 10 * np.log(0.5))
    assert test.dropped.deviance == pytest.approx(expected, abs=1e-6)
    assert test.dropped.p == pytest.approx(stats.chi2.sf(expected, 1), abs=1e-8)


def test_larger_groups_against_a_slow_twin():
    """The conditional likelihood written out: every way to place the item's culture answers."""
    from itertools import combinations

    rng = np.random.default_rng(5)
    rows = [
        {"item": f"i{i}", "x": x, "y": float(rng.random() < (0.7 if x == "b" else 0.4))}
        for i in range(8)
        for x in ("a", "b", "b", "a", "b")
    ]
    frame = pd.DataFrame(rows)

    def loss(beta):
        total = 0.0
        for _, group in frame.groupby("item"):
            x = (group["x"] == "b").to_numpy(float)
            k = int(group["y"].sum())
            ways = [np.exp(beta * x[list(chosen)].sum()) for chosen in combinations(range(5), k)]
            total -= beta * (x * group["y"]).sum() - np.log(sum(ways))
        return total

    best = minimize_scalar(loss, bounds=(-10, 10), method="bounded", options={"xatol": 1e-10})
    test = regress_within(frame, "y", X, name="x")[0]
    assert test.dropped.deviance == pytest.approx(2 * (loss(0.0) - best.fun), abs=1e-5)


def test_items_on_which_all_agree_say_nothing():
    frame = make_answers().assign(y=1.0)
    tests = regress_within(frame, "y", HUMAN, name="personal")
    assert {test.n_answers for test in tests} == {0}
    assert all("both answers" in test.note for test in tests)
