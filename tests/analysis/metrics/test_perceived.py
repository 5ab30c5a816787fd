"""Perceived against actual, worked out by hand."""

import numpy as np
import pytest

from analysis.metrics import human_table
from analysis.metrics.perceived import local_rates
from analysis.metrics.study import Study
from tests.analysis.metrics.small import NAN, make_human

# Items x and y are set in Japan; a and b live in Japan, c in India.
ANSWERS = [
    ("a", "x1", 1, 1), ("b", "x1", 0, 1), ("c", "x1", 1, 1),
    ("a", "y1", 1, 0), ("c", "y1", 0, 0),
]  # fmt: skip
COUNTRIES = ["Japan", "Japan", "India", "Japan", "India"]
GUESSES = [0.8, 0.6, 0.9, 0.5, 0.4]


@pytest.fixture
def human():
    return make_human(*ANSWERS, participant_country=COUNTRIES, perceived_share=GUESSES)


def one(estimates, metric, **group):
    (found,) = [
        e
        for e in estimates
        if e.metric == metric and dict(e.group) == group and "weight:answers" in e.definition
    ]
    return found


def test_locals_stand_against_the_other_locals_only(human):
    study = Study(human)

    # x1: a sees b (0), b sees a (1), c sees both (1/2); y1: a has no other local, c sees a (1).
    expected = {("a", "x1"): 0, ("b", "x1"): 1, ("c", "x1"): 0.5, ("a", "y1"): NAN, ("c", "y1"): 1}
    rows = study.human[["participant", "item"]].itertuples(index=False, name=None)
    np.testing.assert_allclose(local_rates(study), [expected[row] for row in rows])


def test_the_rate_is_the_mean_guess_and_the_gap_what_it_is_too_high(human):
    estimates = human_table(human, replicates=50)

    assert one(estimates, "perceived_rate").value == pytest.approx(sum(GUESSES) / 5)
    gaps = [0.8 - 0, 0.6 - 1, 0.9 - 0.5, 0.4 - 1]
    assert one(estimates, "perceived_gap").value == pytest.approx(sum(gaps) / 4)
    indian = one(estimates, "perceived_gap", participant_country="India")
    assert indian.value == pytest.approx((0.4 - 0.6) / 2)


def test_the_order_of_rows_changes_nothing(human):
    shuffled = human.sample(frac=1, random_state=3)

    same = [one(human_table(h, replicates=50), "perceived_gap").value for h in (human, shuffled)]
    assert same[0] == pytest.approx(same[1])


def test_without_the_question_there_are_no_rows(human):
    for frame in (human.drop(columns="perceived_share"), human.assign(perceived_share=NAN)):
        assert not any("perceived" in e.metric for e in human_table(frame, replicates=20))
