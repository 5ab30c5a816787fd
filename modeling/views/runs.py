"""Runs for researchers: what is under way, how far it is, and what it could not read."""

from __future__ import annotations

import json
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation.models import Judge
from modeling.access import access_run
from modeling.backends import INVALID_REASONS
from modeling.models import Run
from modeling.services import answers, progress, runs
from modeling.services.questions import JUDGE
from pact_site.base.access import researcher_only
from pact_site.base.models import User

PER_PAGE = 50
SHOWN_INVALID = 50


@require_safe
@researcher_only
def run_list(request: HttpRequest) -> HttpResponse:
    """Every run, newest first; of one study where the query names it."""
    shown = progress.with_counts(Run.objects.all())
    study = request.GET.get("study", "")
    if study:
        shown = shown.filter(study_slug=study)
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "modeling/run_list.html", {"page": page, "study": study})


@require_safe
@researcher_only
def run_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One run: progress, words of the endpoint, unreadable answers, manifest."""
    run = access_run(request.user, public_id)
    invalid = [
        row | {"meaning": INVALID_REASONS.get(str(row["invalid_reason"]), "")}
        for row in answers.invalid_answers(run, SHOWN_INVALID)
    ]
    context = _context(run) | {
        "invalid": invalid,
        "manifest": json.dumps(run.manifest, indent=2, ensure_ascii=False, sort_keys=True),
    }
    return render(request, "modeling/run_detail.html", context)


@require_safe
@researcher_only
def run_progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of the page that changes; the whole page is drawn again when the run has ended."""
    run = access_run(request.user, public_id)
    response = render(request, "modeling/_run_progress.html", _context(run))
    if run.state != Run.State.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@researcher_only
def run_manifest(request: HttpRequest, public_id: str) -> HttpResponse:
    """The manifest as a file."""
    run = access_run(request.user, public_id)
    text = json.dumps(run.manifest, indent=2, ensure_ascii=False, sort_keys=True)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="run-{run.public_id}-manifest.json"'
    return response


@require_POST
@researcher_only
def run_stop(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out no further chunks."""
    run = access_run(request.user, public_id)
    reason = f"Stopped by {request.user}."
    if runs.stop(run=run, reason=reason, actor=cast(User, request.user)):
        messages.success(request, _("The run is stopped. Its answers are kept."))
    return redirect("modeling:run_detail", public_id)


@require_POST
@researcher_only
def run_resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask on where the run was; workers take it from here."""
    run = access_run(request.user, public_id)
    if runs.start(run=run, actor=cast(User, request.user)):
        messages.success(request, _("The run goes on as soon as a worker takes it."))
    return redirect("modeling:run_detail", public_id)


def _context(run: Run) -> dict[str, object]:
    return {
        "run": run,
        "progress": progress.of(run),
        "can_stop": run.state == Run.State.RUNNING,
        "can_resume": run.state in runs.STARTABLE and not run.imported,
        "judge": Judge.objects.filter(run_id=run.public_id).first() if run.kind == JUDGE else None,
    }
