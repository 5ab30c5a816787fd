"""Option order: the paired difference and its tests, with the published figures."""

import numpy as np
import pytest
from scipy import stats

from analysis.metrics import alignment_table
from analysis.metrics.intervals import Settings
from analysis.metrics.order import mcnemar_p, sign_flip_p, two_proportion_p
from tests.analysis.metrics import twins
from tests.analysis.metrics.small import make_human, make_model
from tests.analysis.metrics.studies import Size, make_study
from tests.analysis.metrics.tables import find, value

WHERE = {"model": "m", "setting": "no_persona"}
ORDERS = ("culture_first", "preference_first")


def ordered(*answers):
    """MODEL from (item, q with culture first, q with culture second)."""
    rows = [(item, "personal", q) for item, *both in answers for q in both]
    return make_model(*rows, sample_index=0).assign(option_order=ORDERS * len(answers))


def table_of(*answers, **options):
    people = make_human(("a", "u", 1.0, 1.0), ("b", "v", 0.0, 1.0))
    return alignment_table(people, ordered(*answers), **{"replicates": 99, **options})


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(86, 85, 0.841), (93, 80, 0.007), (94, 81, 0.005), (77, 78, 0.866), (62, 43, 0.007)],
)
def test_paper_form_gives_the_published_p_values(first, second, p):
    """PACT, appendix F.6: 100 answers an arm, pooled two-proportion z."""
    assert round(two_proportion_p((first, second), (100, 100)), 3) == p


def test_the_paper_form_reaches_the_table():
    answers = [(f"s{i}", float(i < 62), float(i < 43)) for i in range(100)]
    table = table_of(*((chr(200 + i) + name, *q) for i, (name, *q) in enumerate(answers)))
    assert round(value(table, "order_effect_p_z", **WHERE), 3) == 0.007
    assert value(table, "order_effect", **WHERE) == pytest.approx(0.19)
    # 19 discordant pairs, all in one direction.
    assert value(table, "order_effect_p_mcnemar", **WHERE) == pytest.approx(2 * 0.5**19)


def test_no_variation_has_no_z():
    assert np.isnan(two_proportion_p((100, 100), (100, 100)))
    row = find(table_of(("u", 0.9, 0.8)), "order_effect_p_z", **WHERE)
    assert row.value is None
    assert row.note


def test_few_scenarios_are_flipped_in_every_pattern():
    # Sums 3, 2, 1: |±3±2±1| >= 6 only for the two patterns without cancelling.
    p, how = sign_flip_p(np.array([3.0, 2.0, 1.0]), Settings(10))
    assert p == 2 / 8
    assert "8 sign patterns" in how


def test_many_scenarios_are_flipped_at_random_and_p_is_never_zero():
    p, _ = sign_flip_p(np.ones(40), Settings(99))
    assert p == 1 / 100


def test_random_flips_agree_with_the_normal_approximation():
    sums = np.random.default_rng(0).normal(0.25, 1, 60)
    p, _ = sign_flip_p(sums, Settings(20000, seed=3))
    z = sums.sum() / np.sqrt((sums**2).sum())
    assert p == pytest.approx(2 * stats.norm.sf(abs(z)), abs=0.015)


def test_receivers_of_a_scenario_flip_together():
    # Four items, two scenarios: sums .6 and .4; p over 4 patterns, not 16.
    table = table_of(("u1", 0.9, 0.6), ("u2", 0.9, 0.6), ("v1", 0.8, 0.6), ("v2", 0.8, 0.6))
    row = find(table, "order_effect_p", **WHERE)
    assert row.value == 2 / 4
    assert value(table, "order_effect", **WHERE) == pytest.approx(0.25)
    assert row.n_items == 4


def test_mcnemar_needs_one_hard_pair_a_scenario():
    two = find(table_of(("u1", 0.9, 0.1), ("u2", 0.9, 0.1)), "order_effect_p_mcnemar", **WHERE)
    assert two.value is None
    assert "one hard pair a scenario" in two.note
    tie = find(table_of(("u", 0.5, 0.1)), "order_effect_p_mcnemar", **WHERE)
    assert tie.value is None
    assert value(table_of(("u", 0.9, 0.9)), "order_effect_p_mcnemar", **WHERE) == 1.0


def test_mcnemar_counts_discordant_pairs_either_way():
    first, second = np.array([1.0, 1, 1, 0, 1]), np.array([0.0, 0, 0, 1, 1])
    # 3 against 1: 2 * P(X >= 3 of 4) = 2 * 5/16.
    assert mcnemar_p(first, second) == pytest.approx(0.625)


def test_unpaired_answers_are_dropped_and_counted():
    table = table_of(("u", 0.9, 0.1), ("v", float("nan"), 0.4))
    row = find(table, "order_effect", **WHERE)
    assert row.value == pytest.approx(0.8)
    assert (row.n_items, row.n_answers, row.n_dropped) == (1, 2, 1)


def test_one_order_alone_has_no_effect_rows():
    table = alignment_table(
        make_human(("a", "u", 1.0, 1.0)), make_model(("u", "personal", 0.9)), replicates=5
    )
    assert not [row for row in table if row.metric.startswith("order_effect")]


@pytest.mark.parametrize("setting", ["no_persona", "persona"])
def test_the_paired_difference_equals_the_slow_twin(setting):
    human, model = make_study(Size(models=("m",)), seed=2)
    table = alignment_table(human, model, replicates=20)
    rows = twins.rows_of(model[model["setting"] == setting])
    for scale, column in (("probability", "q"), ("hard", "choice")):
        got = value(table, "order_effect", model="m", setting=setting, frame="norm", scale=scale)
        assert got == pytest.approx(twins.order_effect(rows, "norm", column), abs=1e-12)
