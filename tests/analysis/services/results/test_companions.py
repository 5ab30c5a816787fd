"""What is hidden cannot be worked out from what is shown and the totals."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from analysis.services.results.companions import axes_of, companions, label_columns, named

MINIMUM = 5


def hidden(counts, labels=None, axes=(0,)):
    labels = labels or [(f"g{at:02}",) for at in range(len(counts))]
    small = {at for at, count in enumerate(counts) if 0 < count < MINIMUM}
    return small | companions(labels, counts, axes, MINIMUM)


def test_the_smallest_of_the_others_goes_along():
    assert hidden([4, 20, 9, 11]) == {0, 2}
    assert hidden([9, 20, 11]) == set()


def test_two_tiny_groups_take_a_third_along_if_together_they_are_still_too_few():
    assert hidden([1, 2, 30, 9]) == {0, 1, 3}
    assert hidden([3, 2, 30, 9]) == {0, 1}


def test_groups_of_nobody_protect_nobody():
    assert hidden([4, 0, 20, 9]) == {0, 3}


def test_ties_go_by_name_whatever_the_order():
    names = [("c",), ("a",), ("b",), ("tiny",)]
    assert hidden([9, 9, 9, 1], names) == {1, 3}
    assert hidden([1, 9, 9, 9], names[::-1]) == {0, 2}


def test_a_table_of_two_margins_is_closed_along_both():
    labels = list(itertools.product("ab", "xyz"))
    counts = [4, 10, 12, 20, 21, 22]
    assert hidden(counts, labels, (0, 1)) == {0, 1, 3, 4}


def test_words_name_groups_and_series_are_no_parts_of_a_whole():
    rows = [{"kind": "people", "name": "a", "value": "0.5"}, {"kind": "model", "name": "b"}]
    columns = label_columns(rows)
    assert (columns, axes_of(columns)) == (["kind", "name"], [1])
    assert named(rows, columns) == [("people", "a"), ("model", "b")]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30), st.integers(1, 5))
def test_no_line_ever_hides_one_alone_while_others_could_go_along(counts, wide):
    labels = [(str(at // wide), str(at % wide)) for at in range(len(counts))]
    gone = hidden(counts, labels, (0, 1))
    for axis in (0, 1):
        for fixed in {words[1 - axis] for words in labels}:
            line = [
                at for at, words in enumerate(labels) if words[1 - axis] == fixed and counts[at]
            ]
            mine = [at for at in line if at in gone]
            if mine and len(mine) < len(line):
                assert len(mine) > 1
                assert sum(counts[at] for at in mine) >= MINIMUM
