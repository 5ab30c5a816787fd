"""Prolific's side of a study: connection, ledger, decisions. What writes there asks first."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey import access
from survey.models import Cohort, ProlificDecision, Study
from survey.prolific import decisions, drafting
from survey.prolific.choosing import choose
from survey.prolific.client import ProlificError, client_from_settings
from survey.prolific.connection import by_status, connection
from survey.prolific.demographics import import_demographics
from survey.prolific.ledger import Entry, counts, find, ledger
from survey.prolific.ledger_file import ledger_file
from survey.prolific.linking import link_study
from survey.prolific.polling import OPEN, last_poll, queue_poll
from survey.prolific.rules import Action, Verdict, supported_categories, verdict
from survey.prolific_forms import DecisionForm, ExportForm, LedgerFilter, LinkForm
from survey.services.cohorts import home_cohort
from survey.views.studies import PROLIFIC_QUERY
from survey.views.tabs import tabs

HERE = "survey:study_prolific"
LINES = 100
"""Lines of the ledger on one page."""


def _context(request: HttpRequest, study: Study) -> dict[str, object]:
    asked = request.GET.get("cohort", "")
    cohort = asked if asked in Cohort.values else home_cohort(study)
    return {
        "study": study,
        "tabs": tabs(study, HERE),
        "cohort": cohort,
        "cohorts": Cohort.choices,
        "simulated": cohort == Cohort.REHEARSAL,
    }


def _actor(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def _back(request: HttpRequest, name: str, slug: str) -> HttpResponse:
    cohort = request.GET.get("cohort", "")
    address = reverse(f"survey:{name}", args=[slug])
    return redirect(f"{address}?cohort={cohort}" if cohort in Cohort.values else address)


@researcher_only
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Connection, counts and the ledger, filtered."""
    return _page(request, access.study_with_instrument(slug))


def _page(
    request: HttpRequest,
    study: Study,
    link_form: LinkForm | None = None,
    export_form: ExportForm | None = None,
) -> HttpResponse:
    context = _context(request, study)
    entries = ledger(study, str(context["cohort"]))
    chosen = LedgerFilter(request.GET)
    query = request.GET.copy()
    query.pop("page", None)
    context |= {
        "connection": connection(study),
        "poll": last_poll(study),
        "statuses": by_status(entries),
        "kinds": [(kind, count) for kind, count in counts(entries).items() if count],
        "entries": entries,
        "approvable": len(decisions.approvable(entries)),
        "outbox": decisions.outbox(entries),
        "lines": Paginator(_filtered(entries, chosen), LINES).get_page(request.GET.get("page")),
        "filter": chosen,
        "query": query.urlencode(),
        "link_form": link_form or LinkForm({"prolific_study_id": study.prolific_study_id}),
        "export_form": export_form or ExportForm(),
        "recruiting_url": _recruiting_url(request, study),
        "webhook_url": request.build_absolute_uri(reverse("survey:prolific_webhook")),
    }
    status = 422 if link_form or export_form else 200
    return render(request, "survey/prolific.html", context, status=status)


def _recruiting_url(request: HttpRequest, study: Study) -> str:
    entry = request.build_absolute_uri(reverse("survey:entry", args=[study.slug]))
    return f"{entry}?{PROLIFIC_QUERY}"


def _filtered(entries: list[Entry], chosen: LedgerFilter) -> list[Entry]:
    """The lines asked for; a filter that cannot be read filters nothing."""
    return choose(entries, **chosen.cleaned_data) if chosen.is_valid() else entries


@researcher_only
@require_POST
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """Set the study's id at Prolific."""
    study = access.study_with_instrument(slug)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, study, link_form=form)
    told = form.cleaned_data["prolific_study_id"]
    try:
        link_study(study=study, prolific_study_id=told, actor=_actor(request))
    except BadInput as error:
        form.add_error("prolific_study_id", str(error))
        return _page(request, study, link_form=form)
    messages.success(request, _("Saved. Poll now to fetch the submissions."))
    return _back(request, "study_prolific", slug)


@researcher_only
@require_POST
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Import the demographic export; what is wrong with it stands beside the field."""
    study = access.study_with_instrument(slug)
    form = ExportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            told = _import(study, form.cleaned_data["file"], _actor(request))
            messages.success(request, " ".join(told))
            return _back(request, "study_prolific", slug)
        except BadInput as error:
            form.add_error("file", str(error))
    return _page(request, study, export_form=form)


def _import(study: Study, upload: UploadedFile[bytes], actor: User | None) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(upload.name or "export.csv").name[-100:]
        with path.open("wb") as stream:
            stream.writelines(upload.chunks())
        return import_demographics(path=path, study=study, actor=actor).lines()


@researcher_only
@require_POST
def poll_now(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a worker ask Prolific for every submission; this changes nothing there."""
    study = access.study_with_instrument(slug)
    try:
        queue_poll(study=study, actor=_actor(request))
    except BadInput as error:
        messages.error(request, str(error))
    return _back(request, "study_prolific", slug)


@researcher_only
@require_safe
def poll_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """How far the newest poll is, asked for again and again; the page is read anew at its end."""
    study = access.study_with_instrument(slug)
    job = last_poll(study)
    response = render(request, "survey/_poll.html", {"study": study, "poll": job})
    if job is None or job.state not in OPEN:
        response["HX-Refresh"] = "true"
    return response


