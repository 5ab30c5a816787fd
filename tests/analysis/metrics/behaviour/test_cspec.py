"""C-SPEC by hand and where it is undefined."""

import pandas as pd
import pytest

from analysis.metrics.behaviour import c_spec


def table(rows, names="ab"):
    return pd.DataFrame(rows, index=list(names), columns=list(names))


def test_by_hand():
    """Columns (8, 4) and (3, 2) become (1, .5) and (1, .667): the diagonal's mean is .8333."""
    found = c_spec(table([[8, 3], [4, 2]]))
    assert found.by_culture == pytest.approx({"a": 1.0, "b": 2 / 3})
    assert found.value == pytest.approx(5 / 6)


def test_the_best_is_one_and_scale_and_order_do_not_matter():
    scores = table([[9, 1, 0], [2, 8, 1], [3, 3, 5]], "abc")
    assert c_spec(scores).value == 1
    assert c_spec(scores * 7) == c_spec(scores)
    assert c_spec(scores.loc[list("cab"), list("bca")]).value == c_spec(scores).value


def test_a_culture_on_which_nobody_scores_is_named():
    found = c_spec(table([[0, 3], [0, 2]]))
    assert (found.value, found.by_culture["a"]) == (None, None)
    assert found.note == "no model scores on a"


def test_what_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match="same cultures"):
        c_spec(pd.DataFrame([[1, 2]], index=["a"], columns=["a", "b"]))
    with pytest.raises(ValueError, match="numbers from 0"):
        c_spec(table([[-1, 2], [1, 1]]))
    with pytest.raises(ValueError, match="numbers from 0"):
        c_spec(table([[None, 2], [1, 1]]).astype(float))
