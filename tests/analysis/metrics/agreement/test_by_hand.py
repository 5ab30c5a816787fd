"""Numbers derived on paper, what is undefined and why, and intervals at the edges."""

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.agreement import COEFFICIENTS, POOLED, Estimate, summarise
from analysis.metrics.agreement.labels import Labels
from tests.analysis.metrics.agreement.tables import by_name, from_rows, yes_no

YES_NO = ["yes", "no"]


def golden():
    """Nine double-rated items, three criteria; one rater says no once (paper, appendix A.4)."""
    parts = [yes_no(["yy"] * 9, "clear"), yes_no(["yy"] * 9, "distinct")]
    return pd.concat([*parts, yes_no(["yy"] * 8 + ["yn"], "plausible")])


def test_the_papers_figures():
    found = by_name(summarise(golden(), YES_NO), POOLED)
    assert found["percent"].value == pytest.approx(26 / 27)
    assert found["pabak"].value == pytest.approx(2 * 26 / 27 - 1)
    # shares 53/54 and 1/54: chance agreement 2 * 53/54 * 1/54
    chance = 2 * 53 / 54 * 1 / 54
    assert found["ac1"].value == pytest.approx((26 / 27 - chance) / (1 - chance))
    assert found["positive"].value == pytest.approx(52 / 53)
    rounded = {
        name: round(found[name].value, 3) for name in ("percent", "pabak", "ac1", "positive")
    }
    assert rounded == {"percent": 0.963, "pabak": 0.926, "ac1": 0.962, "positive": 0.981}
    assert found["cohen"].value == 0  # one rater always says yes, so chance agreement is 26/27, too
    assert found["negative"].value == 0
    # Fleiss: chance (53^2 + 1) / 54^2, which is more than was observed
    fleiss = (53**2 + 1) / 54**2
    assert found["fleiss"].value == pytest.approx((26 / 27 - fleiss) / (1 - fleiss))
    assert found["prevalence_index"].value == pytest.approx(26 / 27)
    assert found["bias_index"].value == pytest.approx(1 / 27)
    row = found["percent"]
    assert (row.n_items, row.n_pairs, row.n_raters, row.n_dropped) == (9, 27, 2, 0)


def test_pooled_errors_count_items_not_their_criteria():
    # one of 9 items has a third of a disagreement: sqrt(9/8 * (8 (1/27*3)^2 + (3*26/27-2)^2))/27
    found = by_name(summarise(golden(), YES_NO), POOLED)
    sums = [3 * (1 - 26 / 27)] * 8 + [2 - 3 * 26 / 27]
    by_hand = np.sqrt(9 / 8 * sum(moved**2 for moved in sums)) / 27
    assert found["percent"].se == pytest.approx(by_hand)
    # the jackknife of a mean over equal clusters is the same number
    assert found["percent"].jackknife.se == pytest.approx(by_hand)


def test_criteria_that_repeat_each_other_teach_nothing():
    one = yes_no(["yy", "yn", "nn", "yy", "ny", "yy"], "a")
    copied = pd.concat([one.assign(criterion=name) for name in "abc"])
    found = summarise(copied, YES_NO)
    for name in ("percent", "ac1", "alpha", "positive"):
        single, pooled = by_name(found, "a")[name], by_name(found, POOLED)[name]
        assert pooled.se == pytest.approx(single.se), name
        if name != "alpha":  # its small-sample term counts ratings
            assert pooled.value == pytest.approx(single.value)


def test_three_raters():
    # units yyy, yyn, ynn: pairs that agree 3, 1, 1 of 3 each; yes 6 of 9
    found = by_name(summarise(yes_no(["yyy", "yyn", "ynn"]), YES_NO))
    assert found["percent"].value == pytest.approx(5 / 9)
    assert found["pabak"].value == pytest.approx(1 / 9)
    assert found["ac1"].value == pytest.approx((5 / 9 - 4 / 9) / (5 / 9))
    assert found["fleiss"].value == pytest.approx(0)
    # positive: ordered pairs yes-yes 6 + 2 + 0 of yes 6 + 4 + 2; negative 0 + 0 + 2 of 0 + 2 + 4
    assert found["positive"].value == pytest.approx(8 / 12)
    assert found["negative"].value == pytest.approx(2 / 6)
    assert found["prevalence_index"].value == pytest.approx(6 / 9 - 3 / 9)
    # yes of the raters: 3, 2, 1 of 3; pairs differ by 1, 2, 1 of 3 each
    assert found["bias_index"].value == pytest.approx(4 / 9)
    # alpha: 8 degrees, half of 4 + 4 ordered pairs differ, of 2 times 6 times 3 expected
    assert found["alpha"].value == pytest.approx(1 - 8 * 4 / 36)


