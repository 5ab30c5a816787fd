"""Pooling: simulated truth, limits by hand, an exact twin, and statsmodels' own equations."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy import integrate, special
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from analysis.metrics import pooling
from analysis.metrics.pooling import Layout, find_mode, fit, make_design
from analysis.metrics.sparse_blocks import factorise

SDS = {"cell": 0.3, "within": 0.4, "item": 0.3, "scenario": 1.0, "person": 0.7}


def expit(x):
    return 1 / (1 + np.exp(-x))


def draw(seed, people=60, scenarios=16, receivers=2, countries=4, each=10, sds=SDS):
    """A study with known rates: the layout, every answer's true rate, its country and its cell."""
    rng = np.random.default_rng(seed)
    scenario = np.argsort(rng.random((people, scenarios)), axis=1)[:, :each].ravel()
    person = np.repeat(np.arange(people), each)
    item = scenario * receivers + rng.integers(0, receivers, len(scenario))
    country = person % countries
    cell, within = item * countries + country, scenario * countries + country
    codes = {"cell": cell, "within": within, "item": item, "scenario": scenario, "person": person}
    shifts = {name: rng.normal(0, sds[name], code.max() + 1)[code] for name, code in codes.items()}
    base = -0.5 + rng.normal(0, 0.4, countries)[country]
    base = base + sum(shift for name, shift in shifts.items() if name != "person")
    y = (rng.random(len(person)) < expit(base + shifts["person"])) * 1.0
    leans = rng.normal(0, sds["person"], 4000)
    truth = expit(base[:, None] + leans).mean(axis=1)
    return Layout(y, {"country": country}, codes, 2), truth, country, cell


@pytest.fixture(scope="module")
def studies():
    """Per study: cells' counted rate, pooled rates, truth; groups' the same."""
    found = []
    for seed in range(4):
        layout, truth, country, cell = draw(seed)
        pool = fit(layout)
        _, first, inverse = np.unique(cell, return_index=True, return_inverse=True)
        counted = np.bincount(inverse, layout.y) / np.bincount(inverse)
        means = np.bincount(country, truth) / np.bincount(country)
        found.append(
            (counted, pool.cells(first, 0.95), truth[first], pool.groups(country, 0.95), means)
        )
    return found


def test_pooled_cells_lie_much_closer_to_the_truth_than_counted_ones(studies):
    for counted, pooled, truth, _, _ in studies:
        assert ((pooled.value - truth) ** 2).mean() < ((counted - truth) ** 2).mean() / 3


def test_intervals_hold_the_truth_of_nine_cells_in_ten_and_more(studies):
    held = [((p.lower <= t) & (t <= p.upper)).mean() for _, p, t, _, _ in studies]
    groups = [((g.lower <= m) & (m <= g.upper)).mean() for *_, g, m in studies]

    assert np.mean(held) >= 0.90
    assert np.mean(groups) >= 0.90


def crossed(counts, people=None):
    """A layout of one country per (culture, answers), every answer a person and a scenario."""
    y = np.concatenate([np.repeat([1.0, 0.0], [k, n - k]) for k, n in counts])
    cell = np.repeat(np.arange(len(counts)), [n for _, n in counts])
    none = np.arange(len(y))
    return Layout(y, {}, {"cell": cell, "item": cell, "person": none if people is None else people})


def test_a_huge_cell_keeps_its_counted_rate_and_a_tiny_one_is_drawn_in():
    layout = crossed([(1600, 2000), (400, 2000), (1000, 2000), (2, 2)])
    rates = fit(layout).cells(np.array([0, 2000, 4000, 6000]), 0.95)

    assert rates.value[:3] == pytest.approx([0.8, 0.2, 0.5], abs=0.005)
    assert 0.55 < rates.value[3] < 0.95
    assert rates.upper[3] - rates.lower[3] > 10 * (rates.upper[0] - rates.lower[0])


def test_without_differences_between_cells_everybody_gets_the_overall_rate():
    layout = crossed([(12, 40)] * 50)
    design = make_design(layout.identifiable())
    mode = find_mode(design, np.array([1e-4]), np.zeros(design.matrix.shape[1]))
    none = pooling.Pool(design, {"item": 1e-4}, mode).cells(np.arange(0, 2000, 40), 0.95)

    assert none.value == pytest.approx(np.full(50, 0.3), abs=0.002)
    estimated = fit(layout)
    assert estimated.sds["item"] < 0.12
    assert estimated.cells(np.arange(0, 2000, 40), 0.95).value == pytest.approx(0.3, abs=0.01)


