"""The statements of a participant's page say what the models say."""

import pytest
from django.db import transaction

from survey import statements
from survey.models import Answer, CheckResponse, Participant, ScenarioText
from tests.survey.services.test_assignment import arrive

pytestmark = pytest.mark.django_db

ANSWER = {
    "personal": "culture",
    "norm": "preference",
    "importance_norm": 6,
    "importance_preference": 2,
    "reason": "Porque sim. \u202e'; --",
    "perceived_share": None,
    "language": "en",
    "instrument_hash": "a" * 64,
}


def write(person, position=1, **changes):
    return statements.write_answer(
        participant_id=person.pk, position=position, answer=ANSWER | changes
    )


def standing(person, position=0):
    return statements.read_standing(key=person.key, slug=person.study.slug, position=position)


def test_a_participant_comes_with_study_and_instrument_in_one_statement(
    study, django_assert_num_queries
):
    person, instrument = arrive(study, 1), study.instrument
    with django_assert_num_queries(1):
        found = standing(person, position=1).participant
        assert (found.study.slug, found.study.name) == (study.slug, study.name)
        assert found.instrument.content_hash == instrument.content_hash

    stored = Participant.objects.get(pk=person.pk)
    for field in Participant._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(stored, field.attname), field.name
    assert found.study == study
    assert found.instrument.definition == instrument.definition  # loaded when asked for


def test_nobody_is_found_by_another_key_or_in_another_study(study):
    person = arrive(study, 1)

    assert statements.read_standing(key="x", slug=study.slug) is None
    assert statements.read_standing(key=person.key, slug="elsewhere") is None


def test_a_scenario_is_read_as_it_is_stored(study):
    person = arrive(study, 1)
    row = person.assignments.select_related("item__version").get(position=2)
    version = row.item.version

    found = standing(person, position=2).scenario

    assert (found.option_order, bool(found.asks_reason)) == (row.option_order, row.asks_reason)
    assert (found.receiver_age, found.receiver_gender, found.country) == (
        row.item.receiver_age, row.item.receiver_gender, version.country,
    )  # fmt: skip
    assert tuple(found.texts) == (
        version.setting, version.situation, version.culture_action, version.preference_action,
    )  # fmt: skip
    assert found.told is found.saved is None


def test_texts_of_the_language_chosen_and_no_other_are_told(study):
    person = arrive(study, 1)
    version = person.assignments.get(position=1).item.version
    ScenarioText.objects.create(
        study=study, version=version, language="pt-br", setting="Casa", situation="Uma visita.",
        culture_action="Tirar", preference_action="Ficar",
    )  # fmt: skip

    def told(language):
        study.participants.update(language=language)
        return standing(person, position=1).scenario.told

    assert tuple(told("pt-br")) == ("Casa", "Uma visita.", "Tirar", "Ficar")
    assert told("hi") is None


def test_there_is_no_scenario_beyond_the_last(study):
    person = arrive(study, 1)

    for position in (0, 8, 10**40):
        found = standing(person, position)
        assert (found.participant, found.scenario) == (person, None)
    assert not write(person, position=8)
    assert not Answer.objects.exists()


def test_an_answer_is_kept_and_its_place_confirmed(study):
    person = arrive(study, 1)

    write(person)

    answer = Answer.objects.get()
    assert {name: getattr(answer, name) for name in ANSWER} == ANSWER
    assert answer.saved_at.tzinfo is not None
    row = person.assignments.get(position=1)
    assert (answer.assignment, row.state, row.lease_expires) == (row, "confirmed", None)
    assert person.assignments.filter(state="leased").count() == 6


def test_a_later_version_replaces_everything_but_the_time_of_the_first(study):
    person = arrive(study, 1)
    write(person)
    first = Answer.objects.get()

    write(person, personal="preference", reason="", perceived_share=30, importance_norm=1)

    again = Answer.objects.get()
    assert (again.pk, again.saved_at) == (first.pk, first.saved_at)
    assert (again.personal, again.norm, again.reason) == ("preference", "preference", "")
    assert (again.perceived_share, again.importance_norm) == (30, 1)
    saved = standing(person, position=1).scenario.saved
    assert tuple(saved) == ("preference", "preference", 1, 2, "", 30)


def test_a_released_place_is_not_confirmed(study):
    person = arrive(study, 1)
    person.assignments.filter(position=1).update(state="released")

    write(person)

    assert person.assignments.get(position=1).state == "released"


