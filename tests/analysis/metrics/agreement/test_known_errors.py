"""Errors seen in other tools' agreement figures; each has a test that ours does not make it."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.agreement import POOLED, disagreement, pairwise, summarise
from tests.analysis.metrics.agreement.tables import by_name, yes_no

YES_NO = ["yes", "no"]


def test_items_need_not_be_rated_by_everyone():
    """Two random raters of four: no item has all four, yet there is agreement to measure."""
    pairs = list(combinations(range(4), 2))
    rows = []
    for place, (one, two) in enumerate(pairs * 2):
        row = ["."] * 4
        row[one], row[two] = "y", "n" if place == 0 else "y"
        rows.append("".join(row))
    found = by_name(summarise(yes_no(rows), YES_NO))
    assert found["percent"].value == pytest.approx(11 / 12)
    assert (found["fleiss"].n_items, found["fleiss"].n_raters) == (12, 4)
    assert found["fleiss"].value == pytest.approx(
        (11 / 12 - chance(23 / 24)) / (1 - chance(23 / 24))
    )


def chance(p):
    return p**2 + (1 - p) ** 2


def test_an_item_with_one_rating_is_not_perfect_agreement():
    with_single = yes_no(["yn", "yy", "y.", "n.", "y."])
    found = by_name(summarise(with_single, YES_NO))
    assert found["percent"].value == 0.5
    ranked = {row.item: row.disagreement for row in disagreement(with_single, YES_NO)}
    assert ranked["i00002"] is None


def test_rows_are_matched_by_item_not_by_position():
    """The second rater's rows come in another order and one of them is missing."""
    one = [("a", "yes"), ("b", "no"), ("c", "yes"), ("d", "no")]
    two = [("d", "no"), ("c", "yes"), ("a", "yes")]
    rows = [(item, rater, "c", v) for rater, vs in (("r", one), ("s", two)) for item, v in vs]
    frame = pd.DataFrame(rows, columns=["item", "rater", "criterion", "value"])
    assert by_name(summarise(frame, YES_NO))["percent"].value == 1
    assert pairwise(frame, YES_NO)[0].n_items == 3


def test_pooled_is_not_the_mean_of_each_items_coefficient():
    """Coefficients of single items collapse to 2p - 1; over all items chance is known."""
    rows = ["yy"] * 17 + ["yn"] * 2 + ["nn"]
    found = by_name(summarise(yes_no(rows), YES_NO))
    p = 18 / 20
    assert found["percent"].value == pytest.approx(p)
    assert found["fleiss"].value != pytest.approx(2 * p - 1)
    assert found["ac1"].value != pytest.approx(2 * p - 1)
    share = 36 / 40
    assert found["fleiss"].value == pytest.approx((p - chance(share)) / (1 - chance(share)))


def test_pooled_is_not_the_mean_of_the_criteria():
    frame = pd.concat([yes_no(["yy"] * 9 + ["yn"], "a"), yes_no(["nn"] * 9 + ["yn"], "b")])
    estimates = summarise(frame, YES_NO)
    mean = np.mean([by_name(estimates, name)["fleiss"].value for name in "ab"])
    assert mean < 0  # each alone is all but unanimous
    assert by_name(estimates, POOLED)["fleiss"].value == pytest.approx(0.8)


def test_two_items_with_the_same_text_stay_two():
    """Items are told apart by their id; equal answers are not merged either."""
    found = by_name(summarise(yes_no(["yn"] * 3 + ["yy"] * 7), YES_NO))
    assert found["percent"].n_items == 10
    assert found["percent"].value == pytest.approx(0.7)


def test_a_unanimous_criterion_is_neither_nan_nor_certain():
    for row in summarise(yes_no(["yy"] * 5), YES_NO):
        numbers = [row.value, row.se, row.lower, row.upper]
        assert all(number is None or np.isfinite(number) for number in numbers)
        assert row.value is None or row.lower != row.upper
        assert row.note


def test_a_rater_who_is_gone_still_counts():
    """The functions see ratings alone: whose account still exists is not asked."""
    frame = yes_no(["yyn", "yyn", "nnn"])
    assert by_name(summarise(frame, YES_NO))["percent"].n_raters == 3
    assert by_name(summarise(frame, YES_NO))["percent"].value == pytest.approx(5 / 9)


def test_the_same_rating_twice_is_refused_not_counted_or_toggled():
    frame = yes_no(["yy", "yn"])
    with pytest.raises(ValueError, match="more than once"):
        summarise(pd.concat([frame, frame.head(1)]), YES_NO)


def test_one_rater_under_two_criteria_is_no_repetition():
    frame = pd.concat([yes_no(["yn"], "a"), yes_no(["yy"], "b")])
    assert by_name(summarise(frame, YES_NO), POOLED)["percent"].n_pairs == 2


def test_missing_values_of_any_kind_are_no_ratings():
    frame = yes_no(["yn", "y."])
    for missing in (None, np.nan, pd.NA, ""):
        holed = frame.assign(value=frame["value"].astype(object).replace("", missing))
        assert by_name(summarise(holed, YES_NO))["percent"].n_pairs == 1
