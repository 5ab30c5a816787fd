"""Who agrees with whom, and on what raters differ."""

import pandas as pd
import pytest

from analysis.metrics.agreement import disagreement, pairwise
from tests.analysis.metrics.agreement.tables import yes_no

YES_NO = ["yes", "no"]


def test_every_pair_once_with_what_they_share():
    pairs = pairwise(yes_no(["yy.", "yn.", "y..", "..y"]), YES_NO)
    assert [(p.one, p.two) for p in pairs] == [("r0", "r1"), ("r0", "r2"), ("r1", "r2")]
    first, second, third = pairs
    assert (first.n_items, first.observed) == (2, 0.5)
    # shares 3/4 and 1/4: chance agreement 2 * 3/16
    assert first.ac1 == pytest.approx((0.5 - 0.375) / 0.625)
    assert first.observed_lower <= first.observed <= first.observed_upper
    for pair in (second, third):
        assert (pair.n_items, pair.observed, pair.ac1) == (0, None, None)
        assert "no item in common" in pair.note


def test_a_pair_that_always_agrees_has_an_interval():
    (pair,) = pairwise(yes_no(["yy"] * 5), YES_NO)
    assert pair.observed == 1
    assert 0 < pair.observed_lower < 1
    assert "Wilson" in pair.note


def test_items_by_disagreement():
    frame = pd.concat([yes_no(["yyn", "yyy", "yn.", "y.."], "a"), yes_no(["yyy", "yyy"], "b")])
    rows = disagreement(frame, YES_NO)
    assert [row.item for row in rows] == ["i00002", "i00000", "i00001", "i00003"]
    worst, mixed, _, single = rows
    assert (worst.disagreement, worst.n_pairs, worst.n_ratings) == (1.0, 1, 2)
    # two thirds of the pairs differ under one criterion, none under the other
    assert mixed.disagreement == pytest.approx(1 / 3)
    assert mixed.counts == {"a": {"yes": 2, "no": 1}, "b": {"yes": 3}}
    assert (single.disagreement, single.n_pairs) == (None, 0)


def test_close_labels_disagree_less_with_weights():
    frame = pd.DataFrame(
        [("near", "r", "c", "1"), ("near", "s", "c", "2"), ("far", "r", "c", "1"), ("far", "s", "c", "3")],
        columns=["item", "rater", "criterion", "value"],
    )  # fmt: skip
    rows = disagreement(frame, ["1", "2", "3"], weights="linear")
    assert [(row.item, row.disagreement) for row in rows] == [("far", 1.0), ("near", 0.5)]
    assert [row.disagreement for row in disagreement(frame, ["1", "2", "3"])] == [1.0, 1.0]


def test_items_without_any_rating_are_listed_last():
    rows = disagreement(yes_no(["..", "yn"]), YES_NO)
    assert [row.item for row in rows] == ["i00001", "i00000"]
    assert rows[1].counts == {}
