"""The database as migrations left it, after a test that committed."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

KEPT = {model._meta.db_table for model in (ContentType, Permission, MigrationRecorder.Migration)}


def empty_quickly(case):
    """In place of `TransactionTestCase._fixture_teardown`, which flushes.

    A flush deletes the content types and permissions as well and has every app make them anew: 95 %
    of its time, for the same rows.
    """
    for alias in case._databases_names(include_mirrors=False):
        empty(connections[alias])


def empty(connection):
    tables = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), sorted(tables)))
