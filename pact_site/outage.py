"""What is answered while the database or the cache is away, or the disk is full.

503 or 507 (no room), with a page that needs none of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from pact_site.base.errors import is_full

log = logging.getLogger(__name__)

RETRY_AFTER_S = 5
AWAY = "The database or the cache does not answer. Nothing was lost; try again in a moment."
FULL = "There is no room left on the server's disk. Nothing half-written is left; try again later."


class ServicesAway:
    """A view without database, cache or room on the disk answers 503 or 507 instead of 500.

    Outermost of what may need either: an error that is raised beside a view, by the middleware of
    sessions or of accounts, reaches nobody but Django's handler of errors (`handler500`), which
    asks `answer` as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as ever."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """503 or 507 where something is away; other errors go their way."""
        return answer(request, exception)


def answer(request: HttpRequest, exception: BaseException | None) -> HttpResponse | None:
    """503 or 507 with the time to wait, or None where the error is of another kind.

    The page asks nobody anything, so it can be shown when nobody answers: no session, no language
    of a study, no account's name.
    """
    if isinstance(exception, OperationalError | InterfaceError | RedisError):
        status, words = 503, AWAY
    elif exception is not None and is_full(exception):
        status, words = 507, FULL
    else:
        return None
    log.error("Answered %s: %s", status, " ".join(str(exception).split()))
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"detail": words}, status=status)
    else:
        response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    response.headers["Cache-Control"] = "no-store"
    return response
