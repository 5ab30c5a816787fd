"""False removals and misses from checks of both sides."""

import numpy as np
import pytest

from analysis.metrics.pass_rate import kept_rate, removal_errors
from analysis.metrics.pass_rate.exact import share_bounds
from tests.analysis.metrics.pass_rate.populations import population


def sides(flagged, unflagged):
    """Each side: how many passed, failed, were not checked."""
    rows = []
    for flag, counts in ((True, flagged), (False, unflagged)):
        for human, n in zip((1.0, 0.0, None), counts, strict=True):
            rows += [(flag, human)] * n
    return {row.metric: row for row in removal_errors(population(rows, "flagged human"))}


def test_rates_of_either_side():
    found = sides((5, 15, 30), (38, 2, 410))
    wrong, missed, share = found.values()
    assert wrong.value == 5 / 20
    assert (wrong.lower, wrong.upper) == share_bounds(50, 20, 5, 0.95)
    assert (wrong.n_population, wrong.n_sampled) == (50, 20)
    assert missed.value == 2 / 40
    assert (missed.lower, missed.upper) == share_bounds(450, 40, 2, 0.95)
    # unacceptable: 450 * 2/40 unflagged and 50 * 15/20 flagged
    assert share.value == pytest.approx(22.5 / (22.5 + 37.5))
    # each side's bounds at half the error: both hold at once in 95 of 100
    few_missed, many_missed = share_bounds(450, 40, 2, 0.975)
    few_caught, many_caught = share_bounds(50, 20, 15, 0.975)
    lower = 450 * few_missed / (450 * few_missed + 50 * many_caught)
    upper = 450 * many_missed / (450 * many_missed + 50 * few_caught)
    assert (share.lower, share.upper) == pytest.approx((lower, upper))


def kept(rows, level=0.95):
    """flagged, drawn check, any decision, removed."""
    return kept_rate(population(rows, "flagged human decided removed"), level=level)


def test_what_is_kept_after_removal():
    """100 unflagged: 20 checked, 2 of them bad and removed; 1 more found bad by hand. 10 flagged, of
    which 3 are kept after a look."""
    off = [(False, 1.0, 1.0, False)] * 18 + [(False, 0.0, 0.0, True)] * 2
    off += [(False, None, 0.0, True)] + [(False, None, None, False)] * 79
    on = [(True, 1.0, 1.0, False)] * 3 + [(True, None, None, True)] * 7
    found = kept(off + on)
    low, high = share_bounds(100, 20, 2, 0.95)
    assert found.value == pytest.approx(1 - (100 * 2 / 20 - 3) / 100)
    assert (found.lower, found.upper) == pytest.approx((1 - (100 * high - 3) / 100, 1.0))
    assert low * 100 <= 3  # so all that are bad may have been found
    assert (found.n_population, found.n_sampled) == (100, 20)


def test_kept_items_that_somebody_has_seen_one_by_one_are_known():
    found = kept([(False, 1.0, 1.0, False)] * 9 + [(False, 0.0, 0.0, True)])
    assert (found.value, found.lower, found.upper) == (1.0, 1.0, 1.0)


def test_nothing_is_told_of_kept_items_that_nobody_checked():
    assert kept([(False, None, None, False)]).note == "no unflagged item was checked by people"
    assert kept([(True, None, None, True)]).note == "no item was kept"


@pytest.mark.simulations
def test_the_bounds_of_what_is_kept_hold_in_at_least_95_of_100_draws():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(300):
        bad = rng.permutation([1.0] * 52 + [0.0] * 8)
        rows = [
            (False, good, good, good == 0.0) if n < 15 else (False, None, None, False)
            for n, good in enumerate(bad)
        ]
        truth = bad[15:].sum() + bad[:15].sum()
        found = kept(rows)
        held += found.lower - 1e-9 <= truth / found.n_population <= found.upper + 1e-9
    assert held >= 285


def test_no_miss_in_the_sample_does_not_mean_none():
    found = sides((0, 20, 30), (40, 0, 410))
    assert found["miss_rate"].value == 0
    assert found["miss_rate"].upper > 0.05
    assert found["missed_share"].value == 0
    assert found["missed_share"].upper > 0.3


def test_a_side_that_nobody_checked_is_undefined():
    found = sides((5, 5, 0), (0, 0, 30))
    assert found["false_removal_rate"].value == 0.5
    for name in ("miss_rate", "missed_share"):
        assert found[name].value is None
        assert "unflagged" in found[name].note
    assert "exists" in sides((0, 0, 0), (3, 1, 1))["false_removal_rate"].note


def test_without_an_unacceptable_item_there_is_nothing_to_miss():
    found = sides((5, 0, 5), (5, 0, 5))["missed_share"]
    assert (found.value, found.lower) == (None, None)
    assert "unacceptable" in found.note


@pytest.mark.simulations
def test_the_missed_share_holds_the_truth():
    rng = np.random.default_rng(8)
    held = []
    for _ in range(300):
        bad = rng.random(600) < 0.15
        flagged = np.where(bad, rng.random(600) < 0.7, rng.random(600) < 0.1)
        checked = np.zeros(600, bool)
        for side in (flagged, ~flagged):
            checked[rng.choice(np.flatnonzero(side), 40, replace=False)] = True
        human = np.where(checked, 1.0 - bad, np.nan)
        frame = population(list(zip(flagged, human, strict=True)), "flagged human")
        found = removal_errors(frame)[2]
        truth = (bad & ~flagged).sum() / bad.sum()
        held.append(found.lower <= truth <= found.upper)
    assert np.mean(held) >= 0.95
