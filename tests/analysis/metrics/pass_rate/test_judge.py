"""The judge beside people on identical items, beside itself, and verdicts by majority."""

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.agreement import POOLED, summarise
from analysis.metrics.pass_rate import beside_people, flip_rate, majority_verdicts
from tests.analysis.metrics.agreement.tables import by_name, yes_no

YES_NO = ["yes", "no"]


def compared(people, judge, **options):
    rows = beside_people(yes_no(people), yes_no(judge), YES_NO, **options)
    return by_name(rows, POOLED)


def test_by_hand():
    # people agree on 2 of 3 items; with the judge: 1, 1/2, 0 of the pairs
    found = compared(["yy", "yn", "nn"], ["y", "y", "y"])
    row = found["percent"]
    assert row.human_human == pytest.approx(2 / 3)
    assert row.human_judge == pytest.approx((1 + 0.5 + 0) / 3)
    assert row.difference == pytest.approx(-1 / 6)
    assert row.difference_bounds.lower < -1 / 6 < row.difference_bounds.upper
    # shares of yes: people 1, 1/2, 0; with the judge (1 + 1) / 2, 3/4, 1/2
    ac1 = found["ac1"]
    assert ac1.human_human == pytest.approx((2 / 3 - 0.5) / 0.5)
    p = 0.75
    chance = 2 * p * (1 - p)
    assert ac1.human_judge == pytest.approx((0.5 - chance) / (1 - chance))
    assert (row.n_items, row.n_units, row.n_dropped) == (3, 3, 0)


def test_people_among_themselves_are_summarised_as_always():
    people = ["yyn", "yyy", "nn.", "yn.", "nnn", "yyn"]
    found = compared(people, ["y"] * 6)
    always = by_name(summarise(yes_no(people), YES_NO))
    for name in ("percent", "pabak", "ac1", "fleiss"):
        assert found[name].human_human == pytest.approx(always[name].value)
        assert found[name].human_human_bounds.se == pytest.approx(always[name].se)


def test_a_judge_who_repeats_one_of_two_people():
    people = ["yy", "yn", "ny", "nn", "yn"]
    found = compared(people, [row[0] for row in people])
    # half of the pairs are with oneself; the other half are the people's own
    assert found["percent"].human_judge == pytest.approx((1 + 2 / 5) / 2)


def test_only_identical_items_count():
    found = compared(["yy", "yn", "y.", "nn"], ["y", "y", "n", "."])
    row = found["percent"]
    assert (row.n_items, row.n_dropped) == (2, 2)
    assert row.human_human == 0.5


def test_nothing_in_common_is_said():
    for row in beside_people(yes_no(["y.", "n."]), yes_no(["y", "n"]), YES_NO):
        assert (row.human_human, row.human_judge, row.difference) == (None, None, None)
        assert "two people" in row.note


def test_unanimous_people_have_an_interval_and_kappa_a_reason():
    found = compared(["yy"] * 6, ["y"] * 6)
    assert found["percent"].human_judge == 1
    assert 0 < found["percent"].human_judge_bounds.lower < 1
    assert found["fleiss"].human_human is None
    assert "chance agreement is 1" in found["fleiss"].note


def test_a_judge_who_rated_an_item_twice_is_refused():
    twice = pd.concat([yes_no(["y"]), yes_no(["n"])])
    with pytest.raises(ValueError, match="more than once"):
        beside_people(yes_no(["yy"]), twice, YES_NO)


def test_a_person_may_be_called_judge():
    people = yes_no(["yy", "yn"]).replace({"rater": {"r0": "judge"}})
    assert beside_people(people, yes_no(["y", "y"]), YES_NO)[0].human_human == 0.5


def test_weights_give_partial_credit():
    people = yes_no(["yy", "yn"]).replace({"value": {"yes": "1", "no": "2"}})
    judge = yes_no(["y", "n"]).replace({"value": {"yes": "1", "no": "3"}})
    found = by_name(beside_people(people, judge, ["1", "2", "3"], weights="linear"), POOLED)
    # second item: the judge says 3 beside 1 and 2
    assert found["percent"].human_judge == pytest.approx((1 + (0 + 0.5) / 2) / 2)
    assert "ac2" in found


def test_flips_between_repeats():
    found = {row.criterion: row for row in flip_rate(yes_no(["yyy", "yyn", "nnn", "y.."]), YES_NO)}
    row = found["c"]
    # pairs of repeats that differ: 0, 2/3, 0; one repeat alone cannot flip
    assert row.value == pytest.approx(2 / 9)
    assert row.coefficient == "flip_rate"
    assert (row.n_items, row.n_dropped) == (3, 1)
    assert row.lower == 0 < row.value < row.upper
    assert row.jackknife.lower < row.value < row.jackknife.upper


def test_a_judge_that_never_flips_is_not_certain():
    row = flip_rate(yes_no(["yy"] * 20), YES_NO)[0]
    assert (row.value, row.lower) == (0, 0)
    assert row.upper == pytest.approx(1.96**2 / (20 + 1.96**2), abs=1e-4)


def test_verdicts_by_majority_and_every_criterion():
    clear = yes_no(["yyn", "ynn", "yn.", "yyy", "..."], "clear")
    plausible = yes_no(["yyy", "yyy", "yyy", "nnn", "..."], "plausible")
    found = majority_verdicts(pd.concat([clear, plausible]), YES_NO)
    assert found["human"].tolist()[:4] == [1, 0, 0, 0]
    assert np.isnan(found["human"].iloc[4])
    assert found["n_raters"].tolist() == [3, 3, 3, 3, 0]
    assert set(found["rule"]) == {"criteria:all;label:majority;ties:fail"}


@pytest.mark.parametrize(("ties", "verdict"), [("fail", 0.0), ("pass", 1.0), ("drop", None)])
def test_even_splits(ties, verdict):
    frame = pd.concat([yes_no(["yn", "yn"], "a"), yes_no(["yy", "nn"], "b")])
    even, failed = majority_verdicts(frame, YES_NO, ties=ties)["human"].tolist()
    assert np.isnan(even) if verdict is None else even == verdict
    assert failed == 0  # the other criterion fails it whatever the rule


def test_verdicts_refuse_other_label_sets_and_rules():
    with pytest.raises(ValueError, match="two labels"):
        majority_verdicts(yes_no(["y"]), ["yes", "no", "unsure"])
    with pytest.raises(ValueError, match="ties"):
        majority_verdicts(yes_no(["y"]), YES_NO, ties="half")
