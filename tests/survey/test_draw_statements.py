"""The statements of coming in and of a draw say what the models say."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Item, Release
from survey import draw_statements, entry_statements
from survey.models import Assignment, Cohort, Participant, ProlificIdentity, PseudonymKey
from survey.services import coverage, participation
from survey.services.participation import Person
from survey.services.studies import add_instrument, standard_definition
from tests.survey.services.test_assignment import answer_all, arrive, run_out_of_time
from tests.survey.walking import pid

pytestmark = pytest.mark.django_db


def test_a_study_comes_with_its_newest_instrument_in_one_statement(
    study, django_assert_num_queries
):
    newest = add_instrument(study=study, definition=standard_definition(planned_completes=7))

    with django_assert_num_queries(1):
        found = entry_statements.read_study(slug=study.slug)
        assert found.instrument.content_hash == newest.content_hash

    study.refresh_from_db()
    for field in study._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(study, field.attname), field.name
    assert found.instrument == newest
    assert found.instrument.definition == newest.definition  # loaded when asked for


def test_an_imported_study_and_the_unknown_are_not_found(study):
    assert entry_statements.read_study(slug="elsewhere") is None
    study.origin = "imported"
    study.save()
    assert entry_statements.read_study(slug=study.slug) is None


def test_a_person_is_found_in_their_study_and_cohort_only(study):
    person = arrive(study, 1)

    def read(number, cohort=Cohort.REAL):
        return entry_statements.read_person(study=study, cohort=cohort, pid=pid(number))

    assert read(1) == person
    assert read(1).consent_at == person.consent_at
    assert read(2) is read(1, Cohort.REHEARSAL) is None


def test_whether_anybody_withdrew(study):
    person = arrive(study, 1)
    assert not entry_statements.anybody_withdrew(study_id=study.pk)

    Participant.objects.filter(pk=person.pk).update(state="withdrawn")

    assert entry_statements.anybody_withdrew(study_id=study.pk)


def test_a_submission_is_taken_by_somebody_else_only(study):
    arrive(study, 1)
    ProlificIdentity.objects.update(submission_id="s1")

    def taken(submission, number, cohort="real"):
        return entry_statements.submission_is_taken(
            study_id=study.pk, cohort=cohort, submission=submission, pid=pid(number)
        )

    assert taken("s1", 2)
    assert not taken("s1", 1)
    assert not taken("s2", 2)
    assert not taken("s1", 2, "rehearsal")


def items_of(study):
    made_at = draw_statements.read_made(release_id=study.release_id)
    return draw_statements.read_items(study.release_id, made_at)


def test_items_are_those_of_the_release_in_order(study):
    rows = Item.objects.filter(release=study.release_id).select_related("version").order_by("pk")

    found = items_of(study)

    assert [tuple(one) for one in found] == [
        (
            row.pk, row.version.scenario_id, row.version.country,
            f"{row.receiver_age}_{row.receiver_gender}", row.version.theme,
        )
        for row in rows
    ]  # fmt: skip


def test_a_process_reads_the_items_of_a_release_once(study, django_assert_num_queries):
    before = items_of(study)

    with django_assert_num_queries(1):
        assert items_of(study) is before


def test_what_a_country_is_offered_is_put_together_once(study, django_assert_num_queries):
    before = coverage.places(study, "BR")

    with django_assert_num_queries(1):
        assert coverage.places(study, "BR") is before
    assert coverage.places(study, "IN") != before
    few = coverage.places(study, "BR", ["older_female"])
    assert few
    assert few == tuple(place for place in before if place.receiver == "older_female")


def test_another_release_under_the_same_number_is_read_anew(study):
    before = items_of(study)
    assert len(coverage.places(study, "BR")) == len(before)
    Release.objects.filter(pk=study.release_id).update(created_at=timezone.now())
    Item.objects.filter(release=study.release_id).first().delete()

    assert len(items_of(study)) == len(coverage.places(study, "BR")) == len(before) - 1


def test_the_key_of_a_study_is_its_own(study):
    assert entry_statements.read_secret(study_id=study.pk) is None

    arrive(study, 1)

    key = PseudonymKey.objects.get(study=study).secret
    assert entry_statements.read_secret(study_id=study.pk) == key
    assert entry_statements.read_secret(study_id=study.pk + 1) is None


def test_what_is_shown_and_held_is_counted_in_one_country(study):
    people = [arrive(study, number) for number in range(3)]
    arrive(study, 3, country="IN")
    arrive(study, 4, cohort=Cohort.REHEARSAL)
    here = Assignment.objects.filter(participant__in=people)
    people[0].assignments.filter(position=1).update(state="released")
    people[1].assignments.filter(position=2).update(surplus=True, slot=0)

    shown = draw_statements.read_shown(people[2])

    assert sum(one.people for one in shown) == 20
    assert [one.people for one in shown if one.surplus] == [1]
    assert {(one.item, one.scenario, one.option_order) for one in shown} == set(
        here.shown().values_list("item_id", "scenario_id", "option_order")
    )
    held = {(one.item, slot) for one in shown if not one.surplus for slot in one.slots}
    assert held == set(here.holding().values_list("item_id", "slot"))


def test_several_places_of_an_item_shown_alike_come_together(study):
    people = [arrive(study, number) for number in range(3)]
    first = people[0].assignments.get(position=1)
    for slot, person in enumerate(people, start=4):
        person.assignments.exclude(position=1).delete()
        person.assignments.update(
            item=first.item_id, scenario=first.scenario_id, slot=slot,
            option_order=first.option_order,
        )  # fmt: skip

    found = draw_statements.read_shown(people[2])

    same = (first.item_id, first.scenario_id, first.option_order, False, 3, {4, 5, 6})
    assert found == [same]


def test_nothing_is_shown_where_nobody_was(study):
    nobody = Participant(study=study, cohort="real", country="BR")

    assert draw_statements.read_shown(nobody) == []
    assert draw_statements.read_company(nobody, timezone.now()) == ({}, [])


def test_frames_are_those_of_people_who_are_still_with_us(study):
    people = [arrive(study, number) for number in range(3)]
    arrive(study, 3, country="IN")

    def frames():
        return draw_statements.read_company(people[2], timezone.now()).frames

    assert frames() == Counter(person.first_frame for person in people)
    Participant.objects.filter(pk=people[0].pk).update(state="timed_out")
    assert frames() == Counter(person.first_frame for person in people[1:])


def test_late_are_those_under_way_whose_time_is_over(study):
    late, done, in_time = (arrive(study, number) for number in range(3))
    answer_all(done)
    for person in (late, done):
        run_out_of_time(person)

    def read(now, cohort="real", country="BR"):
        asking = Participant(study=study, cohort=cohort, country=country)
        return sorted(draw_statements.read_company(asking, now).late)

    assert read(timezone.now()) == [late.pk]
    assert read(timezone.now(), cohort="rehearsal") == []
    assert read(timezone.now(), country="IN") == []
    assert read(timezone.now() + timedelta(days=1)) == sorted([late.pk, in_time.pk])


def agree(study, number):
    """Somebody who has not said yet who they are."""
    person = Person(pid=pid(number), cohort=Cohort.REAL)
    return participation.consent(study=study, person=person, language="en")


def told(person, **changes):
    values = {"state": "consented", "country": "IN", "age_bucket": "older", "gender": "", **changes}
    for name, value in values.items():
        setattr(person, name, value)
    person.first_frame, person.expires_at = "norm", timezone.now()
    return person


@pytest.mark.parametrize("state", ["consented", "timed_out", "returned"])
def test_who_somebody_is_is_kept_once(study, state):
    person = agree(study, 1)
    Participant.objects.filter(pk=person.pk).update(state=state)

    assert draw_statements.write_introduced(told(person))
    first = Participant.objects.get(pk=person.pk)
    assert not draw_statements.write_introduced(told(person, country="US"))

    assert Participant.objects.get(pk=person.pk).country == "IN"
    for name in ("state", "country", "age_bucket", "gender", "first_frame"):
        assert getattr(first, name) == getattr(told(person), name), name
    assert first.expires_at.tzinfo is not None


@pytest.mark.parametrize("state", ["completed", "screened_out", "withdrawn"])
def test_nobody_at_the_end_is_introduced(study, state):
    person = agree(study, 1)
    Participant.objects.filter(pk=person.pk).update(state=state)

    assert not draw_statements.write_introduced(told(person))

    stored = Participant.objects.get(pk=person.pk)
    assert (stored.state, stored.country) == (state, "")
