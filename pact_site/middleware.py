"""What happens around every request: an access log without personal data, and no stored copies."""

import logging
import time
from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.middleware.common import CommonMiddleware
from django.shortcuts import render

from modeling.answer_forms import MOST_BYTES
from modeling.shards import Damaged, Unreachable
from pact_site import counts
from pact_site.base.tracing import answering, named, new_request_id

log = logging.getLogger("pact.access")

PROBES = ("/health/", "/ready/")
LARGEST_BODY = MOST_BYTES + 1_000_000
"""The largest file that any form takes, and room for what goes with it."""

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestId:
    """Every request has an id: in each line of its log, and in the answer's `X-Request-ID`.

    Behind a proxy (`PACT_BEHIND_PROXY`) the proxy's id is kept, so that its log and ours can be
    laid side by side; from anybody else an id is not believed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer under an id."""
        behind_proxy = settings.SECURE_PROXY_SSL_HEADER is not None
        given = request.headers.get("X-Request-ID", "") if behind_proxy else ""
        identity = new_request_id(given)
        named(request, identity)
        with answering(identity):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = identity
        return response


class KnownHosts(CommonMiddleware):
    """Django's own, which asks whether the address is ours (`PACT_ALLOWED_HOSTS`).

    Probes inside the house ask a machine or a container by whatever name or number it has there, and
    what they are told holds no address.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """400 for a foreign address, unless it is a probe's."""
        return None if request.path_info in PROBES else super().process_request(request)


class ContentSecurityPolicy:
    """The policy of the settings on every answer that brings none of its own.

    django-csp puts the policy's text together twice for each answer; it is always the same.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer under the policy; Django's technical pages of a developer have styles inside."""
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault(HEADER, self.policy)
        return response


class NoNulInAddress:
    """No address of ours holds a NUL, and PostgreSQL would refuse to look for one: not found."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, unless the path holds a NUL."""
        if "\0" not in request.path_info:
            return self.get_response(request)
        if request.path_info.startswith("/api/"):
            return JsonResponse({"detail": "Not found."}, status=404)
        raise Http404


class AccessLog:
    """One line and one count per request: method, route, status, time.

    The route is the URL pattern (`s/<slug>/`), never the address itself: addresses hold keys of
    participants, query strings hold identifiers of panels, and neither belongs in a log.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then write and count."""
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        match = request.resolver_match
        route = match.route if match else "(no such page)"
        line = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000),
        }
        log.info("%(method)s %(route)s %(status)s %(ms)s ms", line, extra=line)
        counts.count_request(request.method or "", route, response.status_code, seconds)
        return response


class BoundedBody:
    """No more is read than anybody may send: 413 before the first byte of it touches the disk.

    Django bounds fields and leaves files to forms, which see them when they lie on the disk; and
    looking for the token of a form, it has read all of them, whoever sent them. A body that does not
    say how long it is has none for Django.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as ever."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """RequestDataTooBig for more than this person may send at once.

        REST asks for who is there before it reads, so there the larger bound is enough.
        """
        length = request.META.get("CONTENT_LENGTH") or ""
        sent = int(length) if length.isdecimal() else 0
        if sent <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return
        known = request.path_info.startswith("/api/") or (
            hasattr(request, "user") and request.user.is_authenticated
        )
        if sent > LARGEST_BODY or not known:
            raise RequestDataTooBig


class DamagedAnswers:
    """A page that needs answers whose file cannot be read says which, and what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as ever."""
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """503 with the words of the error; other errors go their way."""
        if not isinstance(exception, Damaged | Unreachable):
            return None
        log.error("%s", exception)
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": str(exception)}, status=503)
        return render(request, "pact_site/damaged.html", {"words": str(exception)}, status=503)


class NoStoreForStaff:
    """Pages drawn for a signed-in person are not kept by browsers or proxies.

    A view that sets its own Cache-Control keeps it. Whether somebody is signed in is read from
    the cookie's presence, so that participants' pages neither load nor vary on a session.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then forbid keeping a copy where a session came along."""
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