def test_the_label_set_is_fixed_even_if_only_one_label_occurs():
    found = by_name(summarise(yes_no(["yy", "yy", "yy"]), YES_NO))
    assert (found["percent"].value, found["pabak"].value, found["ac1"].value) == (1, 1, 1)
    assert by_name(summarise(yes_no(["yy", "yn"]), [*YES_NO, "unsure"]))["pabak"].value == (
        pytest.approx((0.5 - 1 / 3) / (2 / 3))
    )


@pytest.mark.parametrize("alone", [0, 40])
def test_two_raters_who_never_agree(alone):
    """One says yes and the other no, always: kappa's chance agreement is 0, whoever rates alone."""
    kappa = by_name(summarise(yes_no(["yn"] * 10 + ["y."] * alone), YES_NO))["cohen"]
    assert (kappa.value, kappa.lower) == (0, 0)
    assert kappa.upper == pytest.approx(3.841459 / (10 + 3.841459), abs=1e-6)  # Wilson
    assert "Wilson" in kappa.note


def test_unanimous_data():
    found = by_name(summarise(yes_no(["yy"] * 9), YES_NO))
    lowest = 9 / (9 + 1.959964**2)  # Wilson
    for name, lower in (("percent", lowest), ("pabak", 2 * lowest - 1)):
        assert (found[name].value, found[name].se, found[name].upper) == (1, None, 1)
        assert found[name].lower == pytest.approx(lower, abs=1e-6)
        assert "Wilson" in found[name].note
    # AC1 if a share d of the pairs disagreed, so that d / 2 of the ratings were no
    no = (1 - lowest) / 2
    chance = 2 * no * (1 - no)
    assert found["ac1"].lower == pytest.approx((lowest - chance) / (1 - chance), abs=1e-6)
    for name in ("cohen", "fleiss", "alpha"):
        assert found[name].value is None
        assert "every rating is 'yes'" in found[name].note
        assert (found[name].lower, found[name].upper) == (None, None)
    assert found["positive"].lower == pytest.approx(2 * lowest / (1 + lowest), abs=1e-6)
    assert found["negative"].value is None
    assert "'no'" in found["negative"].note
    assert found["prevalence_index"].lower < found["prevalence_index"].upper == 1
    assert 0 == found["bias_index"].lower < found["bias_index"].upper


def test_more_unanimous_items_narrow_the_interval():
    wide = by_name(summarise(yes_no(["yy"] * 9), YES_NO))["ac1"].lower
    narrow = by_name(summarise(yes_no(["yy"] * 90), YES_NO))["ac1"].lower
    assert wide < narrow < 1
    # an item's criteria are one item
    copied = pd.concat([yes_no(["yy"] * 9, name) for name in "abcdefghij"])
    assert by_name(summarise(copied, YES_NO), POOLED)["ac1"].lower == pytest.approx(wide)


def test_perfect_agreement_with_both_labels():
    found = by_name(summarise(yes_no(["yy"] * 6 + ["nn"] * 6), YES_NO))
    for name in ("percent", "pabak", "ac1", "cohen", "fleiss", "alpha", "positive", "negative"):
        row = found[name]
        assert row.value == pytest.approx(1)
        assert 0 < row.lower < 1 == row.upper, name


def test_no_agreement_at_all():
    found = by_name(summarise(yes_no(["yn"] * 10), YES_NO))
    assert (found["percent"].value, found["percent"].lower) == (0, 0)
    assert found["percent"].upper == pytest.approx(1 - 10 / (10 + 1.959964**2), abs=1e-6)
    assert found["pabak"].value == -1
    assert found["cohen"].value == pytest.approx(0)  # their label shares allow no agreement


def test_two_labels_are_named_by_what_they_say():
    assert Labels(("no", "yes")).positive == 1
    assert Labels(("0", "1")).positive == 1
    assert Labels(("True", "False")).positive == 0
    assert Labels(("culture", "preference")).positive == 0


def test_weights():
    assert Labels(("1", "2", "5"), "linear").matrix[0].tolist() == pytest.approx([1, 3 / 4, 0])
    assert Labels(("1", "2", "5"), "quadratic").matrix[0].tolist() == pytest.approx([1, 15 / 16, 0])
    assert Labels(("lo", "mid", "hi"), "linear").matrix[0].tolist() == pytest.approx([1, 0.5, 0])
    # pairs that can be formed of 2, 3, 4 neighbours: 1, 3, 6
    assert Labels(tuple("abcd"), "ordinal").matrix[0].tolist() == pytest.approx(
        [1, 5 / 6, 3 / 6, 0]
    )


def test_what_only_two_labels_have_is_undefined_for_three():
    found = by_name(summarise(from_rows(["ab", "bb", "cc"]), "abc"))
    for name in ("positive", "negative", "prevalence_index", "bias_index"):
        assert found[name].value is None
        assert "two labels" in found[name].note


