"""Which request, and which piece of work, a line of the log belongs to."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

_request: ContextVar[str] = ContextVar("request_id", default="")
_work: ContextVar[str] = ContextVar("work_id", default="")
_NAME = "pact_request_id"
_SOUND = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """The id of the request being answered, or empty."""
    return _request.get()


def new_request_id(given: str = "") -> str:
    """The id that a proxy gave, where it is one, or a new one."""
    return given if _SOUND.fullmatch(given) else uuid.uuid4().hex


def named(request: HttpRequest, identity: str) -> None:
    """Let lines about a request have its id when it has been answered: Django writes some then."""
    vars(request)[_NAME] = identity


@contextmanager
def answering(identity: str) -> Iterator[None]:
    """Lines logged inside belong to this request."""
    token = _request.set(identity)
    try:
        yield
    finally:
        _request.reset(token)


@contextmanager
def working_on(name: str) -> Iterator[None]:
    """Lines logged inside belong to this job or chunk."""
    token = _work.set(name)
    try:
        yield
    finally:
        _work.reset(token)


class Ids(logging.Filter):
    """Gives every record `request_id` and `work_id`; `ids` is both in words, for plain logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        about = getattr(vars(record).get("request"), _NAME, "")
        known = vars(record).get("request_id", "")  # to another handler's filter
        ids = {"request": _request.get() or about or known, "work": _work.get()}
        vars(record).update({f"{name}_id": value for name, value in ids.items()})
        record.ids = "".join(f" [{name} {value}]" for name, value in ids.items() if value)
        return True


class NoAddresses(logging.Filter):
    """Addresses in Django's own lines become the URL pattern: they hold keys of participants.

    Django logs `Not Found: /the/address/` and hangs the whole request, query string and all, on the
    record, where a formatter may find it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        request = vars(record).pop("request", None)
        path = getattr(request, "path", None)
        if path is not None and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            route = match.route if match else "(no such page)"
            record.args = tuple(route if arg == path else arg for arg in record.args)
        return True


class Refusals(logging.Filter):
    """What was refused is one line: a warning without a traceback.

    Django shows where in our code it was noticed, and calls a foreign host an error of ours; anybody
    who asks for what is not open to them could fill the log with that.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        raised = record.exc_info[1] if record.exc_info else None
        if record.name.startswith("django.security.") or isinstance(raised, PermissionDenied):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
