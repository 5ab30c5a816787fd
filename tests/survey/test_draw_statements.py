"""The statements of coming in and of a draw say what the models say."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Item, Release
from survey import draw_statements, entry_statements, statements
from survey.models import Assignment, Cohort, Participant, ProlificIdentity, PseudonymKey
from survey.services import coverage
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


def test_what_is_shown_held_and_asked_first_is_counted_in_one_country(study):
    people = [arrive(study, number) for number in range(3)]
    arrive(study, 3, country="IN")
    arrive(study, 4, cohort=Cohort.REHEARSAL)
    here = Assignment.objects.filter(participant__in=people)
    people[0].assignments.filter(position=1).update(state="released")
    people[1].assignments.filter(position=2).update(surplus=True)

    shown = draw_statements.read_shown(people[2])
    assert sum(one.people for one in shown) == 20
    assert sum(one.people for one in shown if one.surplus) == 1
    assert {(one.item, one.scenario, one.option_order) for one in shown} == set(
        here.shown().values_list("item_id", "scenario_id", "option_order")
    )

    items = list(here.values_list("item_id", flat=True))[:9]
    held = here.holding().filter(item__in=items).values_list("item_id", "slot")
    assert sorted(draw_statements.read_held(people[2], items)) == sorted(held)

    frames = draw_statements.read_frames(people[2])
    assert sum(frames.values()) == 3
    Participant.objects.filter(pk=people[0].pk).update(state="timed_out")
    assert sum(draw_statements.read_frames(people[2]).values()) == 2


def test_late_are_those_under_way_whose_time_is_over(study):
    late, done, in_time = (arrive(study, number) for number in range(3))
    answer_all(done)
    for person in (late, done):
        run_out_of_time(person)

    def read(now, cohort="real", country="BR"):
        asking = Participant(study=study, cohort=cohort, country=country)
        return sorted(draw_statements.read_late(asking, now))

    assert read(timezone.now()) == [late.pk]
    assert read(timezone.now(), cohort="rehearsal") == []
    assert read(timezone.now(), country="IN") == []
    assert read(timezone.now() + timedelta(days=1)) == sorted([late.pk, in_time.pk])


def test_where_somebody_stands_is_read_anew(study):
    person = arrive(study, 1)
    Participant.objects.filter(pk=person.pk).update(state="returned")

    with transaction.atomic():
        draw_statements.lock_draws(study_id=study.pk, country="BR")
        assert draw_statements.lock_standing(participant_id=person.pk) == ("returned", "BR")


def test_rows_are_written_as_the_models_would_write_them(study):
    """A copy of everything about an assignment, JSON, times and truths among it."""
    row = arrive(study, 1).assignments.first()
    other = arrive(study, 2)
    copies = [
        Assignment(
            **{
                field.attname: getattr(row, field.attname)
                for field in row._meta.concrete_fields[1:]
            }
        )
        for _ in range(2)
    ]
    other.assignments.all().delete()
    for slot, copy in enumerate(copies, start=50):
        copy.participant, copy.slot, copy.why = other, slot, {"text": "'ø", "n": [1, None]}
    copies[1].item_id, copies[1].scenario_id = (
        arrive(study, 3, country="IN").assignments.values_list("item_id", "scenario_id").last()
    )

    statements.insert(copies)

    stored = list(other.assignments.order_by("slot"))
    for copy, kept in zip(copies, stored, strict=True):
        for field in copy._meta.concrete_fields[1:]:
            assert getattr(kept, field.attname) == getattr(copy, field.attname), field.name


def test_one_row_gets_its_key_and_constraints_hold(study):
    person = arrive(study, 1)
    again = Participant(study=study, instrument=study.instrument, pseudonym="p-x")
    statements.insert([again])
    assert Participant.objects.get(pseudonym="p-x") == again
    assert not again._state.adding

    same = Participant(study=study, cohort=person.cohort, pseudonym=person.pseudonym)
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.insert([same])


def test_only_the_fields_named_are_updated(study):
    person = arrive(study, 1)
    person.gender, person.country, person.expires_at = "female", "US", None

    statements.update(person, ["gender", "expires_at"])

    stored = Participant.objects.get(pk=person.pk)
    assert (stored.gender, stored.country, stored.expires_at) == ("female", "BR", None)
