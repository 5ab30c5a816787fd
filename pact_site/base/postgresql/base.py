"""Django's PostgreSQL with prepared statements for those that are written out, and cheap checks.

The name of this module is the one under which Django looks for a database's wrapper.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper

_ANYTHING = select.POLLIN | select.POLLHUP | select.POLLERR


class DatabaseOperations(operations.DatabaseOperations):
    """Django's own; of a prepared statement it would not know what was asked."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """The statement with its values, for logs of statements."""
        if isinstance(cursor, base.ServerBindingCursor):
            return str(self.compose_sql(sql, params))
        return str(super().last_executed_query(cursor, sql, params))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection as Django's own, but for two things."""

    ops_class = DatabaseOperations
    health_check_done: bool

    def prepared_cursor(self) -> CursorWrapper:
        """A cursor for statements that come again and again, word for word.

        The server reads and plans each of them once for a connection (`prepare_threshold` in the
        options says after how many times). Django's own cursors write the values into the statement,
        so that each is a new one.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]
            wrapped: CursorWrapper = self._prepare_cursor(cursor)  # type: ignore[attr-defined]
            return wrapped

    def close_if_health_check_failed(self) -> None:
        """Before the first statement of a request: ask the server only if it has said something.

        Between two requests a server says nothing but that it is going. Django would ask it
        `SELECT 1` each time.
        """
        if not self.health_check_done and self._is_silent():
            self.health_check_done = True
        super().close_if_health_check_failed()

    def _is_silent(self) -> bool:
        """Whether the connection stands and nothing has come in on it."""
        if self.connection is None or self.connection.closed:
            return False
        poller = select.poll()
        poller.register(self.connection.fileno(), _ANYTHING)
        return not poller.poll(0)
