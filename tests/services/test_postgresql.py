"""What our wrapper of PostgreSQL does otherwise than Django's own."""

import pytest
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from pact_site.base.plain import statement_cursor

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

SQL = "SELECT 40 + %s AS sum"


@pytest.fixture(autouse=True)
def fresh():
    """A connection of the test's own, with Django's checks between requests."""
    connection.close()
    yield
    connection.close()


def ask(number=2):
    with statement_cursor() as cursor:
        cursor.execute(SQL, [number])
        return cursor.fetchone()


def begin_request():
    """What Django does with a connection before each request."""
    connection.health_check_enabled = True
    connection.close_if_unusable_or_obsolete()


def backend():
    return connection.connection.info.backend_pid


def test_a_statement_that_comes_again_is_prepared_once():
    for number in range(8):
        assert ask(number) == (40 + number,)

    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans + custom_plans FROM pg_prepared_statements"
                       " WHERE statement = 'SELECT 40 + $1 AS sum'")  # fmt: skip
        assert cursor.fetchall() == [(3,)]  # the first five went as they were


def test_statements_of_the_orm_are_not_prepared(django_user_model):
    for _ in range(8):
        django_user_model.objects.filter(pk=1).first()

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (0,)


def test_nothing_is_prepared_where_a_pooler_forbids_it(monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"]["OPTIONS"], "prepare_threshold", None)
    for _ in range(8):
        ask()

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (0,)


def test_the_server_is_not_asked_whether_it_is_there(tmp_path):
    """All that goes over the line at a request's first statement is that statement."""
    ask()
    before, line = backend(), tmp_path / "line"
    begin_request()
    with line.open("w") as file:
        connection.connection.pgconn.trace(file.fileno())
        ask()
        connection.connection.pgconn.untrace()

    sent = [words[3] for words in map(_words, line.read_text().splitlines()) if words[1] == "F"]
    assert (backend(), connection.health_check_done) == (before, True)
    assert [kind for kind in sent if kind in ("Query", "Parse")] == ["Parse"]


def _words(line):
    """When, from the front or the back, how long, what, and the rest."""
    return line.split("\t")


def test_logs_of_statements_have_their_values():
    with CaptureQueriesContext(connection) as caught:
        ask()
        with connection.cursor() as cursor:
            cursor.execute(SQL, [3])

    assert [query["sql"] for query in caught] == ["SELECT 40 + 2 AS sum", "SELECT 40 + 3 AS sum"]


def end(pid):
    """The server ends a connection, as it does with all when it restarts."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


@pytest.mark.parametrize("cursor_of", [statement_cursor, connection.cursor])
def test_a_connection_that_the_server_has_ended_is_made_anew(cursor_of):
    ask()
    before = backend()
    end(before)
    begin_request()

    with cursor_of() as cursor:
        cursor.execute(SQL, [2])
        assert cursor.fetchone() == (42,)
    assert backend() != before


def test_errors_are_those_of_django():
    with pytest.raises(ProgrammingError), transaction.atomic(), statement_cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    ask()
    end(backend())
    with pytest.raises(OperationalError):  # in the middle of a request
        ask()
