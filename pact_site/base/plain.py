"""Cursors for statements that are written out (docs/decisions/0008-statements-of-a-page.md)."""

from __future__ import annotations

from django.db import connection
from django.db.backends.utils import CursorWrapper


def statement_cursor() -> CursorWrapper:
    """A cursor that lets the database read and plan a statement once, where it can do that.

    SQLite's keeps every statement it has seen lately anyway.
    """
    make = getattr(connection, "prepared_cursor", connection.cursor)
    cursor: CursorWrapper = make()
    return cursor
