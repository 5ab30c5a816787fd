"""Benjamini and Hochberg by hand, and which rows make a family."""

import pytest

from analysis.metrics.regression import Dropped, FactorTest, adjust


def make_test(regression, factor, p):
    note = "not testable here" if p is None else ""
    return FactorTest(regression, factor, Dropped(None if p is None else 1.0, 1, p), 10, note=note)


def test_by_hand():
    """.01, .02, .03, .9 of four: times 4/1, 4/2, 4/3, 1, then never above a later one."""
    tests = [
        make_test("personal", name, p)
        for name, p in zip("dbca", (0.9, 0.02, 0.03, 0.01), strict=True)
    ]
    assert [test.p_bh for test in adjust(tests)] == pytest.approx([0.9, 0.04, 0.04, 0.04])


def test_a_family_is_one_regressions_testable_rows():
    tests = [
        make_test("personal", "a", 0.01),
        make_test("personal", "b", None),
        make_test("norm", "a", 0.04),
    ]
    assert [test.p_bh for test in adjust(tests)] == [0.01, None, 0.04]


def test_all_rows_count_the_untestable_as_one():
    tests = [
        make_test("personal", "a", 0.01),
        make_test("personal", "b", None),
        make_test("norm", "a", 0.04),
    ]
    assert [test.p_bh for test in adjust(tests, "all")] == pytest.approx([0.03, 1.0, 0.06])


def test_another_family_is_refused():
    with pytest.raises(ValueError, match="regression, all"):
        adjust([], "everything")


def test_nothing_to_adjust():
    assert adjust([make_test("personal", "a", None)])[0].p_bh is None
