"""A study's results page as researchers make it: draft, preview, publishing, taking back."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analysis.access import access_published
from analysis.models import Report, ResultsPage
from analysis.results_forms import ResultsForm
from analysis.services.results import pages
from analysis.services.results.exporting import zip_page
from analysis.services.results.freezing import hash_of
from analysis.services.results.offer import Offer, offer_of, reports_of
from analysis.services.results.rendering import Stamp, draw, extra_files
from analysis.views.results_public import file_response, page_response
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey.access import access_study
from survey.models import Study
from survey.views.tabs import tabs

HERE = "analysis:results_edit"


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def results_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft: what the page shows and says. Nothing here is public before it is published."""
    study = access_study(slug)
    page = pages.page_of(study)
    report = _wanted(request, page)
    if report is None:
        return render(request, "analysis/results_none.html", _context(study, page))
    try:
        offer = offer_of(report)
    except BadInput as error:
        context = _context(study, page) | {"error": error, "report": report}
        return render(request, "analysis/results_none.html", context)
    return _edit(request, study, page, offer)


def _edit(request: HttpRequest, study: Study, page: ResultsPage, offer: Offer) -> HttpResponse:
    form = ResultsForm.of(pages.draft_of(page, offer), offer)
    if request.method == "POST":
        form = ResultsForm(request.POST, offer=offer)
        if form.is_valid():
            _save(request, study, form)
            name = "results_preview" if "preview" in request.POST else "results_edit"
            return redirect(f"analysis:{name}", study.slug)
    context = _context(study, page) | {
        "form": form,
        "report": offer.report,
        "reports": reports_of(study.slug),
        "facts": offer.document["facts"],
    }
    return render(
        request, "analysis/results_edit.html", context, status=422 if form.errors else 200
    )


def _save(request: HttpRequest, study: Study, form: ResultsForm) -> None:
    actor = cast(User, request.user)
    pages.save_draft(study=study, draft=form.draft(), report=form.offer.report, actor=actor)
    messages.success(request, _("The draft is saved. Readers see it once it is published."))


def _wanted(request: HttpRequest, page: ResultsPage) -> Report | None:
    """The report that was asked for, else the page's own, else the newest there is."""
    asked = request.POST.get("report") or request.GET.get("report")
    reports = reports_of(page.study)
    named = next((report for report in reports if str(report.public_id) == asked), None)
    return named or page.report or reports.first()


def _context(study: Study, page: ResultsPage) -> dict[str, object]:
    return {
        "study": study,
        "tabs": tabs(study, HERE),
        "page": page,
        "standing": pages.standing_of(page),
    }


@require_safe
@researcher_only
def results_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The page as it would look, for researchers alone."""
    page = pages.page_of(access_study(slug))
    try:
        drawn = draw(pages.frozen_draft(page), Stamp())
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("analysis:results_edit", slug)
    return _private(page_response(drawn))


@require_safe
@researcher_only
def results_preview_file(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """A file beside the preview."""
    page = pages.page_of(access_study(slug))
    try:
        frozen = pages.frozen_draft(page)
    except BadInput:
        raise Http404 from None
    return _private(file_response(extra_files(frozen), name))


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def results_publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what becomes public, ask, and publish exactly what was shown."""
    study = access_study(slug)
    page = pages.page_of(study)
    try:
        frozen = pages.frozen_draft(page)
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("analysis:results_edit", slug)
    digest = hash_of(frozen)
    if request.method == "POST" and page.pk and request.POST.get("hash") == digest:
        pages.publish(page=page, frozen=frozen, actor=cast(User, request.user))
        messages.success(request, _("The page is public."))
        return redirect("analysis:results_edit", slug)
    context = _context(study, page) | {
        "frozen": frozen,
        "hash": digest,
        "moved": request.method == "POST",
        "hidden": sum(
            part["hidden"] for one in frozen["sections"] for part in one["figures"] + one["tables"]
        ),
    }
    return render(request, "analysis/results_publish.html", context)


@require_POST
@researcher_only
def results_unpublish(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the page back."""
    page = pages.page_of(access_study(slug))
    if page.pk and pages.unpublish(page=page, actor=cast(User, request.user)):
        messages.success(
            request,
            _("The page is no longer public. Copies of it may be kept elsewhere for minutes."),
        )
    return redirect("analysis:results_edit", slug)


@require_safe
@researcher_only
def results_download(request: HttpRequest, slug: str) -> FileResponse:
    """The published page as a folder in a zip file."""
    page = access_published(slug)
    name = f"{page.study}-results.zip"
    return FileResponse(zip_page(page), as_attachment=True, filename=name)
