"""Unreadable answers: counted by reason, filtered, paged, all of them in batches."""

import pytest

from modeling.services.invalid import InvalidAnswers
from pact_site.base.errors import BadInput
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return make_answered(
        make_release(1),
        [{}, invalid("refusal", text="one"), invalid("empty", frame="personal", text="")],
        [{}] * 3,
        [{}, invalid("refusal", text="two", persona_country="NA", persona_demo="older_male")],
    )


def test_reasons_are_counted_with_their_share_of_all_answers(run):
    reasons = InvalidAnswers(run).reasons()
    assert [(r.code, r.n, r.share) for r in reasons] == [("refusal", 2, 2 / 8), ("empty", 1, 1 / 8)]
    assert "declined" in reasons[0].meaning


def test_they_come_in_the_order_of_the_plan_a_slice_at_a_time(run):
    found = InvalidAnswers(run)
    assert len(found) == 3
    assert [row["text"] for row in found[0:10]] == ["one", "", "two"]
    assert [row["text"] for row in found[1:2]] == [""]
    assert found[2]["text"] == "two"
    assert found[3:] == []


def test_filters_narrow_answers_and_the_base_of_shares(run):
    personal = InvalidAnswers(run, {"frame": "personal", "reason": ""})
    assert [row["invalid_reason"] for row in personal[:9]] == ["empty"]
    assert [(r.code, r.share) for r in personal.reasons()] == [("empty", 1.0)]
    namibian = InvalidAnswers(run, {"persona": "NA:older_male"})
    assert [row["text"] for row in namibian[:9]] == ["two"]


def test_the_reason_narrows_the_answers_and_not_the_counts(run):
    found = InvalidAnswers(run, {"reason": "empty"})
    assert len(found) == 1
    assert [reason.code for reason in found.reasons()] == ["refusal", "empty"]


def test_filters_are_offered_where_they_would_choose(run):
    offered = {one.attribute.name: one.choices for one in InvalidAnswers(run).offered()}
    assert offered == {
        "frame": [("norm", "norm"), ("personal", "personal")],
        "persona": [("NA:older_male", "Namibia, older male"), ("no_persona", "no persona")],
    }


def test_batches_hold_all_of_them_in_bounded_parts(run):
    parts = list(InvalidAnswers(run).batches(size=1))
    assert [[row["text"] for row in part] for part in parts] == [["one"], [""], ["two"]]
    assert set(parts[0][0]) == set(InvalidAnswers(run).columns)


def test_a_run_without_answers_has_no_invalid_one():
    found = InvalidAnswers(make_answered(make_release(1)))
    assert (len(found), found.reasons(), found[:5], found.offered()) == (0, [], [], [])


def test_an_unknown_filter_is_refused_with_the_known_ones(run):
    with pytest.raises(BadInput, match="frame, persona, style, order"):
        InvalidAnswers(run, {"weather": "rain"})
