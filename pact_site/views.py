"""Home, health and readiness."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from pact_site.base.access import public


@public
def home(request: HttpRequest) -> HttpResponse:
    """The way in."""
    return render(request, "pact_site/home.html")


@public
def health(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers."""
    connection.ensure_connection()
    return JsonResponse({"database": "ok"})
