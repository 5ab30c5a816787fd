"""The bundled study as `load_study` writes it, from the second time on row by row.

A thousand tests begin with it. What is read, checked and linted for it is the same each time, and to
put its rows there takes a twentieth of that.
"""

from django.db import connection, transaction

from annotation.models import Dataset, Item, Release, Scenario, ScenarioVersion, SourceRow
from pact_site.base.models import AuditEvent
from survey.models import Instrument, Study
from survey.services.studies import load_study

MODELS = (
    Dataset, SourceRow, Scenario, ScenarioVersion, Release, Release.versions.through, Item, Study,
    Instrument, AuditEvent,
)  # fmt: skip
"""Whose rows `load_study` writes, each after those it refers to."""

_written: list[tuple[str, list[tuple]]] = []
"""Statements with their rows, as this process wrote them first."""


def bundled_study() -> Study:
    """The bundled study, open."""
    if connection.vendor != "sqlite" or _any_row():
        return load_study().study  # numbers of rows may be taken, or are counted elsewhere
    if _written:
        _put_back()
    else:
        load_study()
        _written.extend(_rows_of(model._meta.db_table) for model in MODELS)
    return Study.objects.get()


def _any_row():
    """Whether any of the tables has a row; asked of each through the ORM it takes ten times as long."""
    tables = [model._meta.db_table for model in MODELS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {name})" for name in tables))
        return cursor.fetchone()[0]


@transaction.atomic
def _put_back():
    with connection.cursor() as cursor:
        for statement, rows in _written:
            cursor.executemany(statement, rows)


def _rows_of(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        rows = cursor.fetchall()
        names = ", ".join(f'"{column[0]}"' for column in cursor.description)
    places = ", ".join(["%s"] * len(rows[0]))
    return f"INSERT INTO {table} ({names}) VALUES ({places})", rows
