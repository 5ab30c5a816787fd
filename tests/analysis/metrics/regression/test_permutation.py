"""Dealing scenarios out to countries: the score statistic by hand, and a level that is kept."""

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.regression import HUMAN, Permutation, regress
from analysis.metrics.regression.design import Columns, gather
from analysis.metrics.regression.dropone import independent_of
from analysis.metrics.regression.fit import fit
from analysis.metrics.regression.permutation import ONE_EACH, scores_of
from tests.analysis.metrics.regression.making import make_answers


def test_without_other_factors_the_score_is_pearsons_chi_square():
    """Countries with 10, 20 and 30 answers, 2, 10 and 24 of them culture: the rate is .6, and
    chi-square is the sum of (k - .6 n)^2 / (.24 n) = 16/2.4 + 4/4.8 + 36/7.2 = 12.5."""
    counts = {"a": (2, 10), "b": (10, 20), "c": (24, 30)}
    rows = [
        {"scenario_country": land, "scenario": f"{land}{i % 2}", "y": float(i < k)}
        for land, (k, n) in counts.items()
        for i in range(n)
    ]
    columns = Columns(gather(pd.DataFrame(rows), "y", ["scenario_country"], ["scenario"]), ())
    patterns = columns.patterns
    scores = scores_of(
        columns, fit(columns, independent_of(columns)), patterns.clusters["scenario"]
    )
    country = np.array([0, 0, 1, 1, 2, 2])
    assert scores.statistic(country, 3) == pytest.approx(12.5, abs=1e-6)


def test_the_score_is_near_the_deviance_and_reacts_to_the_other_factors_alike():
    frame = make_answers(country_effect=0.3, people=120)
    others = Columns(
        gather(frame, "y", [*{c for f in HUMAN for c in f.columns}], ["scenario"]), HUMAN[1:]
    )
    patterns = others.patterns
    scores = scores_of(others, fit(others, independent_of(others)), patterns.clusters["scenario"])
    first = np.unique(patterns.clusters["scenario"], return_index=True)[1]
    country = patterns.cells["scenario_country"][patterns.pattern[first]]
    tested = regress(frame, "y", HUMAN, name="x")[0].dropped
    assert scores.statistic(country, 6) == pytest.approx(tested.deviance, rel=0.03)


def test_scenarios_that_differ_are_not_mistaken_for_countries():
    """Scenarios with leanings of their own, countries mere names: the deviance test calls it an
    effect of the country nearly always, dealing out about as often as it should."""
    rng = np.random.default_rng(8)
    naive = dealt = 0
    for seed in range(40):
        frame = make_answers(people=40, country_effect=0.0, scenarios=24, seed=seed)
        leaning = dict(zip(frame["scenario"].unique(), rng.normal(0, 1.2, 24), strict=True))
        p = 1 / (1 + np.exp(-frame["scenario"].map(leaning)))
        frame["y"] = (rng.random(len(frame)) < p).astype(float)
        how = Permutation(replicates=59, seed=seed)
        test = regress(frame, "y", HUMAN[:2], name="x", permutation=how)[0]
        naive += test.dropped.p < 0.05
        dealt += test.permutation_p < 0.05
        if (test.dropped.p < 0.05) != (test.permutation_p < 0.05):
            assert "dealing scenarios out" in test.note
    assert naive > 27
    assert dealt <= 7  # binomial with 5 %: more than 7 of 40 has a chance below 1 in 500


def test_one_scenario_a_country_leaves_nothing_to_deal():
    frame = make_answers(scenarios=6, per_person=5)
    test = regress(frame, "y", HUMAN[:2], name="x", permutation=Permutation(19))[0]
    assert test.permutation_p is None
    assert test.permutation_note == ONE_EACH
