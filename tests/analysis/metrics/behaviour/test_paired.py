"""Flips by hand, pairs that are matched by name, and what cannot be paired."""

import pandas as pd
import pytest

from analysis.metrics.behaviour import flips, matched
from analysis.metrics.intervals import Settings


def decisions(*rows):
    return pd.DataFrame(rows, columns=["scenario", "cell", "prompt", "decision"])


def pair(scenario, cell, first, second):
    return [(scenario, cell, "no_balance", first), (scenario, cell, "balance", second)]


def table(*pairs):
    rows = decisions(*(row for two in pairs for row in two))
    return matched(rows, "prompt", "no_balance", "balance", ["cell"])


C, P = "culture", "preference"


def test_by_hand():
    """Five pairs: two stay, two turn to preference, one to culture; the allow rate goes from 2/5 to
    3/5. Per scenario the net change is 2 of 3 and -1 of 2."""
    found = flips(
        table(
            pair("a", 1, C, P), pair("a", 2, C, P), pair("a", 3, P, P),
            pair("b", 1, P, C), pair("b", 2, C, C),
        )
    )  # fmt: skip
    assert (found.n_pairs, found.n_scenarios, found.n_unpaired) == (5, 2, 0)
    assert (found.allow_first, found.allow_second) == (0.4, 0.6)
    assert (found.flip_to_preference, found.flip_to_culture, found.unchanged) == (0.4, 0.2, 0.4)
    assert found.allow_diff_pp == pytest.approx(20)
    assert found.p == 1.0  # signs of 2 and -1: sums 1, 3, -3, -1, all at least 1


def test_pairs_are_matched_by_name_and_not_by_position():
    rows = decisions(*pair("a", 1, C, P), *pair("a", 2, P, P), *pair("b", 1, C, C))
    shuffled = rows.sample(frac=1, random_state=3)
    one, two = (
        flips(matched(frame, "prompt", "no_balance", "balance", ["cell"]))
        for frame in (rows, shuffled)
    )
    assert one == two


def test_swapping_the_conditions_turns_the_sign():
    pairs = [pair("a", 1, C, P), pair("a", 2, C, P), pair("b", 1, P, C), pair("c", 1, C, C)]
    there = flips(table(*pairs))
    rows = decisions(*(row for two in pairs for row in two))
    back = flips(matched(rows, "prompt", "balance", "no_balance", ["cell"]))
    assert back.allow_diff_pp == pytest.approx(-there.allow_diff_pp)
    assert (back.lower, back.upper) == pytest.approx((-there.upper, -there.lower))
    assert back.p == there.p


def test_what_has_no_valid_counterpart_is_counted_and_enters_nothing():
    found = flips(table(pair("a", 1, C, P), pair("a", 2, C, ""), [("b", 1, "balance", P)]))
    assert (found.n_pairs, found.n_unpaired) == (1, 2)


def test_the_same_cell_twice_is_refused():
    rows = decisions(*pair("a", 1, C, P), ("a", 1, "balance", C))
    with pytest.raises(ValueError, match="occur twice in one prompt"):
        matched(rows, "prompt", "no_balance", "balance", ["cell"])


def test_no_pairs_at_all():
    found = flips(table([("a", 1, "balance", P)]))
    assert (found.allow_diff_pp, found.p, found.note) == (None, None, "no valid decision")


def test_a_p_value_is_never_smaller_than_the_test_can_give():
    pairs = [pair(f"s{i}", 1, C, P) for i in range(40)]
    found = flips(table(*pairs), Settings(replicates=199))
    assert found.p == pytest.approx(1 / 200)
    assert found.allow_diff_pp == 100
    assert "199 random sign flips" in found.note
