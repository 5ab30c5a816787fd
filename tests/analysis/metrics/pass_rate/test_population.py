"""The pass rate of a dataset: by hand, exact at the edges, and right as often as promised."""

from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.metrics.pass_rate import dataset_pass_rate, judge_assisted, rate_after_removal
from analysis.metrics.pass_rate.exact import least, most, share_bounds
from tests.analysis.metrics.pass_rate.populations import population, simulated


def chance(total, passing, sampled, hits):
    """The hypergeometric probability from its definition."""
    if hits > passing or sampled - hits > total - passing:
        return 0.0
    return comb(passing, hits) * comb(total - passing, sampled - hits) / comb(total, sampled)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 30), st.data())
def test_exact_bounds_are_those_of_a_plain_search(total, data):
    sampled = data.draw(st.integers(1, total))
    passed = data.draw(st.integers(0, sampled))
    tail = 0.025
    plausible = [
        passing
        for passing in range(passed, total - sampled + passed + 1)
        if sum(chance(total, passing, sampled, x) for x in range(passed, sampled + 1)) > tail
        and sum(chance(total, passing, sampled, x) for x in range(passed + 1)) > tail
    ]
    assert least(total, sampled, passed, 0.95) == min(plausible)
    assert most(total, sampled, passed, 0.95) == max(plausible)


@pytest.mark.parametrize("passing", [0, 1, 40, 95, 99, 100])
def test_exact_bounds_hold_the_truth_in_at_least_95_percent_of_all_samples(passing):
    held = 0.0
    for hits in range(21):
        lower, upper = share_bounds(100, 20, hits, 0.95)
        if lower <= passing / 100 <= upper:
            held += chance(100, passing, 20, hits)
    assert held >= 0.95


def test_a_census_is_certain():
    assert share_bounds(50, 50, 47, 0.95) == (0.94, 0.94)


def test_none_failing_still_leaves_room():
    # 200 of 4,007 checked, all pass: the most failures that leave such a sample a chance of 2.5 %
    rows = [("all", 1.0 if place < 200 else None) for place in range(4007)]
    found = dataset_pass_rate(population(rows, "stratum human"))
    assert (found.value, found.upper, found.n_population, found.n_sampled) == (1, 1, 4007, 200)
    failing = round((1 - found.lower) * 4007)
    assert chance(4007, 4007 - failing, 200, 200) > 0.025
    assert chance(4007, 4007 - failing - 1, 200, 200) <= 0.025


def test_the_stratified_mean_weighs_strata_by_their_size():
    rows = (
        [("a", 1.0)] * 3 + [("a", 0.0)] + [("a", None)] * 36 + [("b", 1.0)] * 2 + [("b", None)] * 8
    )
    found = dataset_pass_rate(population(rows, "stratum human"))
    assert found.value == pytest.approx(40 / 50 * 3 / 4 + 10 / 50 * 1)
    assert found.definition == "after:none;source:human"


def test_sampling_in_proportion_gives_the_interval_of_the_plain_sample():
    rows = [("a", 1.0)] * 8 + [("a", None)] * 72 + [("b", 1.0)] + [("b", 0.0)] + [("b", None)] * 18
    found = dataset_pass_rate(population(rows, "stratum human"))
    assert (found.lower, found.upper) == share_bounds(100, 10, 9, 0.95)


@pytest.mark.parametrize(
    ("passed", "failed", "effective", "hits"),
    [
        # W^2 (1 - n/N) / n: .081 and .001, more than what the strata's variances say of .86
        ((8, 3), (1, 2), 1 / (0.081 + 0.001 + 1 / 100), (8, 9)),
        # variances 20/81 and 0 beside .6 * .4: more than what the sampling shares alone cost
        ((5, 5), (4, 0), 1 / (0.081 * (20 / 81) / (0.6 * 0.4) + 1 / 100), (6, 6)),
    ],
)
def test_sampling_far_from_proportion_is_worth_a_smaller_sample(passed, failed, effective, hits):
    rows = []
    for stratum, checked, size in (("a", 0, 90), ("b", 1, 10)):
        verdicts = [1.0] * passed[checked] + [0.0] * failed[checked]
        rows += [(stratum, verdict) for verdict in verdicts + [None] * (size - len(verdicts))]
    found = dataset_pass_rate(population(rows, "stratum human"))
    n = int(effective)
    few, many = hits
    assert found.lower == share_bounds(100, n, few, 0.95)[0]
    assert found.upper == share_bounds(100, n, many, 0.95)[1]


