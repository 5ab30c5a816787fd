"""Chi-square and Cramer's V against hand and scipy; spreads and directions by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats.contingency import association as outside

from analysis.metrics.behaviour import (
    association,
    direction_share,
    factor_spread,
    two_level_effect,
)


def counts(table):
    return pd.DataFrame(
        [
            {"scenario": "s", "level": name, "culture": c, "preference": p, "unknown": 0}
            for name, (c, p) in table.items()
        ]
    )


def test_by_hand():
    """30 and 10 against 10 and 30: all expected 20, so chi2 = 4 x 100 / 20 = 20 and V = .5."""
    found = association(counts({"x": (30, 10), "y": (10, 30)}), "level")
    assert (found.chi2, found.df, found.cramers_v) == pytest.approx((20, 1, 0.5))
    assert found.p == pytest.approx(stats.chi2.sf(20, 1))


def test_against_scipy():
    rng = np.random.default_rng(2)
    table = {name: tuple(rng.integers(5, 60, 2).tolist()) for name in "abcdef"}
    found = association(counts(table), "level")
    assert found.cramers_v == pytest.approx(
        outside(np.array(list(table.values())), method="cramer")
    )
    assert (found.df, found.n_levels) == (5, 6)


def test_rows_levels_and_labels_may_change_places():
    frame = counts({"x": (5, 7), "y": (9, 2), "z": (4, 4)})
    swapped = frame.rename(columns={"culture": "preference", "preference": "culture"})
    renamed = frame.assign(level=frame["level"].map({"x": "q", "y": "a", "z": "m"}))
    first, second, third = (association(f, "level") for f in (frame, swapped, renamed))
    assert first.chi2 == pytest.approx(second.chi2) == pytest.approx(third.chi2)


def test_what_is_undefined_says_why():
    assert association(counts({"x": (5, 5)}), "level").note == "only one level has valid decisions"
    assert "all valid decisions" in association(counts({"x": (5, 0), "y": (3, 0)}), "level").note
    assert association(counts({"x": (5, 2), "y": (0, 0)}), "level").n_levels == 1


def test_spread_by_hand():
    """.1, .2, .6: mean .3, SD sqrt((4 + 1 + 9) / 3) = 2.16 tenths; gaps 1, 5 and 4 tenths."""
    spread = factor_spread({"b": 0.2, "a": 0.1, "c": 0.6})
    assert spread.sd_pp == pytest.approx(10 * np.sqrt(14 / 3))
    assert spread.mean_abs_diff_pp == pytest.approx(100 / 3)
    assert factor_spread({"a": 0.1}).sd_pp is None


def test_effects_and_directions_by_hand():
    assert two_level_effect([-0.8, 0.6]) == pytest.approx(0.7)
    assert direction_share([1.0, 2.0, -1.0, 0.0]) == 0.5
    assert direction_share([0.0, 0.0]) is None
    assert direction_share([]) is None
    with pytest.raises(ValueError, match="no effect"):
        two_level_effect([])
