"""Exclusions and the flow from recruited to analysed."""

import pytest
from django.utils import timezone

from survey.models import Assignment, Exclusion, Participant
from survey.services import exclusions, withdrawals
from survey.services.exclusions import flow
from tests.survey.services.test_assignment import answer_all, arrive
from tests.survey.walking import Walker, pid

pytestmark = pytest.mark.django_db


def test_the_flow_counts_each_step(study):
    arrive(study, 1)  # leaves at once
    answer_all(arrive(study, 2))
    answer_all(arrive(study, 3), right=False)
    odd = arrive(study, 4)
    answer_all(odd)
    Exclusion.objects.create(participant=odd, rule="duplicate", rule_version="1")

    found = flow(study, "real")

    assert vars(found) == {
        "recruited": 4,
        "consented": 4,
        "completed": 3,
        "passed": 2,
        "analysed": 1,
    }


def test_a_reversed_exclusion_counts_no_more(study):
    answer_all(arrive(study, 3), right=False)
    Exclusion.objects.update(reversed_at=timezone.now())

    assert flow(study, "real").analysed == 1


def test_who_withdrew_meanwhile_holds_no_place_when_the_exclusion_is_reversed(
    study, django_user_model
):
    rita = django_user_model.objects.create_user("rita")
    person = arrive(study, 1)
    answer_all(person)
    out = exclusions.exclude(participant=person, rule="duplicate", reason="twice", actor=rita)
    withdrawals.withdraw(participant=person, asked_by="participant")

    exclusions.reverse(exclusion=out, note="was no duplicate", actor=rita)

    assert not person.exclusions.exists()
    assert not Assignment.objects.holding().exists()


def test_one_failed_check_of_three_excludes_nobody(study):
    walker = Walker(study, person=pid(1)).begin()
    wrong_left = 1
    while walker.step != "feedback":
        if walker.step.startswith("situation"):
            walker.reply()
        else:
            walker.answer_check(right=not wrong_left)
            wrong_left = 0

    participant = Participant.objects.get()
    assert participant.checks.filter(passed=False).count() == 1
    assert Participant.objects.analysed().get() == participant


def test_cohorts_are_counted_apart(study):
    answer_all(arrive(study, 1, cohort="rehearsal"))

    assert flow(study, "real").recruited == 0
    assert flow(study, "rehearsal").analysed == 1
    assert not Participant.objects.in_cohort("real").exists()