def test_a_stratum_without_verdicts_leaves_the_rate_undefined():
    found = dataset_pass_rate(population([("a", 1.0), ("b", None)], "stratum human"))
    assert (found.value, found.lower, found.upper) == (None, None, None)
    assert "'b'" in found.note


def test_judge_assisted_by_hand():
    # judge: 6 of 10 pass; in the sample people and judge differ by +1, 0, 0, 0
    human = [1.0, 1.0, 1.0, 0.0] + [None] * 6
    judge = [0.0, 1.0, 1.0, 0.0] + [1.0] * 4 + [0.0] * 2
    rows = list(zip(["a"] * 10, human, judge, strict=True))
    found = judge_assisted(population(rows, "stratum human judge"))
    assert found.value == pytest.approx(0.6 + 0.25)
    assert found.definition == "after:none;source:judge"
    assert "fewer than 20" in found.note
    # s^2 of 1, 0, 0, 0 and one difference of each kind: sum 1, squares 3, n 6; t with 3 degrees
    spread = np.sqrt((1 - 4 / 10) * ((3 - 1 / 6) / 5) / 4)
    assert found.lower == pytest.approx(max(0.85 - 3.182446 * spread, 0))
    assert found.upper == 1


def test_judge_assisted_with_many_differences_is_the_formula():
    rows = [
        ("a", y, j) for y, j, n in ((1, 1, 60), (1, 0, 15), (0, 1, 5), (0, 0, 20)) for _ in range(n)
    ]
    rows += [("a", None, 1)] * 500 + [("a", None, 0)] * 400
    found = judge_assisted(population(rows, "stratum human judge"))
    assert found.value == pytest.approx(565 / 1000 + 10 / 100)
    variance = (20 - 100 * 0.1**2) / 99
    reach = 1.984217 * np.sqrt((1 - 100 / 1000) * variance / 100)
    assert found.lower == pytest.approx(found.value - reach)
    assert found.upper == pytest.approx(found.value + reach)
    assert found.note == ""


def test_each_stratum_has_its_own_variance_or_that_of_all():
    # 15 differences of 1 and 5 of -1 among 100 of 500 items; none among 10 of 100
    pairs = ((1, 1, 60), (1, 0, 15), (0, 1, 5), (0, 0, 20))
    rows = [("a", y, j) for y, j, n in pairs for _ in range(n)]
    rows += [("a", None, 1)] * 400 + [("b", 1, 1)] * 10 + [("b", None, 0)] * 90
    found = judge_assisted(population(rows, "stratum human judge"))
    own, of_all = (20 - 100 * 0.1**2) / 99, (20 - 110 * (10 / 110) ** 2) / 109
    left = [(5 / 6) ** 2 * (1 - 100 / 500) / 100, (1 / 6) ** 2 * (1 - 10 / 100) / 10]
    reach = 1.982173 * np.sqrt(left[0] * own + left[1] * of_all)  # t with 108 degrees
    assert found.value == pytest.approx((65 + 400 + 10) / 600 + 5 / 6 * 0.1)
    assert found.value - found.lower == pytest.approx(reach, rel=1e-5)


def test_a_judge_who_never_differs_is_not_certain():
    rows = [("a", 1.0, 1.0)] * 20 + [("a", None, 1.0)] * 80
    found = judge_assisted(population(rows, "stratum human judge"))
    assert found.value == 1
    assert found.lower < 0.95