@pytest.mark.parametrize("state", ["completed", "timed_out", "returned", "withdrawn"])
def test_nothing_is_kept_of_somebody_who_is_not_under_way(study, state):
    person = arrive(study, 1)
    Participant.objects.filter(pk=person.pk).update(state=state)

    assert not write(person)

    assert not Answer.objects.exists()
    assert person.assignments.get(position=1).state == "leased"


def check(person, key="green", given="green", passed=True):
    return statements.write_check(participant_id=person.pk, key=key, given=given, passed=passed)


def test_only_the_first_answer_to_a_check_counts(study):
    person = arrive(study, 1)
    for given, passed in (("green", True), ("red", False)):
        assert check(person, given=given, passed=passed)

    kept = CheckResponse.objects.get()
    assert (kept.participant, kept.key, kept.given, kept.passed) == (person, "green", "green", True)
    assert kept.saved_at.tzinfo is not None


@pytest.mark.parametrize("state", ["completed", "timed_out", "returned", "withdrawn"])
def test_no_check_is_kept_of_somebody_who_is_not_under_way(study, state):
    person = arrive(study, 1)
    Participant.objects.filter(pk=person.pk).update(state=state)

    assert not check(person)

    assert not CheckResponse.objects.exists()


def test_what_is_done_is_told_by_position_and_key(study):
    person, other = arrive(study, 1), arrive(study, 2)
    assert statements.read_done(participant_id=person.pk) == (frozenset(), frozenset())
    for position in (3, 7):
        write(person, position=position)
    write(other, position=1)
    check(person, key="moon", passed=False)
    check(person, key="agree-strongly")

    done = statements.read_done(participant_id=person.pk)
    assert done == ({3, 7}, {"moon", "agree-strongly"})
    assert standing(person).done == done


def test_the_state_is_read_under_a_lock(study):
    person = arrive(study, 1)

    with transaction.atomic():
        assert statements.lock_state(participant_id=person.pk) == "consented"


def test_failed_checks_come_in_the_order_they_were_answered(study):
    person, other = arrive(study, 1), arrive(study, 2)
    for key, passed in (("moon", False), ("green", True), ("agree", False)):
        check(person, key=key, passed=passed)
    check(other, passed=False)

    assert statements.read_failed(participant_id=person.pk) == ["moon", "agree"]


@pytest.mark.parametrize("state", ["completed", "timed_out", "screened_out", "withdrawn"])
def test_only_who_is_under_way_completes(study, state):
    person = arrive(study, 1)
    Participant.objects.filter(pk=person.pk).update(state=state)
    person.refresh_from_db()

    assert not statements.write_completed(person)

    assert (person.state, person.completed_at) == (state, None)
    assert Participant.objects.get(pk=person.pk).state == state


def test_who_completes_is_stored_as_they_are_told(study):
    person = arrive(study, 1)

    assert statements.write_completed(person)

    stored = Participant.objects.get(pk=person.pk)
    assert (stored.state, stored.completed_at) == (person.state, person.completed_at)
    assert stored.state == "completed"
    assert stored.completed_at.tzinfo is not None


def test_who_has_understood_is_stored_as_they_are_told(study):
    person = arrive(study, 1)

    assert statements.write_understood(person)
    assert not statements.write_understood(person)

    stored = Participant.objects.get(pk=person.pk)
    assert (stored.instructions_at, stored.comprehension_attempts) == (person.instructions_at, 1)
    assert stored.instructions_at.tzinfo is not None


@pytest.mark.parametrize("state", ["completed", "timed_out", "screened_out", "withdrawn"])
def test_nobody_who_is_not_under_way_understands(study, state):
    person = arrive(study, 1)
    Participant.objects.filter(pk=person.pk).update(state=state)

    assert not statements.write_understood(person)

    assert Participant.objects.get(pk=person.pk).instructions_at is None


@pytest.mark.parametrize(("state", "kept"), [("completed", "Nice."), ("withdrawn", "")])
def test_feedback_is_kept_of_those_who_have_completed(study, state, kept):
    person = arrive(study, 1)
    Participant.objects.filter(pk=person.pk).update(state=state)

    statements.write_feedback(person, "Nice.")

    assert Participant.objects.get(pk=person.pk).feedback == person.feedback == kept
