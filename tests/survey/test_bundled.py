"""The bundled study that tests put back is the one that `load_study` writes."""

import pytest
from django.db import connection, transaction
from django.db.models import DateTimeField

from annotation.models import Release
from survey.services.studies import load_study
from tests.survey.bundled import MODELS, bundled_study

pytestmark = pytest.mark.django_db


def contents():
    """Of every table the rows, but for numbers of rows and times."""
    return {model: sorted(map(repr, model.objects.values_list(*told(model)))) for model in MODELS}


def told(model):
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return [f.name for f in fields if not (f.is_relation or isinstance(f, DateTimeField))] or ["pk"]


def made_by(make):
    with transaction.atomic():
        make()
        found = contents()
        transaction.set_rollback(True)
    return found


@pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere it is loaded each time")
def test_what_is_put_back_is_what_is_loaded():
    made_by(bundled_study)
    loaded, put_back = made_by(load_study), made_by(bundled_study)
    numbers = Release.versions.through  # has nothing but numbers of rows
    assert len(loaded.pop(numbers)) == len(put_back.pop(numbers)) == 63
    assert put_back == loaded
