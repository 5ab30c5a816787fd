"""Endpoints: which there are, setting one up, trying it, putting it away."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modeling.access import access_endpoint
from modeling.backends.baseline import RULES
from modeling.endpoint_forms import EndpointForm
from modeling.models import ModelEndpoint, Run
from modeling.services import endpoint_rows, preflight, preflight_jobs
from modeling.services.addresses import OPENAI_KEY, key_of
from modeling.services.endpoints import of_row
from modeling.services.preflight_jobs import OPEN
from pact_site.base.access import researcher_only
from pact_site.base.models import State, User


@require_safe
@researcher_only
def endpoint_list(request: HttpRequest) -> HttpResponse:
    """Those of the interface, the environment's, the baselines."""
    uses = Run.objects.values_list("endpoint__name").annotate(n=Count("pk")).order_by()
    counted = {str(name): n for name, n in uses}
    rows = ModelEndpoint.objects.order_by("archived", "name")
    context = {
        "rows": [(row, counted.get(row.name, 0), bool(key_of(row.key_variable))) for row in rows],
        "environment": {
            "model": settings.PACT_MODEL,
            "base_url": settings.PACT_BASE_URL,
            "has_key": bool(key_of(OPENAI_KEY)),
        },
        "baselines": list(RULES),
    }
    return render(request, "modeling/endpoint_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def endpoint_new(request: HttpRequest) -> HttpResponse:
    """Set one up."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        row = form.save(cast(User, request.user))
        if row:
            messages.success(request, _("The endpoint is set up. Try it before you ask it much."))
            return redirect("modeling:endpoint_detail", row.name)
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def endpoint_edit(request: HttpRequest, name: str) -> HttpResponse:
    """Change it; runs that are planned keep what they were planned with."""
    row = access_endpoint(request.user, name)
    form = EndpointForm(request.POST if request.method == "POST" else None, row=row)
    if request.method == "POST" and form.is_valid() and form.save(cast(User, request.user)):
        messages.success(request, _("The endpoint is changed. Runs planned before are not."))
        return redirect("modeling:endpoint_detail", name)
    return _form(request, form)


@require_safe
@researcher_only
def endpoint_detail(request: HttpRequest, name: str) -> HttpResponse:
    """What it is, its runs, and what a preflight found."""
    row = access_endpoint(request.user, name)
    return render(request, "modeling/endpoint_detail.html", _context(row))


@require_POST
@researcher_only
def endpoint_archive(request: HttpRequest, name: str) -> HttpResponse:
    """Take it out of every list, or put it back."""
    row = access_endpoint(request.user, name)
    endpoint_rows.archive(row=row, archived=not row.archived, actor=cast(User, request.user))
    return redirect("modeling:endpoint_detail", name)


@require_POST
@researcher_only
def endpoint_try(request: HttpRequest, name: str) -> HttpResponse:
    """Queue a preflight with small questions of our own."""
    row = access_endpoint(request.user, name)
    if preflight.needed(of_row(row)):
        preflight_jobs.of_endpoint(row, actor=cast(User, request.user))
    return redirect("modeling:endpoint_detail", name)


@require_safe
@researcher_only
def endpoint_tried(request: HttpRequest, name: str) -> HttpResponse:
    """The part of the page that waits for the preflight."""
    row = access_endpoint(request.user, name)
    return render(request, "modeling/_endpoint_tried.html", _context(row))


def _form(request: HttpRequest, form: EndpointForm) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "row": form.row}
    return render(request, "modeling/endpoint_form.html", context, status=status)


def _context(row: ModelEndpoint) -> dict[str, object]:
    job = preflight_jobs.last_of_endpoint(row)
    return {
        "row": row,
        "has_key": bool(key_of(row.key_variable)),
        "runs": Run.objects.filter(endpoint__name=row.name).order_by("-created_at")[:10],
        "needed": preflight.needed(of_row(row)),
        "job": job,
        "waiting": job is not None and job.state in OPEN,
        "result": job.result if job is not None and job.state == State.DONE else None,
    }
