"""The bases of management commands: exit codes that scripts can rely on."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import OperationalError, ProgrammingError

from .checks import SETTINGS
from .errors import BadInput, system_words


def manage_command() -> str:
    """How commands of this installation begin in its folder, as pages show them to be copied."""
    made = settings.BASE_DIR / ".venv" / "bin" / "python"  # by `make setup`; an image has its own
    return f"{'.venv/bin/python' if made.exists() else 'python'} manage.py"


class PactCommand(BaseCommand):
    """0 done, 2 bad input or unknown name, 1 anything else. Messages are one line on stderr."""

    # A bad setting stops a start. To look at addresses and templates too is to import every page,
    # which takes longer than most commands: that is `manage.py check`.
    requires_system_checks: list[str] | tuple[str, ...] = (SETTINGS,)

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
        except OSError as error:
            if options.get("traceback"):
                raise
            raise CommandError(system_words(error), returncode=1) from error

    @property
    def is_terminal(self) -> bool:
        """Whether a person is watching, so that a progress bar makes sense."""
        return sys.stderr.isatty()


class ServingCommand(BaseCommand):
    """A server of ours that stands in for somebody else's, until it is interrupted."""

    requires_system_checks = ()

    def keep_serving(self, serve: Callable[..., None], port: int, what: object) -> NoReturn:
        """`serve(port, what)`, saying at once what is to be said; CommandError for a taken port."""
        try:
            serve(port, what, say=self.say)
        except OSError as error:
            raise CommandError(f"cannot listen on port {port}: {error}") from error
        except KeyboardInterrupt:
            pass
        sys.exit(0)

    def say(self, line: str) -> None:
        """A line for whoever reads along, a script included."""
        self.stdout.write(line)
        self.stdout.flush()


def _refusal(error: DatabaseError) -> str:
    """The database's words in one line; a missing table mostly means a database never set up."""
    words = f"The database refused: {' '.join(str(error).split())}"
    missing = isinstance(error, OperationalError | ProgrammingError)
    if missing and ("no such table" in words or ("relation" in words and "not exist" in words)):
        words += ". Run `manage.py migrate` first."
    return words