def test_one_known_label_is_not_enough():
    found = by_name(summarise(yes_no(["yy", "yy"]), ["yes"]))
    assert found["percent"].value == 1
    for name in ("pabak", "ac1"):
        assert found[name].value is None
        assert "name all labels" in found[name].note


def test_nothing_to_compare():
    frame = yes_no(["y.", ".n", "y."])
    for rule in ("include", "exclude"):
        for row in summarise(frame, YES_NO, single_rated=rule):
            if row.coefficient == "prevalence_index" and rule == "include":
                assert row.value == pytest.approx(1 / 3)
            else:
                assert (row.value, row.lower) == (None, None)
                assert "two ratings" in row.note
    assert all(row.note for row in summarise(yes_no(["..", ".."]), YES_NO))


def test_one_item_has_no_interval():
    row = by_name(summarise(yes_no(["yyn"]), YES_NO))["percent"]
    assert row.value == pytest.approx(1 / 3)
    assert (row.se, row.lower) == (None, None)
    assert "fewer than two items" in row.note


def test_an_empty_frame():
    frame = pd.DataFrame(columns=["item", "rater", "criterion", "value"])
    found = summarise(frame, YES_NO)
    assert [row.coefficient for row in found] == list(COEFFICIENTS)
    assert {row.criterion for row in found} == {POOLED}
    assert all(row.value is None and row.note for row in found)


def test_the_rule_for_single_ratings_is_named_with_the_other_figure():
    frame = yes_no(["yy", "yn", "nn", "y.", "y."])
    included = by_name(summarise(frame, YES_NO))["ac1"]
    excluded = by_name(summarise(frame, YES_NO, single_rated="exclude"))["ac1"]
    # yes shares 1, 1/2, 0, 1, 1: mean .7, or .5 without the last two
    assert included.value == pytest.approx((2 / 3 - 0.42) / 0.58)
    assert excluded.value == pytest.approx((2 / 3 - 0.5) / 0.5)
    assert included.other_rule == excluded.value
    assert excluded.other_rule == included.value
    assert f"{excluded.value:.4f}" in included.note
    assert f"{included.value:.4f}" in excluded.note
    assert (included.n_items, included.n_dropped) == (5, 0)
    assert (excluded.n_items, excluded.n_dropped) == (3, 2)


def test_without_single_ratings_nothing_is_said_of_them():
    row = by_name(summarise(yes_no(["yy", "yn"]), YES_NO))["ac1"]
    assert row.other_rule == row.value
    assert row.note == ""


def test_an_undefined_estimate_needs_a_reason_and_no_number_is_nan():
    with pytest.raises(ValueError, match="reason"):
        Estimate("c", "ac1", None)
    with pytest.raises(ValueError, match="None"):
        Estimate("c", "ac1", float("nan"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"single_rated": "maybe"}, "include or exclude"),
        ({"level": 1.0}, "between 0 and 1"),
        ({"replicates": 10}, "generator"),
        ({"weights": "cubic"}, "identity, linear"),
        ({"labels": ["yes", "yes"]}, "twice"),
        ({"labels": []}, "at least one"),
        ({"labels": ["yes"]}, "unknown label 'no'"),
    ],
)
def test_what_is_refused(change, message):
    options = {"labels": YES_NO} | change
    with pytest.raises(ValueError, match=message):
        summarise(yes_no(["yn"]), **options)


def test_missing_columns_are_named():
    with pytest.raises(ValueError, match="rater"):
        summarise(yes_no(["yn"]).drop(columns="rater"), YES_NO)


def test_the_bootstrap_is_seeded_and_close_to_the_error_of_a_mean():
    rows = ["yy"] * 60 + ["yn"] * 30 + ["nn"] * 30
    once, again = (
        by_name(
            summarise(yes_no(rows), YES_NO, generator=np.random.default_rng(5), replicates=4000)
        )
        for _ in range(2)
    )
    assert once == again
    for name, row in once.items():
        assert row.bootstrap.se == pytest.approx(row.se, rel=0.06), name
        assert row.bootstrap.lower == pytest.approx(row.lower, abs=0.04)
    assert by_name(summarise(yes_no(rows), YES_NO))["ac1"].bootstrap is None


def test_the_jackknife_leaves_out_one_item_at_a_time():
    rows = ["yyn", "yyy", "ny.", "nnn", "y.y", "ynn"]
    found = by_name(summarise(yes_no(rows), YES_NO))
    for name in ("ac1", "fleiss", "alpha", "positive"):
        without = [
            by_name(summarise(yes_no(rows[:i] + rows[i + 1 :]), YES_NO))[name].value
            for i in range(len(rows))
        ]
        shifts = np.array(without) - found[name].value
        assert found[name].jackknife.se == pytest.approx(np.sqrt(5 / 6 * shifts @ shifts)), name
