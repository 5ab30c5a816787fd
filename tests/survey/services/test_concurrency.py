"""Many people at the same moment, in threads with connections of their own."""

import threading
import time
from collections import Counter

import pytest
from django.db import connections, transaction

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey import draw_statements, statements
from survey.models import Answer, Assignment, CheckResponse, Cohort, Participant, Study
from survey.services import assignment, coverage, participation, states, withdrawals
from survey.services.instruments import definition_of
from survey.services.participation import Person
from survey.services.studies import (
    add_instrument,
    load_study,
    save_instrument,
    standard_definition,
)
from tests.survey.services.test_assignment import REPLY, answer_all, arrive, run_out_of_time
from tests.survey.walking import pid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy_study():
    """The bundled study with one place per cell."""
    study = load_study().study
    add_instrument(study=study, definition=standard_definition(planned_completes=5))
    return study


def at_once(*jobs):
    """Start all jobs at the same moment and wait; the first error is raised here."""
    gate, errors = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            gate.wait()
            job()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a deadlock"
    if errors:
        raise errors[0]


def test_arrivals_at_once_hold_no_place_twice(busy_study):
    """Twelve Brazilians for 28 places of 'same': nine are served, the rest is surplus."""
    at_once(*[lambda n=n: answer_all(arrive(busy_study, n)) for n in range(12)])

    cells = coverage.cell_counts(busy_study, Cohort.REAL)
    assert all(cell.confirmed <= cell.target for cell in cells)
    own = [cell for cell in cells if (cell.country, cell.relation) == ("BR", "same")]
    assert sum(cell.confirmed for cell in own) == 28
    assert sum(cell.surplus for cell in own) == 36 - 28
    assert Answer.objects.count() == 12 * 7
    assert Counter(Participant.objects.values_list("state", flat=True)) == {"completed": 12}
    for why in Assignment.objects.values_list("why", flat=True):
        assert why["held"] == why["smallest"]


def test_one_person_in_eight_tabs_is_one_participant(busy_study):
    def agree():
        participation.consent(study=busy_study, person=Person(pid(1), Cohort.REAL), language="en")

    at_once(*[agree] * 8)

    assert Participant.objects.count() == 1


def test_one_person_in_two_tabs_from_two_countries_gets_seven_places(busy_study):
    """Draws for two countries do not wait for each other, those for one person do."""
    person = Person(pid(1), Cohort.REAL)
    participation.consent(study=busy_study, person=person, language="en")

    def introduce(country):
        me = Participant.objects.select_related("instrument", "study").get()
        participation.introduce(participant=me, country=country, age_bucket="older", gender="male")

    at_once(*[lambda code=code: introduce(code) for code in ("BR", "IN", "GB", "BR")])

    participant = Participant.objects.get()
    rows = participant.assignments.all()
    assert len(rows) == 7
    assert {row.country for row in rows} == {participant.country}


def test_draws_for_other_countries_go_on_while_one_is_made(busy_study):
    """On PostgreSQL; on SQLite there is one writer at a time."""
    if not connections["default"].features.has_select_for_update:
        pytest.skip("one writer at a time")
    drawing, drawn = threading.Event(), threading.Event()

    def hold_brazil():
        with transaction.atomic():
            draw_statements.lock_draws(study_id=busy_study.pk, country="BR")
            drawing.set()
            assert drawn.wait(timeout=30)

    def come_from_india():
        drawing.wait(timeout=30)
        arrive(busy_study, 1, country="IN")
        drawn.set()

    at_once(hold_brazil, come_from_india)

    assert Assignment.objects.count() == 7


def test_a_draw_waits_for_whoever_holds_the_study_and_the_other_way_round(busy_study):
    """What was written under the one lock is there for whoever gets the other."""
    begun, seen = threading.Barrier(2), []

    def draw():
        with transaction.atomic():
            draw_statements.lock_draws(study_id=busy_study.pk, country="BR")
            seen.append("draw")
            time.sleep(0.1)
            seen.append("draw")

    def hold():
        with transaction.atomic():
            assignment.lock(busy_study.pk)
            seen.append("hold")
            time.sleep(0.1)
            seen.append("hold")

    def meet(job):
        begun.wait()
        for _ in range(3):
            job()

    at_once(lambda: meet(draw), lambda: meet(hold))

    assert len(seen) == 12
    assert seen[::2] == seen[1::2]


