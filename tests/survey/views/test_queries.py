"""How often a participant's page asks the database, and what for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from survey.services.instruments import definition_of
from tests.survey.walking import Walker, pid

pytestmark = pytest.mark.django_db

REPLY = {
    "personal": "culture",
    "norm": "preference",
    "importance_norm": "6",
    "importance_preference": "2",
    "reason": "It seemed right.",
}


@pytest.fixture
def walker(study):
    """Somebody on the first scenario, in a process that has read the instrument."""
    return Walker(study).begin()


def asked(call):
    """The statements of one request, transactions' own and savepoints aside."""
    with CaptureQueriesContext(connection) as caught:
        response = call()
    words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return response, [q["sql"] for q in caught if not q["sql"].startswith(words)]


def test_showing_a_scenario_asks_once(walker):
    response, statements = asked(lambda: walker.client.get(walker.path))

    assert response.status_code == 200
    assert [sql.split()[0] for sql in statements] == ["SELECT"], statements


def test_saving_an_answer_reads_once_and_writes_it_with_its_place(walker):
    response, statements = asked(lambda: walker.client.post(walker.path, REPLY))

    assert response.status_code == 302
    writing = {"sqlite": ["INSERT", "UPDATE"], "postgresql": ["WITH"]}[connection.vendor]
    assert [sql.split()[0] for sql in statements] == ["SELECT", *writing], statements


def test_a_check_reads_once_and_writes_once(walker):
    while not walker.step.startswith("question"):
        walker.reply()

    _, statements = asked(lambda: walker.client.post(walker.path, {"answer": "strongly_agree"}))

    assert [sql.split()[0] for sql in statements] == ["SELECT", "INSERT"], statements


def test_a_participant_in_another_language_costs_no_statement_more(walker, study):
    before = asked(lambda: walker.client.get(walker.path))[1]
    study.participants.update(language="pt-br")

    assert len(asked(lambda: walker.client.get(walker.path))[1]) == len(before)


def test_a_draw_asks_a_fixed_number_of_times(study):
    """Once the process has read the release's items, which the first of a study does."""
    Walker(study, pid(1)).begin()
    walker = Walker(study, pid(2)).consent()
    told = {"country": "BR", "age_bucket": "older", "gender": "male"}

    response, statements = asked(lambda: walker.client.post(walker.path, told))

    assert response.status_code == 302
    # who, which release; two locks in one on PostgreSQL; who competes, what is shown, the person,
    # seven rows
    assert len(statements) == 6 + connection.features.has_select_for_update, statements


def test_who_has_understood_goes_on_without_being_looked_up_again(study):
    walker = Walker(study).consent().about()
    questions = definition_of(study.instrument).comprehension

    response, statements = asked(
        lambda: walker.client.post(walker.path, {one.key: one.answer for one in questions})
    )

    assert response.status_code == 302
    assert [sql.split()[0] for sql in statements] == ["SELECT", "UPDATE"], statements