def test_the_judge_must_have_judged_everything():
    found = judge_assisted(population([("a", 1.0, 1.0), ("a", None, None)], "stratum human judge"))
    assert found.value is None
    assert "1 of 2" in found.note


def test_after_removal_the_rate_is_estimated_anew():
    # kept: 80 never flagged (8 checked, 7 pass), 20 flagged and kept (10 checked, 5 pass)
    rows = [("a", 1.0, False, False)] * 7 + [("a", 0.0, False, False)]
    rows += [("a", None, False, False)] * 72
    rows += [("a", 1.0, True, False)] * 5 + [("a", 0.0, True, False)] * 5
    rows += [("a", None, True, False)] * 10
    rows += [("a", 0.0, True, True)] * 30
    found = rate_after_removal(population(rows, "stratum human flagged removed"))
    assert found.value == pytest.approx(0.8 * 7 / 8 + 0.2 * 5 / 10)
    assert (found.n_population, found.n_sampled) == (100, 18)
    assert found.lower < found.value < found.upper
    assert found.definition == "after:removal;source:human"


def test_after_removal_a_verdict_stands_for_its_stratum():
    # stratum a: every second item checked; b: every tenth; all kept, none flagged
    rows = [("a", 1.0, False, False)] * 5 + [("a", None, False, False)] * 5
    rows += [("b", 0.0, False, False)] + [("b", None, False, False)] * 9
    found = rate_after_removal(population(rows, "stratum human flagged removed"))
    assert found.value == pytest.approx(0.5)


def test_nothing_kept_or_a_side_without_checks():
    rows = [("a", 1.0, True, True), ("a", 0.0, True, True)]
    assert (
        "no item was kept"
        in rate_after_removal(population(rows, "stratum human flagged removed")).note
    )
    rows = [("a", 1.0, False, False), ("a", None, True, False)]
    found = rate_after_removal(population(rows, "stratum human flagged removed"))
    assert found.value is None
    assert "'flagged'" in found.note


def test_any_kind_of_missing_and_truth_value():
    for missing in (None, np.nan, pd.NA):
        frame = population([("a", True), ("a", False), ("a", missing)], "stratum human")
        found = dataset_pass_rate(frame)
        assert (found.value, found.n_sampled) == (0.5, 2)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"item": ["a"], "human": [1]}), "stratum"),
        (pd.DataFrame({"item": ["a", "a"], "stratum": 1, "human": [1, 1]}), "more than once"),
        (pd.DataFrame({"item": ["a"], "stratum": 1, "human": [2]}), "1, 0 or missing"),
        (pd.DataFrame({"item": [], "stratum": [], "human": []}), "no items"),
    ],
)
def test_what_is_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        dataset_pass_rate(frame)


DESIGNS = {
    "one stratum, few failures": ((2000,), (100,), (0.98,)),
    "in proportion": ((1000, 400), (100, 40), (0.97, 0.9)),
    "far from proportion": ((1000, 400, 50), (50, 30, 20), (0.95, 0.9, 0.6)),
}


def share_held(rate, studies):
    """In what share of simulated studies the rate's interval holds the truth."""
    hits = []
    for whole in studies:
        found, truth = rate(whole), whole["truth"].mean()
        hits.append(found.lower - 1e-9 <= truth <= found.upper + 1e-9)
    return np.mean(hits)


@pytest.mark.simulations
@pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))
def test_intervals_from_people_hold_the_truth(design):
    studies = (simulated(seed, *design, judge_errs=0) for seed in range(500, 700))
    assert share_held(dataset_pass_rate, studies) >= 0.94


@pytest.mark.simulations
@pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))
@pytest.mark.parametrize("judge_errs", [0.02, 0.15])
def test_intervals_with_a_judges_help_hold_the_truth(design, judge_errs):
    studies = (simulated(seed, *design, judge_errs) for seed in range(500, 700))
    assert share_held(judge_assisted, studies) >= 0.9  # 93 % less two errors of 200 studies
