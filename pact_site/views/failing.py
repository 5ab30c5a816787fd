"""What is answered where our own code failed."""

import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from pact_site import outage
from pact_site.base.access import public
from pact_site.base.tracing import request_id
from pact_site.staff_middleware import PARTICIPANTS
from survey.views.gate import refused


@public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where more was sent than one request may hold; REST answers in JSON."""
    too_big = isinstance(exception, RequestDataTooBig)
    status = 413 if too_big else 400
    if too_big and (slug := _study_answered(request)):
        return refused(request, slug, "too_much")
    if request.path.startswith("/api/"):
        detail = "More was sent than one request may hold." if too_big else "Bad request."
        return JsonResponse({"detail": detail}, status=status)
    return render(request, f"{status}.html", status=status)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without the token that protects it; participants are told how to go on."""
    if slug := _study_answered(request):
        return refused(request, slug, "stale")
    return render(request, "403_csrf.html", status=403)


def _study_answered(request: HttpRequest) -> str | None:
    """The study's slug where a participant's page was asked for."""
    match = request.resolver_match
    ours = match is not None and request.path_info.startswith(PARTICIPANTS)
    return match.kwargs.get("slug") if match and ours else None


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """500 with the id under which the log holds the error; REST answers in JSON as everywhere.

    503 or 507 where a service was away or the disk full, and not our code at fault.

    Nothing is asked of the database or of who is signed in: either may be what failed.
    """
    if response := outage.answer(request, sys.exc_info()[1]):
        return response
    identity = request_id()
    if request.path.startswith("/api/"):
        detail = f"Something went wrong on our side. The log holds it under {identity}."
        return JsonResponse({"detail": detail}, status=500)
    answering = request.path_info.startswith(PARTICIPANTS)
    page = render_to_string("500.html", {"request_id": identity, "answering": answering})
    return HttpResponse(page, status=500)
