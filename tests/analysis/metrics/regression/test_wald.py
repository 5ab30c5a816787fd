"""Robust covariance against statsmodels' own, and tests that keep their level."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.metrics.regression import HUMAN, regress
from analysis.metrics.regression.design import Columns, gather
from analysis.metrics.regression.dropone import independent_of
from analysis.metrics.regression.fit import fit
from analysis.metrics.regression.wald import SPARSE, Sandwich, combined, quadratic, wald
from tests.analysis.metrics.regression.making import make_answers

FACTORS = HUMAN[1:3]
COLUMNS = ("participant_country", "relation")


def fitted(frame, clusters):
    columns = Columns(gather(frame, "y", COLUMNS, clusters), FACTORS)
    return Sandwich(columns, fit(columns, independent_of(columns)))


def covariance(sandwich):
    return combined(sandwich.covariances(sandwich.basis()))


def outside(sandwich, groups):
    """statsmodels on single answers, with the same columns."""
    patterns = sandwich.columns.patterns
    rows = sandwich.columns.dense()[:, sandwich.basis()][patterns.pattern]
    model = sm.GLM(patterns.y, rows, family=sm.families.Binomial())
    how = {"groups": groups, "use_correction": False, "df_correction": False}
    return model.fit(tol=1e-12, cov_type="cluster", cov_kwds=how)


def test_one_way_clusters_equal_statsmodels():
    frame = make_answers()
    made = fitted(frame, ("participant",))
    other = outside(made, made.columns.patterns.clusters["participant"])
    groups = frame["participant"].nunique()
    expected = np.asarray(other.cov_params()) * groups / (groups - 1)
    assert covariance(made) == pytest.approx(expected, rel=1e-6)
    assert made.coefficients(made.basis()) == pytest.approx(np.asarray(other.params), abs=1e-6)


def test_two_way_clusters_are_both_less_their_intersection():
    frame = make_answers()
    both = covariance(fitted(frame, ("participant", "scenario")))
    crossed = frame.assign(cell=frame["participant"] + frame["scenario"])
    one, two, cell = (
        covariance(fitted(crossed, (name,))) for name in ("participant", "scenario", "cell")
    )
    assert both == pytest.approx(one + two - cell, rel=1e-8)


def test_a_factors_own_coefficients_are_tested_together():
    frame = make_answers()
    made = fitted(frame, ("participant",))
    found = wald(made, "country_relation")
    basis = made.basis("country_relation")
    variance, beta = combined(made.covariances(basis))[-2:, -2:], made.coefficients(basis)[-2:]
    f = beta @ np.linalg.solve(variance, beta) / 2
    assert found.f == pytest.approx(f)
    assert found.p == pytest.approx(stats.f.sf(f, 2, frame["participant"].nunique() - 1))


def test_the_order_of_the_factors_does_not_change_the_test():
    frame = make_answers()
    one, other = (
        {t.factor: t.wald.f for t in regress(frame, "y", factors, name="x") if t.wald.f is not None}
        for factors in (HUMAN, HUMAN[::-1])
    )
    assert len(one) == 3
    assert one == pytest.approx(other, rel=1e-7)


def test_two_scenarios_a_country_carry_no_robust_test():
    """Countries that are mere names: the sandwich would find them different almost every time."""
    frame = make_answers(country_effect=0.0, scenarios=12)
    test = regress(frame, "y", HUMAN[:2], name="x")[0]
    assert test.wald.p is None
    assert test.wald.note == SPARSE.format(least=5, kind="scenario")


def test_separated_cells_leave_the_other_factors_tests_alone():
    """An unanimous country carries no information: the rest is tested as if it were not there."""
    frame = make_answers()
    one = frame["scenario_country"] == "land-2"
    unanimous = frame.assign(y=np.where(one, 1.0, frame["y"]))
    with_it, without = (
        {test.factor: test for test in regress(rows, "y", HUMAN, name="x")}
        for rows in (unanimous, frame[~one])
    )
    for name in ("participant_country", "country_relation"):
        assert with_it[name].dropped.deviance == pytest.approx(
            without[name].dropped.deviance, abs=1e-6
        )
        assert with_it[name].wald.f == pytest.approx(without[name].wald.f, rel=0.05)
        assert "separated" in with_it[name].wald.note


@pytest.mark.simulations
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


def test_the_statistic_is_the_inverse_form_over_its_rank():
    rng = np.random.default_rng(8)
    root, beta = rng.normal(size=(3, 3)), rng.normal(size=3)
    variance = root @ root.T
    expected = float(beta @ np.linalg.solve(variance, beta)) / 3
    f, rank = quadratic(beta, variance)
    assert (f, rank) == (pytest.approx(expected), 3)


def test_directions_without_a_positive_variance_are_left_out():
    """Turned by 45 degrees: variance 2 along (1, 1), none or less than none across."""
    across, along = np.array([1.0, -1.0]) / np.sqrt(2), np.array([1.0, 1.0]) / np.sqrt(2)
    for other in (0.0, -0.5, 1e-10):
        variance = 2 * np.outer(along, along) + other * np.outer(across, across)
        f, rank = quadratic(3 * along + 7 * across, variance)
        assert (f, rank) == (pytest.approx(9 / 2), 1)
    assert quadratic(np.ones(2), np.zeros((2, 2))) == (0.0, 0)
    assert quadratic(np.ones(2), -np.eye(2)) == (0.0, 0)
