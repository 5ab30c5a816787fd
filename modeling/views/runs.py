"""Runs for researchers: what is under way, how far each is, and what to do about it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.models import Judge
from modeling.access import access_run
from modeling.filters import RunFilter
from modeling.models import Run
from modeling.services import design_words, progress, repeating, run_rows, runs, starting, trouble
from modeling.services.endpoints import FILES, stored
from modeling.services.questions import JUDGE
from modeling.views.answering import without_page
from modeling.views.prompt_files import files_context
from pact_site.base.access import researcher_only
from pact_site.base.csvsafe import stream_rows
from pact_site.base.errors import BadInput
from pact_site.base.models import User

PER_PAGE = 50


@require_safe
@researcher_only
def run_list(request: HttpRequest) -> HttpResponse:
    """The runs that pass the filters, newest first unless sorted otherwise."""
    found = RunFilter(request.GET, queryset=progress.with_counts(Run.objects.all()))
    found.offer_only_present()
    context = {
        "page": Paginator(found.chosen, PER_PAGE).get_page(request.GET.get("page")),
        "form": found.form,
        "filtered": any(request.GET.get(name) for name in found.form.fields),
        "query": without_page(request),
        "study": request.GET.get("study", ""),
    }
    return render(request, "modeling/run_list.html", context)


@require_safe
@researcher_only
def run_list_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same list as a file, every page of it."""
    found = RunFilter(request.GET, queryset=progress.with_counts(Run.objects.all()))
    rows = (run_rows.row_of(run) for run in found.chosen.iterator(chunk_size=500))
    return csv_file("runs.csv", stream_rows(run_rows.COLUMNS, ([row] for row in rows)))


@require_safe
@researcher_only
def run_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One run: progress, what is asked of whom, its preflight, chunks with trouble."""
    run = access_run(request.user, public_id)
    context = _context(run) | {
        "design": design_words.design_of(run),
        "decoding": design_words.decoding_of(run),
        "prompts": run.manifest.get("prompts", {}),
        "repeats": run.repeats.order_by("-created_at"),
    }
    if run.endpoint.get("kind") == FILES:
        context |= files_context(run)
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
    try:
        started = starting.begin(run=run, actor=cast(User, request.user))
    except BadInput as error:  # its preflight is due
        messages.error(request, str(error))
        return redirect("modeling:run_start", public_id)
    if started:
        messages.success(request, _("The run goes on as soon as a worker takes it."))
    return redirect("modeling:run_detail", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def run_retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what asking the failed chunks again means; then do it."""
    run = access_run(request.user, public_id)
    if request.method == "POST":
        n = runs.retry_failed(run=run, actor=cast(User, request.user))
        words = ngettext("%(n)s chunk is asked again.", "%(n)s chunks are asked again.", n)
        messages.success(request, words % {"n": n})
        return redirect("modeling:run_detail", public_id)
    context = {"run": run, "failed": trouble.failed(run), "paid": _is_paid(run)}
    return render(request, "modeling/run_retry.html", context)


def csv_file(name: str, pieces: object) -> StreamingHttpResponse:
    """A download that is made while it is sent."""
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _is_paid(run: Run) -> bool:
    return not run.imported and stored(run.endpoint).is_paid


def _context(run: Run) -> dict[str, object]:
    return {
        "run": run,
        "progress": progress.of(run),
        "can_stop": run.state == Run.State.RUNNING,
        "can_resume": run.state in runs.STARTABLE and not run.imported,
        "repeatable": repeating.KINDS,
        "failed": trouble.failed(run),
        "in_batches": trouble.in_batches(run),
        "resting": trouble.resting(run),
        "judge": Judge.objects.filter(run_id=run.public_id).first() if run.kind == JUDGE else None,
    }
