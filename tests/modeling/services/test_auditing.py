"""First tokens against written answers."""

import pytest

from modeling.services.auditing import audit
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


def told(written, choice="culture", **differs):
    """An answer whose choice came from label probabilities."""
    return {"choice": choice, "written": written, "invalid_mass": 0.1} | differs


def test_agreement_is_the_share_of_readable_texts_that_name_the_choice():
    run = make_answered(
        make_release(1),
        [
            told("culture", scenario="a"), told("preference", scenario="a", text="B, after all"),
            told("culture", scenario="b"), told(None, scenario="b"),
            told("culture", choice="tie", scenario="b"), told("culture", scenario="c"),
        ],
    )  # fmt: skip
    found = audit([run])
    assert (found.overall.agreement.n, found.overall.agreement.value) == (4, 3 / 4)
    assert (found.overall.unread, found.overall.ties) == (1, 1)
    assert found.overall.agreement.lower is not None
    assert [row["text"] for row in found.disagreements[:9]] == ["B, after all"]


def test_choices_that_came_from_the_text_itself_prove_nothing():
    run = make_answered(
        make_release(1),
        [told("culture", invalid_mass=None), told("culture", invalid_mass=0.9), invalid()],
    )
    found = audit([run])
    assert found.overall is None
    assert len(found.disagreements) == 0


def test_a_table_for_each_of_model_style_order_and_frame_that_varies():
    release = make_release(1)
    one = make_answered(
        release, [told("culture"), told("preference", frame="personal")], label="baseline:x_y"
    )
    two = make_answered(release, [told("culture")], label="y")
    by = {group.name: rows for group, rows in audit([one, two]).by}
    assert set(by) == {"model", "frame"}
    assert [(row.words, row.agreement.value) for row in by["model"]] == [
        ("baseline:x_y", 0.5),
        ("y", 1.0),
    ]
    assert [(row.words, row.agreement.n) for row in by["frame"]] == [("norm", 2), ("personal", 1)]
