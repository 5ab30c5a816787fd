"""Whose answers are rows, and what a row says."""

import random

import pytest

from analysis.frames.columns import HUMAN
from analysis.frames.flow import dropped_answers, participant_flow
from analysis.frames.human import human_frame
from analysis.frames.subjects import resolve_cohort
from pact_site.base.errors import BadInput
from survey.models import Answer, Exclusion, Participant
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return cast.make_study(per_country=2)


def test_a_row_per_answer_with_the_declared_columns(study):
    frame = human_frame("etiquette")
    assert list(frame.columns) == [column.name for column in HUMAN]
    assert len(frame) == Answer.objects.count() == 6 * 6
    row = frame.iloc[0]
    answer = Answer.objects.order_by("assignment__participant_id", "assignment__position").first()
    assert row["participant"] == answer.assignment.participant.pseudonym
    assert row["personal"] == (answer.personal == "culture")
    assert row["importance_norm"] == answer.importance_norm


def test_namibia_is_a_country_and_not_a_missing_value(study):
    frame = human_frame("etiquette")
    assert set(frame["participant_country"]) == {"Brazil", "India", "Namibia"}
    assert "Namibia" in set(frame["scenario_country"])


def test_a_missing_theme_is_none_and_a_missing_answer_nan(study):
    Answer.objects.filter(pk=Answer.objects.first().pk).update(personal="", importance_norm=None)
    frame = human_frame("etiquette")
    assert frame["theme"].isna().any()
    assert frame["personal"].isna().sum() == 1
    assert frame["importance_norm"].isna().sum() == 1
    assert dropped_answers(study, "real") == [("personal answers left empty", 1)]


def test_only_who_completed_and_is_not_excluded_counts(study):
    rng = random.Random(1)
    cast.add_participant(study, "left", "BR", rng, state="timed_out")
    excluded = Participant.objects.get(pseudonym="BR-0")
    rule = Exclusion.objects.create(participant=excluded, rule="attention", rule_version="1")
    people = set(human_frame("etiquette")["participant"])
    assert "left" not in people
    assert "BR-0" not in people
    rule.reversed_at = "2026-01-01T00:00Z"
    rule.save()
    assert "BR-0" in set(human_frame("etiquette")["participant"])


def test_the_flow_says_where_people_were_lost(study):
    cast.add_participant(study, "left", "BR", random.Random(1), state="timed_out")
    person = Participant.objects.get(pseudonym="IN-0")
    Exclusion.objects.create(participant=person, rule="attention", rule_version="1")
    twice = Participant.objects.get(pseudonym="BR-0")
    Exclusion.objects.create(participant=twice, rule="duplicate", rule_version="1")
    cast.add_participant(study, "gone", "BR", random.Random(1), state="withdrawn")
    steps = [(step.name, step.people, step.note) for step in participant_flow(study, "real")]
    assert steps == [
        ("recruited", 8, ""),
        ("consented", 7, "1 withdrawn"),
        ("completed", 6, "1 timed out"),
        ("passed", 5, "1 excluded by attention"),
        ("analysed", 4, "1 excluded by duplicate"),
    ]


def test_surplus_answers_stay_and_are_flagged(study):
    cast.add_participant(study, "late", "IN", random.Random(1), surplus=True)
    frame = human_frame("etiquette")
    assert frame[frame["surplus"]]["participant"].unique().tolist() == ["late"]


def test_cohorts_never_mix_and_rehearsal_counts_only_where_nobody_is_real(study):
    cast.add_participant(study, "robot", "BR", random.Random(1), cohort="rehearsal")
    assert resolve_cohort(study) == "real"
    assert "robot" not in set(human_frame("etiquette")["participant"])
    assert set(human_frame("etiquette", "rehearsal")["participant"]) == {"robot"}
    Participant.objects.filter(cohort="real").delete()
    assert resolve_cohort(study) == "rehearsal"


def test_previews_are_no_cohort_to_ask_for(study):
    with pytest.raises(BadInput, match="cohort"):
        human_frame("etiquette", "preview")


def test_an_unknown_study_names_those_there_are(study):
    with pytest.raises(BadInput, match="etiquette"):
        human_frame("nobody")


def test_an_id_shared_by_receivers_is_told_apart(study):
    study.release.items.filter(scenario_item_id__startswith="s0-").update(scenario_item_id="s0")
    items = set(human_frame("etiquette")["item"])
    assert items >= {"s0|younger|female", "s0|older|male"}
    assert "s1-younger" in items


def test_an_empty_study_is_an_empty_frame():
    release = cast.make_release("empty", 1)
    cast.Study.objects.create(slug="empty", name="Empty", release=release)
    assert human_frame("empty").empty