@researcher_only
@require_POST
def ledger_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole ledger as a file; with Prolific's ids only when asked for, and then it is noted."""
    study = access.study_with_instrument(slug)
    cohort = str(_context(request, study)["cohort"])
    name, text = ledger_file(
        study=study,
        cohort=cohort,
        entries=ledger(study, cohort),
        ids=request.POST.get("ids") == "1",
        actor=_actor(request),
    )
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@researcher_only
@require_POST
def approve_all(request: HttpRequest, slug: str) -> HttpResponse:
    """Draft every approval that is the next step, and show them for confirmation."""
    study = access.study_with_instrument(slug)
    cohort = str(_context(request, study)["cohort"])
    decisions.draft_approvals(study=study, entries=ledger(study, cohort), actor=_actor(request))
    return _back(request, "prolific_confirm", slug)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def submission(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One submission: the evidence, what the rules allow, and a decision to be drafted."""
    study = access.study_with_instrument(slug)
    context = _context(request, study)
    entry = find(study, str(context["cohort"]), pk)
    if entry is None:
        raise Http404
    form, error = DecisionForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            decisions.draft(study=study, entry=entry, actor=_actor(request), **_decision(form))
            return _back(request, "prolific_confirm", slug)
        except BadInput as refused:
            error = str(refused)
    context |= {"entry": entry, "choices": _choices(entry, form), "error": error}
    status = 422 if request.method == "POST" else 200
    return render(request, "survey/prolific_submission.html", context, status=status)


def _decision(form: DecisionForm) -> dict[str, Any]:
    return form.cleaned_data | {"action": Action(form.cleaned_data["action"])}


def _choices(entry: Entry, form: DecisionForm) -> list[dict[str, object]]:
    """What can be decided: approve, ask to return, and a rejection per category that is supported.

    The message is what was typed, if this is the form that came back.
    """
    evidence = entry.evidence
    rejections: Sequence[Verdict] = supported_categories(evidence)
    rejections = rejections or [verdict(evidence, Action.REJECT)]
    judged = [verdict(evidence, Action.APPROVE), verdict(evidence, Action.RETURN), *rejections]
    typed = (form.data.get("action"), form.data.get("category", ""), form.data.get("message", ""))
    found = []
    for one in judged:
        category = one.category or ""
        message = drafting.draft(evidence, one.action, one.category) if one.ok else ""
        kept = typed[:2] == (one.action, category)
        found.append({"verdict": one, "message": typed[2] if kept else message})
    return found


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """Exactly what will be sent, about how many people; posting sends what was shown."""
    study = access.study_with_instrument(slug)
    context = _context(request, study)
    cohort = str(context["cohort"])
    if request.method == "POST" and request.POST.get("sure"):
        _send(request, study, cohort)
        return _back(request, "study_prolific", slug)
    waiting = decisions.outbox(ledger(study, cohort))
    actions = Counter(row.action for _entry, row in waiting)
    context |= {
        "waiting": [(entry, row, decisions.seal(row)) for entry, row in waiting],
        "sentences": [_SENTENCES[action](count) for action, count in sorted(actions.items())],
        "people": len({entry.prolific_pid or entry.submission_id for entry, _row in waiting}),
        "connection": connection(study),
        "unsure": request.method == "POST",
    }
    return render(request, "survey/prolific_confirm.html", context)


_SENTENCES: dict[str, Callable[[int], str]] = {
    ProlificDecision.Action.APPROVE: lambda n: (
        ngettext(
            "%(n)d submission is approved, and its participant is paid.",
            "%(n)d submissions are approved, and their participants are paid.",
            n,
        )
        % {"n": n}
    ),
    ProlificDecision.Action.REJECT: lambda n: (
        ngettext(
            "%(n)d submission is rejected: its participant is not paid, is told why, and it counts against them.",
            "%(n)d submissions are rejected: their participants are not paid, are told why, and it counts against them.",
            n,
        )
        % {"n": n}
    ),
    ProlificDecision.Action.RETURN: lambda n: (
        ngettext(
            "%(n)d participant is asked to return the submission.",
            "%(n)d participants are asked to return their submissions.",
            n,
        )
        % {"n": n}
    ),
}


def _send(request: HttpRequest, study: Study, cohort: str) -> None:
    """Send what was confirmed and say what became of it."""
    try:
        with client_from_settings() as client:
            report = decisions.send(
                study=study,
                cohort=cohort,
                seals=request.POST.getlist("seal"),
                client=client,
                actor=_actor(request),
            )
    except ProlificError as error:
        messages.error(request, str(error))
        return
    if report.sent:
        messages.success(request, _("Sent to Prolific: %(n)d.") % {"n": report.sent})
    if report.failed:
        told = _("Failed: %(n)d. The reasons stand with the decisions; they can be tried again.")
        messages.error(request, told % {"n": report.failed})
    if report.left:
        told = _("Left alone: %(n)d, sent by somebody else already or changed since it was shown.")
        messages.warning(request, told % {"n": report.left})


@researcher_only
@require_POST
def discard(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Drop a draft."""
    study = access.study_with_instrument(slug)
    if not decisions.discard(study=study, decision=pk, actor=_actor(request)):
        messages.warning(request, _("This decision cannot be dropped any more."))
    return _back(request, "prolific_confirm", slug)
