"""Prompts out and answers in, on the page of a run that is asked elsewhere."""

from __future__ import annotations

from typing import Final, cast

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modeling.access import access_run
from modeling.answer_forms import AnswersForm
from modeling.models import Run
from modeling.services import answer_uploads, prompt_files
from modeling.services.endpoints import FILES
from pact_site.base.access import researcher_only
from pact_site.base.models import User

MOST_CELLS: Final = 200_000
"""A request has no time for more; the command has."""


@require_safe
@researcher_only
def run_prompts(request: HttpRequest, public_id: str) -> HttpResponse | StreamingHttpResponse:
    """The prompts without an answer, as JSON lines."""
    run = _access(request, public_id)
    if run.cells > MOST_CELLS:
        words = _("This run is too large for a page. Use: manage.py export_prompts %s")
        return HttpResponse(words % run.public_id, status=413, content_type="text/plain")
    lines = (line for line, _cells in prompt_files.requests_of(run))
    response = StreamingHttpResponse(lines, content_type="application/jsonl")
    name = f"prompts-{run.public_id}.jsonl"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def run_answers(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a file of answers; a job reads it and the run's page watches."""
    run = _access(request, public_id)
    form = AnswersForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        answer_uploads.take(
            run, upload.chunks(), name=upload.name, model=form.cleaned_data["model"],
            actor=cast(User, request.user),
        )  # fmt: skip
        return redirect("modeling:run_detail", public_id)
    status = 422 if request.method == "POST" else 200
    return render(request, "modeling/run_answers.html", {"run": run, "form": form}, status=status)


@require_safe
@researcher_only
def run_answers_state(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of the run's page that waits for an import; the page is drawn anew after it."""
    run = _access(request, public_id)
    context = files_context(run)
    response = render(request, "modeling/_run_files.html", context | {"run": run})
    if not context["importing"]:
        response["HX-Refresh"] = "true"
    return response


def files_context(run: Run) -> dict[str, object]:
    """What `_run_files.html` shows: the last import."""
    job = answer_uploads.last(run)
    return {
        "import_job": job,
        "importing": job is not None and job.state in answer_uploads.OPEN,
        "too_large": run.cells > MOST_CELLS,
    }


def _access(request: HttpRequest, public_id: str) -> Run:
    run = access_run(request.user, public_id)
    if run.endpoint.get("kind") != FILES:
        raise Http404
    return run
