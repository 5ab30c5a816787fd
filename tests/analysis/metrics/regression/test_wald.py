"""Robust covariance against statsmodels' own, and tests that keep their level."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.metrics.regression import HUMAN, regress
from analysis.metrics.regression.design import design, gather, independent
from analysis.metrics.regression.fit import fit
from analysis.metrics.regression.wald import covariance, wald
from tests.analysis.metrics.regression.making import make_answers

FACTORS = HUMAN[1:3]
COLUMNS = ("participant_country", "relation")


def fitted(frame, clusters):
    patterns = gather(frame, "y", COLUMNS, clusters)
    return patterns, fit(patterns, independent(design(patterns, FACTORS)))


def outside(frame, patterns, made, groups, correct=True):
    """statsmodels on single answers, with the same columns."""
    rows = made.columns[patterns.pattern]
    model = sm.GLM(patterns.y, rows, family=sm.families.Binomial())
    how = {"groups": groups, "use_correction": correct, "df_correction": False}
    return model.fit(tol=1e-12, cov_type="cluster", cov_kwds=how)


def test_one_way_clusters_equal_statsmodels():
    frame = make_answers()
    patterns, made = fitted(frame, ("participant",))
    other = outside(frame, patterns, made, patterns.clusters["participant"], correct=False)
    groups = frame["participant"].nunique()
    expected = np.asarray(other.cov_params()) * groups / (groups - 1)
    assert covariance(patterns, made) == pytest.approx(expected, rel=1e-6)


def test_two_way_clusters_are_both_less_their_intersection():
    frame = make_answers()
    both = covariance(*fitted(frame, ("participant", "scenario")))
    crossed = frame.assign(cell=frame["participant"] + frame["scenario"])
    one, two, cell = (
        covariance(*fitted(crossed, (name,))) for name in ("participant", "scenario", "cell")
    )
    assert both == pytest.approx(one + two - cell, rel=1e-8)


def test_the_last_coefficients_are_tested_together():
    frame = make_answers()
    patterns, made = fitted(frame, ("participant",))
    found = wald(patterns, made, 2)
    variance = covariance(patterns, made)[-2:, -2:]
    f = made.beta[-2:] @ np.linalg.solve(variance, made.beta[-2:]) / 2
    assert found.f == pytest.approx(f)
    assert found.p == pytest.approx(stats.f.sf(f, 2, frame["participant"].nunique() - 1))


def test_people_who_differ_are_not_mistaken_for_countries():
    """People with leanings of their own and no effect of country: deviance calls it an effect far
    too often, the clustered test about as often as it should."""
    rng = np.random.default_rng(11)
    naive = robust = 0
    for _ in range(120):
        frame = make_answers(people=45, scenarios=24, country_effect=0.0, per_person=10)
        leaning = dict(zip(frame["participant"].unique(), rng.normal(0, 1.6, 45), strict=True))
        p = 1 / (1 + np.exp(-frame["participant"].map(leaning)))
        frame["y"] = (rng.random(len(frame)) < p).astype(float)
        test = regress(frame, "y", HUMAN[1:2], name="x", clusters=("participant",))[0]
        naive += test.dropped.p < 0.05
        robust += test.wald.p < 0.05
    assert naive > 30  # a quarter of the studies and more
    assert robust <= 15  # 5 % of 120 is 6; above 15 has a chance of 1 in 1,500
