"""Adjusted rates by hand, and where they cannot be told."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.genmod.families import Binomial

from analysis.metrics.regression import HUMAN, HUMAN_COMBINED, MODEL, Factor, regress
from analysis.metrics.regression.margins import NOWHERE
from tests.analysis.metrics.regression.making import make_answers, make_choices

A, B, AB = Factor("a", (("a",),)), Factor("b", (("b",),)), Factor("ab", (("a", "b"),))


def rates(frame, factors, clusters=("participant",), **options):
    tests = regress(frame, "y", factors, name="x", clusters=clusters, **options)
    return {(one.part, one.cell): one for test in tests for one in test.adjusted}


def make_table(counts):
    """One answer a row, each of somebody else, from {(a, b): (culture, answers)}."""
    rows = [
        {"a": a, "b": b, "y": float(i < k), "participant": f"{a}{b}{i}"}
        for (a, b), (k, n) in counts.items()
        for i in range(n)
    ]
    return pd.DataFrame(rows)


def test_with_one_factor_the_rate_is_the_levels_own_with_its_usual_error():
    """Levels of 10 and 40 answers, 4 and 10 of them culture. Where everybody answers once the robust
    variance of a level's rate is p(1 - p) / n, times 50 / 49."""
    found = rates(make_table({("x", "u"): (4, 10), ("y", "u"): (10, 40)}), (A,))
    one = found[("a",), "x"]
    assert one.rate == pytest.approx(0.4, abs=1e-8)
    reach = 2.0095752 * np.sqrt(0.4 * 0.6 / 10 * 50 / 49)  # t with 49 degrees
    assert (one.lower, one.upper) == pytest.approx((0.4 - reach, 0.4 + reach), abs=1e-6)
    assert found[("a",), "y"].rate == pytest.approx(0.25, abs=1e-8)


def test_a_saturated_model_averages_the_cells_over_everybody():
    """Three quarters of the answers are u: the adjusted rate of x is 3/4 of .2 and 1/4 of .6."""
    counts = {("x", "u"): (2, 10), ("x", "v"): (6, 10), ("y", "u"): (25, 50), ("y", "v"): (8, 10)}
    found = rates(make_table(counts), (A, B, AB))
    assert found[("a",), "x"].rate == pytest.approx(0.75 * 0.2 + 0.25 * 0.6, abs=1e-7)
    assert found[("b",), "v"].rate == pytest.approx(20 / 80 * 0.6 + 60 / 80 * 0.8, abs=1e-7)
    assert found[("a", "b"), "x x v"].rate == pytest.approx(0.6, abs=1e-7)


def test_rates_are_those_of_statsmodels_own_predictions():
    frame = make_answers()
    formula = (
        "y ~ C(scenario_country) + C(participant_country) + C(relation)"
        " + C(participant_age) * C(receiver_age) + C(participant_gender) * C(receiver_gender)"
    )
    made = smf.glm(formula, frame, family=Binomial()).fit(tol=1e-12)
    found = rates(frame, HUMAN)
    for column, level in (("participant_country", "India"), ("receiver_age", "older")):
        expected = made.predict(frame.assign(**{column: level})).mean()
        assert found[(column,), level].rate == pytest.approx(expected, abs=1e-6)


def test_a_level_that_no_answer_tells_has_no_rate_but_a_reason():
    """A persona's country says whether there is a persona: nobody tells what the one would be
    without the other; countries among personas can be compared."""
    found = rates(make_choices(), MODEL, clusters=("scenario",))
    assert found[("setting",), "persona"].rate is None
    assert found[("setting",), "persona"].note == NOWHERE
    assert ("persona_country",) in {part for part, _ in found}
    assert (("persona_country",), "") not in found
    personas = (make_choices()["setting"] == "persona").sum()
    assert found[("persona_country",), "India"].n_answers == personas


def test_the_question_moves_its_interactions_along():
    found = rates(make_answers(both_frames=True), HUMAN_COMBINED, ("participant", "scenario"))
    apart = found[("frame",), "norm"].rate - found[("frame",), "personal"].rate
    assert apart == pytest.approx(0.11, abs=0.05)  # half a logit by construction
    assert all(one.lower < one.rate < one.upper for one in found.values())


def test_a_single_cluster_gives_no_interval():
    frame = make_answers().assign(participant="one", scenario="one")
    one = next(iter(rates(frame, HUMAN[1:3]).values()))
    assert (one.lower, one.upper) == (None, None)
    assert one.note.startswith("no interval")
