"""Drop-one deviance against statsmodels' own formulas on the ungathered rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.genmod.families import Binomial

from analysis.metrics.regression import HUMAN, HUMAN_COMBINED, MODEL, Factor, Permutation, regress
from analysis.metrics.regression.result import NOT_TESTABLE
from tests.analysis.metrics.regression.making import make_answers

A, B, AB = Factor("a", (("a",),)), Factor("b", (("b",),)), Factor("ab", (("a", "b"),))


def by_name(tests):
    return {test.factor: test for test in tests}


def formula_deviance(frame, formula):
    return smf.glm(formula, frame, family=Binomial()).fit(tol=1e-12).deviance


TERMS = {
    "scenario_country": ["C(scenario_country)"],
    "participant_country": ["C(participant_country)"],
    "country_relation": ["C(relation)"],
    "participant_x_receiver_demographics": [
        "C(participant_age):C(receiver_age)",
        "C(participant_gender):C(receiver_gender)",
    ],
}
MAIN = [
    "C(participant_age)",
    "C(participant_gender)",
    "C(receiver_age)",
    "C(receiver_gender)",
]


@pytest.mark.parametrize("dropped", sorted(TERMS))
def test_deviance_and_degrees_are_those_of_the_formula_on_single_answers(dropped):
    frame = make_answers()
    every = [term for terms in TERMS.values() for term in terms] + MAIN
    rest = [term for term in every if term not in TERMS[dropped]]
    full, reduced = (formula_deviance(frame, "y ~ " + " + ".join(terms)) for terms in (every, rest))
    found = by_name(regress(frame, "y", HUMAN, name="personal"))[dropped].dropped

    assert found.deviance == pytest.approx(reduced - full, abs=1e-6)
    expected = {"scenario_country": 5, "participant_country": 2, "country_relation": 2}
    assert found.df == expected.get(dropped, 2)  # age pair and gender pair: 1 each
    assert found.p == pytest.approx(stats.chi2.sf(reduced - full, found.df), abs=1e-8)


@pytest.mark.parametrize(
    ("deviance", "p"), [(8.67, 0.0131), (6.50, 0.0388), (0.22, 0.896), (1.29, 0.525)]
)
def test_the_papers_deviances_have_these_p_values(deviance, p):
    """Two degrees of freedom; the third is printed as .898 from the unrounded deviance."""
    assert stats.chi2.sf(deviance, 2) == pytest.approx(p, abs=5e-4)


def test_main_effects_inside_an_interaction_are_not_testable_but_are_tested_without_it():
    tests = by_name(regress(make_answers(), "y", HUMAN, name="personal"))
    for name in ("participant_demographics", "receiver_demographics"):
        test = tests[name]
        assert (test.dropped.df, test.dropped.deviance, test.dropped.p) == (0, None, None)
        assert NOT_TESTABLE in test.note
        assert test.alone.df == 2
        assert 0 <= test.alone.p <= 1


def test_in_the_combined_regression_question_and_country_lie_in_their_interactions():
    answers = make_answers(people=24, per_person=5, both_frames=True)
    tests = by_name(regress(answers, "y", HUMAN_COMBINED, name="combined"))
    assert [tests[name].dropped.df for name in ("question_type", "participant_country")] == [0, 0]
    assert tests["question_x_country"].dropped.df == 2
    assert tests["question_x_relation"].dropped.df == 2
    assert tests["question_type"].alone.df == 1


def test_a_persona_setting_lies_in_the_span_of_the_persona_countries():
    rng = np.random.default_rng(3)
    n = 400
    persona = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "scenario": [f"s{i % 20}" for i in range(n)],
            "scenario_country": [f"land-{i % 5}" for i in range(n)],
            "receiver_age": rng.choice(["younger", "older"], n),
            "receiver_gender": rng.choice(["female", "male"], n),
            "model_family": rng.choice(["one", "two"], n),
            "setting": np.where(persona == 0, "no_persona", "persona"),
            "persona_country": np.array(["", "Brazil", "India"])[persona],
            "persona_demo": np.where(persona == 0, "", rng.choice(["a", "b"], n)),
            "y": rng.integers(0, 2, n).astype(float),
        }
    )
    tests = by_name(regress(frame, "y", MODEL, name="personal", clusters=("scenario",)))
    assert tests["persona_setting"].dropped.df == 0
    assert tests["persona_country"].dropped.df == 1
    assert tests["model_family"].dropped.df == 1


def test_order_and_names_of_rows_change_nothing():
    frame = make_answers()
    shuffled = frame.sample(frac=1, random_state=4).reset_index(drop=True)
    renamed = shuffled.assign(scenario_country="x" + shuffled["scenario_country"])
    first, second = (regress(rows, "y", HUMAN, name="personal") for rows in (frame, renamed))
    for one, two in zip(first, second, strict=True):
        assert one.dropped.df == two.dropped.df
        assert one.dropped.deviance == pytest.approx(two.dropped.deviance, abs=1e-7)
        assert one.wald.p == pytest.approx(two.wald.p, abs=1e-7)


def test_swapping_the_labels_keeps_every_deviance():
    frame = make_answers()
    first, second = (
        regress(rows, "y", HUMAN, name="personal")
        for rows in (frame, frame.assign(y=1 - frame["y"]))
    )
    for one, two in zip(first, second, strict=True):
        assert one.dropped.deviance == pytest.approx(two.dropped.deviance, abs=1e-6)


def test_separation_is_found_and_said():
    frame = make_answers()
    frame.loc[frame["scenario_country"] == "land-2", "y"] = 1.0
    tests = by_name(regress(frame, "y", HUMAN, name="personal"))
    assert tests["scenario_country"].separated == ("scenario_country=land-2",)
    assert "separated" in tests["scenario_country"].note
    assert tests["participant_country"].separated == ()
    assert np.isfinite(tests["scenario_country"].dropped.deviance)


def test_ties_and_missing_answers_are_dropped_and_other_numbers_refused():
    frame = make_answers()
    frame.loc[0, "y"], frame.loc[1, "y"] = 0.5, np.nan
    assert regress(frame, "y", HUMAN, name="x")[0].n_answers == len(frame) - 2
    frame.loc[2, "y"] = 0.7
    with pytest.raises(ValueError, match=r"0 or 1, found 0\.7"):
        regress(frame, "y", HUMAN, name="x")
    with pytest.raises(ValueError, match="lack the columns relation"):
        regress(frame.drop(columns="relation"), "y", HUMAN, name="x")


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_without_variation_nothing_is_tested(y):
    tests = regress(make_answers().assign(y=y), "y", HUMAN, name="personal")
    assert {test.dropped.p for test in tests} == {None}
    assert {test.note for test in tests} == {
        "everybody chose the same: there is nothing to explain"
    }


def test_without_answers_nothing_is_tested():
    tests = regress(make_answers().assign(y=np.nan), "y", HUMAN, name="personal")
    assert {test.note for test in tests} == {"there are no answers"}


def test_a_saturated_interaction_by_hand():
    """Two by two, 10 answers a cell, 2, 5, 5 and 8 of them culture. Without the interaction the
    logits are -a, 0, 0, a: the four cells of the additive model fit exactly, so nothing is gained."""
    counts = {("x", "u"): 2, ("x", "v"): 5, ("y", "u"): 5, ("y", "v"): 8}
    rows = [
        {"a": a, "b": b, "y": float(i < k), "participant": f"{a}{b}{i}"}
        for (a, b), k in counts.items()
        for i in range(10)
    ]
    tests = by_name(
        regress(pd.DataFrame(rows), "y", (A, B, AB), name="x", clusters=("participant",))
    )
    assert tests["ab"].dropped.df == 1
    assert tests["ab"].dropped.deviance == pytest.approx(0, abs=1e-8)
    assert tests["a"].dropped.df == 0
    assert tests["a"].alone.df == 1


def test_permuting_scenarios_over_countries_finds_an_effect_and_no_effect():
    how = Permutation(replicates=59, seed=7)
    strong, none = (
        by_name(
            regress(
                make_answers(country_effect=effect, scenarios=30),
                "y",
                HUMAN[:2],
                name="x",
                permutation=how,
            )
        )["scenario_country"]
        for effect in (2.5, 0.0)
    )
    assert strong.permutation_p == pytest.approx(1 / 60)
    assert none.permutation_p > 0.05


def test_scenarios_of_one_country_alone_carry_no_robust_test():
    """A country with one scenario has scores that sum to zero in it."""
    frame = make_answers(scenarios=6, per_person=5, people=90)
    test = by_name(regress(frame, "y", HUMAN[:2], name="x"))["scenario_country"]
    assert test.wald.p is None
    assert test.wald.note


def test_more_than_two_kinds_of_cluster_are_refused():
    with pytest.raises(ValueError, match="one or two"):
        regress(make_answers(), "y", HUMAN, name="x", clusters=("participant", "scenario", "item"))