def test_people_run_out_of_time_while_others_draw_answer_and_are_excluded(busy_study):
    """Draws of all countries, late people's answers and an exclusion at once: no deadlock."""
    countries = definition_of(busy_study.instrument).countries
    late = [arrive(busy_study, n, country=countries[n % 5]) for n in range(10)]
    for person in late:
        run_out_of_time(person)

    def answer(person):
        participation.save_reply(participant=person, position=1, reply=REPLY)

    def exclude(person):
        with transaction.atomic():
            assignment.lock(busy_study.pk)
            assignment.release(participant=person)

    at_once(
        *[lambda n=n: arrive(busy_study, n, country=countries[n % 5]) for n in range(10, 25)],
        *[lambda one=one: answer(one) for one in late],
        lambda: exclude(late[0]),
    )

    assert Answer.objects.count() == 10
    cells = coverage.cell_counts(busy_study, Cohort.REAL)
    assert all(cell.confirmed + cell.leased <= cell.target for cell in cells)


def test_the_last_two_pages_sent_at_once_complete_the_study(busy_study):
    participant = arrive(busy_study, 1)
    checks = definition_of(participant.instrument).checks
    for position in range(1, 7):
        participation.save_reply(participant=participant, position=position, reply=REPLY)
    for check in checks[:-1]:
        participation.save_check(participant=participant, check=check, given=check.passes[0])
    last = checks[-1]

    def me():
        return Participant.objects.select_related("instrument", "study").get(pk=participant.pk)

    at_once(
        lambda: participation.save_reply(participant=me(), position=7, reply=REPLY),
        lambda: participation.save_check(participant=me(), check=last, given=last.passes[0]),
        lambda: participation.save_reply(participant=me(), position=7, reply=REPLY),
    )

    participant.refresh_from_db()
    assert participant.state == Participant.State.COMPLETED
    assert Answer.objects.count() == 7


@pytest.mark.parametrize("page", ["situation", "check"])
def test_a_page_that_is_being_saved_while_somebody_withdraws_is_removed_too(busy_study, page):
    """The saving holds the person's row until the withdrawal has begun to wait, or a second."""
    person = arrive(busy_study, 1)
    check = definition_of(person.instrument).checks[0]
    answer = vars(REPLY) | {"language": "en", "instrument_hash": "a" * 64}
    locked, withdrawn = threading.Event(), threading.Event()

    def save():
        with transaction.atomic():
            statements.lock_state(participant_id=person.pk)
            locked.set()
            withdrawn.wait(timeout=1)
            if page == "check":
                statements.write_check(
                    participant_id=person.pk, key=check.key, given="x", passed=False
                )
            else:
                statements.write_answer(participant_id=person.pk, position=1, answer=answer)

    def withdraw():
        locked.wait(timeout=30)
        gone = Participant.objects.get(pk=person.pk)
        withdrawals.withdraw(participant=gone, asked_by="participant")
        withdrawn.set()

    at_once(save, withdraw)

    person.refresh_from_db()
    assert person.state == Participant.State.WITHDRAWN
    assert not Answer.objects.exists()
    assert not CheckResponse.objects.exists()


def test_versions_saved_at_once_follow_one_another(busy_study):
    at_once(
        *[
            lambda n=n: save_instrument(
                study=busy_study,
                definition=standard_definition(planned_completes=200 + n),
                note=str(n),
            )
            for n in range(4)
        ]
    )

    numbers = busy_study.instruments.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6]


def test_a_study_is_opened_once_however_often_it_is_asked(busy_study):
    Study.objects.filter(pk=busy_study.pk).update(state="draft")
    add_instrument(study=busy_study, definition=standard_definition())
    refused = []

    def open_it():
        try:
            states.open_study(study=busy_study)
        except BadInput as error:
            refused.append(error)

    at_once(*[open_it] * 3)

    assert len(refused) == 2
    assert AuditEvent.objects.filter(verb="study.opened", detail__instrument=3).count() == 1


@pytest.mark.slow
def test_two_hundred_introduce_themselves_at_once(busy_study):
    """Forty threads, five people each, all started together, for far fewer places than people."""
    countries = definition_of(busy_study.instrument).countries

    def five(first):
        for number in range(first, first + 5):
            arrive(busy_study, number, country=countries[number % len(countries)])

    at_once(*[lambda first=first: five(first) for first in range(0, 200, 5)])

    assert Participant.objects.count() == 200
    assert Assignment.objects.count() == 200 * 7
    cells = coverage.cell_counts(busy_study, Cohort.REAL)
    assert all(cell.confirmed + cell.leased <= cell.target for cell in cells)
    assert Assignment.objects.values("participant", "scenario").distinct().count() == 200 * 7
    for why in Assignment.objects.values_list("why", flat=True):
        assert why["held"] == why["smallest"]
