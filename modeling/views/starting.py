"""The last page before a run: what it will take, what its preflight found, and the button."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modeling.access import access_run
from modeling.models import Run
from modeling.services import estimates, preflight, preflight_jobs, runs, starting
from modeling.services.endpoints import stored
from modeling.services.preflight_jobs import OPEN
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def run_start(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what the run takes and what the preflight found; start it when told to."""
    run = access_run(request.user, public_id)
    if run.state not in runs.STARTABLE or run.imported:
        return redirect("modeling:run_detail", public_id)
    refusal = _start(request, run) if request.method == "POST" else ""
    if request.method == "POST" and not refusal:
        return redirect("modeling:run_detail", public_id)
    context = _context(run) | {"refusal": refusal}
    return render(request, "modeling/run_start.html", context, status=422 if refusal else 200)


@require_POST
@researcher_only
def run_preflight(request: HttpRequest, public_id: str) -> HttpResponse:
    """Queue a preflight; the page shows when it is done."""
    run = access_run(request.user, public_id)
    if run.state in runs.STARTABLE and preflight.needed(stored(run.endpoint)):
        preflight_jobs.of_run(run, actor=cast(User, request.user))
    return redirect("modeling:run_start", public_id)


@require_safe
@researcher_only
def run_start_state(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of the page that waits for the preflight."""
    run = access_run(request.user, public_id)
    return render(request, "modeling/_run_start.html", _context(run))


def _start(request: HttpRequest, run: Run) -> str:
    """Start it; why not, where it cannot be."""
    override = bool(request.POST.get("override"))
    try:
        starting.begin(run=run, override=override, actor=cast(User, request.user))
    except BadInput as error:
        return str(error)
    messages.success(request, _("The run has started; a worker asks the model."))
    return ""


def _context(run: Run) -> dict[str, object]:
    job = preflight_jobs.last_of_run(run)
    waiting = job is not None and job.state in OPEN
    return {
        "run": run,
        "job": job,
        "waiting": waiting,
        "needed": preflight.needed(stored(run.endpoint)),
        "due": preflight.is_due(run),
        "failed": preflight.failed_names(run.preflight),
        "estimate": estimates.of_run(run),
        "is_paid": stored(run.endpoint).is_paid,
    }
