"""Home, the style page, health and readiness."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from analysis.services.results.pages import published_cards
from annotation.access import access_own_seats
from annotation.services.validation.progress import own_progress
from pact_site.base.access import public, staff_only
from pact_site.base.models import User
from pact_site.forms import SampleForm
from pact_site.services.operations import pending_migrations
from pact_site.services.overview import overview

RESULTS = 5
"""Published results that visitors find on the first page."""

SAMPLE = {"name": "First light", "slug": "two words", "scheme": "geo-v1", "cohort": "real"}

log = logging.getLogger(__name__)
_migrated = False


@public
def home(request: HttpRequest) -> HttpResponse:
    """The way in: what PACT is for visitors, what to do next for staff."""
    user = request.user
    if not isinstance(user, User):
        return render(request, "pact_site/welcome.html", {"results": published_cards()[:RESULTS]})
    if not user.is_researcher:
        seats = [(seat, own_progress(seat)) for seat in access_own_seats(user)]
        return render(request, "pact_site/home_annotator.html", {"seats": seats})
    return render(request, "pact_site/home.html", {"overview": overview()})


@staff_only
def style(request: HttpRequest) -> HttpResponse:
    """The design system, drawn with itself."""
    return render(request, "pact_site/style.html", {"form": SampleForm(SAMPLE)})


@public
def health(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers and has the tables of this code; 503 while it does not."""
    try:
        ahead = _migrations_to_come()
    except DatabaseError as error:
        log.warning("Not ready: %s", error)
        return JsonResponse({"database": "unreachable"}, status=503)
    if ahead:
        return JsonResponse({"database": "ok", "migrations": f"{ahead} to come"}, status=503)
    return JsonResponse({"database": "ok"})


def _migrations_to_come() -> int:
    """Asked of the database until there are none, and from then on only whether it answers."""
    global _migrated
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _migrated:
        ahead = pending_migrations()
        _migrated = not ahead
        return ahead
    return 0
