"""Rows are read and written as the models would."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from survey import plain_rows
from survey.models import Assignment, Participant
from tests.survey.services.test_assignment import arrive

pytestmark = pytest.mark.django_db


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
    elsewhere = arrive(study, 3, country="IN").assignments.exclude(scenario_id=row.scenario_id)
    copies[1].item_id, copies[1].scenario_id = elsewhere.values_list("item_id", "scenario_id")[0]

    plain_rows.insert(copies)

    stored = list(other.assignments.order_by("slot"))
    for copy, kept in zip(copies, stored, strict=True):
        for field in copy._meta.concrete_fields[1:]:
            assert getattr(kept, field.attname) == getattr(copy, field.attname), field.name


def test_one_row_gets_its_key_and_constraints_hold(study):
    person = arrive(study, 1)
    again = Participant(study=study, instrument=study.instrument, pseudonym="p-x")
    plain_rows.insert([again])
    assert Participant.objects.get(pseudonym="p-x") == again
    assert not again._state.adding

    same = Participant(study=study, cohort=person.cohort, pseudonym=person.pseudonym)
    with pytest.raises(IntegrityError), transaction.atomic():
        plain_rows.insert([same])


def test_only_the_fields_named_are_updated(study):
    person = arrive(study, 1)
    person.gender, person.country, person.expires_at = "female", "US", None

    plain_rows.update(person, ["gender", "expires_at"])

    stored = Participant.objects.get(pk=person.pk)
    assert (stored.gender, stored.country, stored.expires_at) == ("female", "BR", None)


def test_fields_are_read_again_as_the_model_has_them(study):
    person = arrive(study, 1)
    now = timezone.now()
    Participant.objects.filter(pk=person.pk).update(
        instructions_at=now, comprehension_attempts=2, country="IN", state="returned"
    )

    plain_rows.refresh(person, ("instructions_at", "comprehension_attempts", "state"))

    assert (person.instructions_at, person.comprehension_attempts) == (now, 2)
    assert (person.state, person.country) == ("returned", "BR")
