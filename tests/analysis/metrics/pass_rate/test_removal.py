"""False removals and misses from checks of both sides."""

import numpy as np
import pytest

from analysis.metrics.pass_rate import removal_errors
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
    assert share.lower < share.value < share.upper


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
