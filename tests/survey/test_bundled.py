"""The bundled study that tests put back is the one that `load_study` writes."""

import re

import pytest
from django.db import connection, transaction
from django.db.models import DateTimeField

from annotation.models import Release
from survey.services.studies import load_study
from tests.survey.bundled import MODELS, bundled_study

pytestmark = pytest.mark.django_db

NUMBER = re.compile(r"release:\d+")
"""In the audit trail."""


def contents():
    """Of every table the rows, but for numbers of rows and times."""
    return {
        model: sorted(NUMBER.sub("release:N", repr(row)) for row in rows_of(model))
        for model in MODELS
    }


def rows_of(model):
    return model.objects.values_list(*told(model))


def told(model):
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return [f.name for f in fields if not (f.is_relation or isinstance(f, DateTimeField))] or ["pk"]


def made_by(make):
    with transaction.atomic():
        make()
        found = contents()
        transaction.set_rollback(True)
    return found


def load_with_other_numbers():
    """As in a process in which earlier tests have counted the tables' numbers up."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_sequence")
        cursor.executemany(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, 1000)",
            [(model._meta.db_table,) for model in MODELS],
        )
    return load_study()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere it is loaded each time")
def test_what_is_put_back_is_what_is_loaded():
    made_by(bundled_study)
    loaded, put_back = made_by(load_with_other_numbers), made_by(bundled_study)
    numbers = Release.versions.through  # has nothing but numbers of rows
    assert len(loaded.pop(numbers)) == len(put_back.pop(numbers)) == 63
    assert put_back == loaded
