"""The base of every management command: exit codes that scripts can rely on."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import OperationalError, ProgrammingError

from .errors import BadInput


class PactCommand(BaseCommand):
    """0 done, 2 bad input or unknown name, 1 anything else. Messages are one line on stderr."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Turn bad input into exit code 2, with the message and no traceback."""
        try:
            return super().execute(*args, **options)
        except BadInput as error:
            raise CommandError(str(error), returncode=2) from error
        except DatabaseError as error:
            if options.get("traceback"):
                raise
            raise CommandError(_refusal(error), returncode=1) from error

    @property
    def is_terminal(self) -> bool:
        """Whether a person is watching, so that a progress bar makes sense."""
        return sys.stderr.isatty()


def _refusal(error: DatabaseError) -> str:
    """The database's words in one line; a missing table mostly means a database never set up."""
    words = f"The database refused: {' '.join(str(error).split())}"
    missing = isinstance(error, OperationalError | ProgrammingError)
    if missing and ("no such table" in words or ("relation" in words and "not exist" in words)):
        words += ". Run `manage.py migrate` first."
    return words
