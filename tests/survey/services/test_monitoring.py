"""The funnel, durations, stops and the matrix, each from people whose way is known."""

from datetime import timedelta

import pytest

from survey.models import Cohort, Participant
from survey.services import monitoring, participation, withdrawals
from survey.services.participation import Person
from tests.survey.prolific.casting import session, submission
from tests.survey.services.test_assignment import REPLY, answer_all, arrive, run_out_of_time
from tests.survey.walking import pid

pytestmark = pytest.mark.django_db


def leave(participant):
    Participant.objects.filter(pk=participant.pk).update(state="timed_out")


def watch(study):
    return monitoring.monitor(study, Cohort.REAL)


def test_every_stage_counts_who_came_that_far(study):
    participation.consent(study=study, person=Person(pid(1), Cohort.REAL), language="en")
    arrive(study, 2)
    participation.comprehend(participant=arrive(study, 3), right=True)
    for number, right in ((4, True), (5, False)):
        person = arrive(study, number)
        participation.comprehend(participant=person, right=True)
        answer_all(person, right=right)

    stages = {stage.name: stage.people for stage in watch(study).stages}
    assert list(stages.values()) == [5, 4, 3, 2, 1, 1]
    assert watch(study).under_way == 3


def test_where_people_stopped_is_the_page_they_would_have_seen_next(study):
    at_once = participation.consent(study=study, person=Person(pid(1), Cohort.REAL), language="en")
    before_reading, after_two = arrive(study, 2), arrive(study, 3)
    participation.comprehend(participant=after_two, right=True)
    for position in (1, 2):
        participation.save_reply(participant=after_two, position=position, reply=REPLY)
    for person in (at_once, before_reading, after_two):
        leave(person)

    stops = [(stop.page, stop.people) for stop in watch(study).stops]
    assert stops == [("About you", 1), ("Instructions", 1), ("Check “agree”", 1)]


def test_who_ran_out_of_time_is_no_longer_under_way_even_if_nobody_comes_after(study):
    person = arrive(study, 1)
    assert watch(study).under_way == 1
    run_out_of_time(person)

    assert watch(study).under_way == 0
    assert [(stop.page, stop.people) for stop in watch(study).stops] == [("Instructions", 1)]


def test_who_withdrew_still_came_as_far_as_they_came(study):
    person = arrive(study, 1)
    participation.comprehend(participant=person, right=True)
    withdrawals.withdraw(participant=person, asked_by="participant")

    stages = {stage.name: stage.people for stage in watch(study).stages}
    assert list(stages.values()) == [1, 1, 1, 0, 0, 0]


def test_what_prolific_says_of_a_rehearsal_is_not_told_of_real_people(study):
    for number, cohort in ((1, Cohort.REAL), (2, Cohort.REHEARSAL)):
        session(study, number, cohort=cohort)
        submission(study, number)
    submission(study, 3, "RETURNED")  # nobody's

    assert watch(study).statuses == [("AWAITING REVIEW", 1), ("RETURNED", 1)]
    assert monitoring.monitor(study, Cohort.REHEARSAL).statuses == [("AWAITING REVIEW", 1)]


def test_durations_are_minutes_with_quartiles_and_every_person_in_a_bar(study):
    for number, minutes in enumerate((8, 10, 12, 14, 40)):
        person = arrive(study, number)
        end = person.consent_at + timedelta(minutes=minutes)
        Participant.objects.filter(pk=person.pk).update(state="completed", completed_at=end)

    found = watch(study).durations
    assert (found.middle, found.lower, found.upper) == pytest.approx((12, 10, 14))
    assert found.unit == "minutes"
    assert sum(one.people for one in found.bins) == 5


def test_the_quick_people_of_a_rehearsal_are_timed_in_seconds(study):
    for number, seconds in enumerate((3, 4, 5)):
        person = arrive(study, number)
        end = person.consent_at + timedelta(seconds=seconds)
        Participant.objects.filter(pk=person.pk).update(state="completed", completed_at=end)

    found = watch(study).durations
    assert (found.unit, found.middle) == ("seconds", pytest.approx(4))


def test_one_person_has_no_median(study):
    answer_all(arrive(study, 1))

    assert watch(study).durations.middle is None


def test_the_matrix_adds_receivers_up_and_keeps_every_answer(study):
    answer_all(arrive(study, 1, "BR"))
    arrive(study, 2, "IN")

    scenarios = monitoring.matrix(study, Cohort.REAL)
    items = monitoring.matrix(study, Cohort.REAL, by_item=True)

    assert (len(scenarios), len(items)) == (63, 252)
    for rows in (scenarios, items):
        assert sum(cell.held for row in rows for cell in row.cells) == 7
        assert sum(cell.leased for row in rows for cell in row.cells) == 7
    assert sum(c.target for r in scenarios for c in r.cells) == sum(
        c.target for r in items for c in r.cells
    )


def test_the_matrix_can_show_one_relation_and_only_what_lacks_answers(study):
    rows = monitoring.matrix(study, Cohort.REAL, relation="same")
    relations = {cell.relation for row in rows for cell in row.cells if cell.state != "none"}

    assert relations == {"same"}
    assert len(monitoring.matrix(study, Cohort.REAL, behind=True)) == 63


@pytest.mark.parametrize(
    ("held", "target", "state"),
    [(0, 0, "none"), (0, 2, "empty"), (1, 2, "behind"), (2, 2, "full"), (3, 2, "over")],
)
def test_the_state_of_a_cell(held, target, state):
    assert monitoring.Cell("BR", "same", held, 0, 0, target).state == state


def test_the_number_of_queries_is_bounded(study, django_assert_max_num_queries):
    for number in range(4):
        answer_all(arrive(study, number))

    with django_assert_max_num_queries(25):
        watch(study)
        monitoring.matrix(study, Cohort.REAL)
