"""What whoever runs this installation looks at, and what Prometheus reads."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare

from pact_site import counts
from pact_site.base.access import administrator_only, public
from pact_site.base.models import User
from pact_site.services.operations import operations, services


@administrator_only
def operations_page(request: HttpRequest) -> HttpResponse:
    """Queues, leases, failures, room, services and versions; the middle renews itself."""
    part = request.headers.get("HX-Request") == "true"
    name = "pact_site/_operations.html" if part else "pact_site/operations.html"
    return render(request, name, {"now": operations(), "services": services()})


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for whoever brings `PACT_METRICS_TOKEN`, or for administrators."""
    if not _may_read(request):
        return HttpResponse(
            "Send PACT_METRICS_TOKEN as a bearer token, or sign in as an administrator.\n",
            content_type="text/plain",
            status=403,
        )
    return HttpResponse(counts.exposed(), content_type=counts.CONTENT_TYPE)


def _may_read(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.PACT_METRICS_TOKEN and scheme == "Bearer":
        return constant_time_compare(token, settings.PACT_METRICS_TOKEN)
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_administrator