def test_small_cells_equal_the_exact_posterior_by_integration():
    """One component and a known standard deviation: the intercept is integrated on a grid."""
    counts, sd = [(2, 2), (1, 4), (5, 6), (0, 3), (2, 5)], 0.8
    layout = crossed(counts)
    design = make_design(layout.identifiable())
    mode = find_mode(design, np.array([sd]), np.zeros(design.matrix.shape[1]))
    first = np.cumsum([0, *(n for _, n in counts)])[:-1]
    fast = pooling.Pool(design, {"item": sd}, mode).cells(first, 0.95)

    grid = np.linspace(-7, 7, 561)
    shifts = grid * sd / 2
    prior = np.exp(-((shifts / sd) ** 2) / 2)
    chance = expit(grid[:, None] + shifts)
    cells = [chance**k * (1 - chance) ** (n - k) * prior for k, n in counts]
    masses = np.array([integrate.simpson(cell, shifts) for cell in cells])
    means = np.array([integrate.simpson(cell * chance, shifts) for cell in cells]) / masses
    weight = masses.prod(axis=0) * np.exp(-((grid / pooling.FIXED_SD) ** 2) / 2)
    exact = integrate.simpson(means * weight, grid) / integrate.simpson(weight, grid)

    assert fast.value == pytest.approx(exact, abs=0.015)
    assert (fast.lower < exact).all()
    assert (exact < fast.upper).all()


def _slope(design, shifts, sds):
    matrix, y = design.matrix, design.layout.y
    return matrix.T @ (y - expit(matrix @ shifts)) - design.precision(sds) * shifts


def test_the_mode_solves_the_equations_of_statsmodels():
    """Its gradient of the log posterior is zero at our mode, standard deviations held."""
    layout, *_ = draw(5, people=30, scenarios=8, each=5)
    pool = fit(layout)
    design, sds = pool.design, np.array(list(pool.sds.values()))
    start = pool.mode.shifts
    for _ in range(2):  # to the last digit
        mode = find_mode(design, sds, start)
        start = start + mode.factor.solve(_slope(design, mode.shifts, sds))
    random = design.owner >= 0
    model = BinomialBayesMixedGLM(
        layout.y,
        design.matrix[:, ~random].toarray(),
        sp.csr_matrix(design.matrix[:, random]),
        design.owner[random],
        vcp_p=1.0,
        fe_p=pooling.FIXED_SD,
    )
    place = np.concatenate([start[~random], np.log(sds), start[random]])
    gradient = np.delete(
        model.logposterior_grad(place), np.s_[(~random).sum() : (~random).sum() + len(sds)]
    )

    assert np.abs(gradient).max() < 1e-6


def test_the_gradient_is_that_of_the_objective():
    layout, *_ = draw(6, people=30, scenarios=8, each=5)
    design = make_design(layout.identifiable())
    logs, start = np.log([0.3, 0.5, 0.4, 0.9, 0.6]), np.zeros(design.matrix.shape[1])
    mode = find_mode(design, np.exp(logs), start)
    for place in range(5):
        step = np.eye(5)[place] * 1e-2
        up, down = (find_mode(design, np.exp(logs + s), mode.shifts) for s in (step, -step))
        assert mode.gradient[place] == pytest.approx(
            (up.objective - down.objective) / 2e-2, abs=1e-2
        )


def test_elimination_equals_a_dense_solution(monkeypatch):
    monkeypatch.setattr(pooling, "SMALL", 0)
    layout, *_ = draw(7, people=12, scenarios=4, each=3)
    design = make_design(layout)
    assert len(design.blocks) == 2
    full = (design.matrix.T @ design.matrix).toarray() + np.diag(
        np.full(design.matrix.shape[1], 0.7)
    )
    factor = factorise(sp.csr_array(full), design.blocks)
    right = np.arange(full.shape[0]) * 0.1
    dense = np.linalg.inv(full)

    assert factor.solve(right) == pytest.approx(dense @ right)
    assert factor.logdet == pytest.approx(np.linalg.slogdet(full)[1])
    assert factor.variances(design.matrix) == pytest.approx(
        np.einsum("ij,jk,ik->i", design.matrix.toarray(), dense, design.matrix.toarray())
    )


def test_a_small_study_has_the_rates_that_elimination_gives(monkeypatch):
    layout, _, country, cell = draw(7, people=12, scenarios=4, each=3)
    assert not make_design(layout).blocks
    whole = fit(layout)
    monkeypatch.setattr(pooling, "SMALL", 0)
    eliminated = fit(layout)

    assert whole.sds == pytest.approx(eliminated.sds, rel=1e-12)
    for one, other in (
        (whole.groups(country, 0.95), eliminated.groups(country, 0.95)),
        (whole.cells(np.arange(len(cell)), 0.95), eliminated.cells(np.arange(len(cell)), 0.95)),
    ):
        for name in ("value", "lower", "upper"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12)


def test_a_rate_averages_over_people():
    layout, *_ = draw(8, people=30, scenarios=8, each=5)
    pool = fit(layout)
    z = np.random.default_rng(0).normal(0, pool.sds["person"], 200_000)

    assert pool._rate(np.array([1.2]))[0] == pytest.approx(special.expit(1.2 + z).mean(), abs=0.002)


def test_what_cannot_be_told_is_left_out_or_refused():
    layout, *_ = draw(9, people=30, scenarios=8, receivers=1, each=5)
    assert set(layout.identifiable().shifts) == {"within", "scenario", "person"}

    same = Layout(np.ones(len(layout.y)), layout.fixed, layout.shifts, 2)
    assert same.undefined() == pooling.ONE_CHOICE
    with pytest.raises(ValueError, match="every answer is the same"):
        fit(same)
    one = {**layout.shifts, "person": np.zeros(len(layout.y), dtype=int)}
    assert Layout(layout.y, layout.fixed, one, 2).undefined() == pooling.TOO_FEW
