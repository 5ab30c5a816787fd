"""Reports: asked for, watched, read and downloaded by researchers."""

import json
import tempfile
import uuid
import zipfile
from pathlib import Path
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analysis.access import access_report, decided_datasets, visible_reports
from analysis.figures.palette import TOKENS
from analysis.forms import ReportForm
from analysis.models import Report
from analysis.reports.bundle import MANIFEST, read_manifest
from analysis.reports.service import file_of, folder_of, request_report, retry_report
from pact_site.base.access import researcher_only
from pact_site.base.models import User

PER_PAGE = 25
IN_MEMORY = 20_000_000
FILES = (
    ("report.html", _lazy("the whole report in one file that needs no network")),
    ("report.pdf", _lazy("the same for print")),
    ("estimates.csv", _lazy("every number with interval, counts and notes")),
    ("labels.csv", _lazy("every label with its reason, under pseudonyms")),
    ("outcomes.csv", _lazy("what was settled where annotators differ, and why")),
    ("tables/disagreement.csv", _lazy("every rated item by how much its annotators differ")),
    ("tables/intervals.csv", _lazy("Gwet's, jackknife and bootstrap bounds side by side")),
    ("data/human.csv", _lazy("people's answers in the release format")),
    ("data/predictions.csv", _lazy("models' answers in the release format")),
    ("data/predictions.csv.gz", _lazy("models' answers in the release format, packed")),
    ("data/traces.csv", _lazy("the listed items with text, counts and measures")),
    ("data/voices.csv", _lazy("people's reasons and models' rationales about them")),
    ("data/counts.csv", _lazy("decisions counted by model, scenario and role")),
    ("tables/items.csv", _lazy("the people's and the models' rate on every item")),
    ("codebook.md", _lazy("what every column and measure means")),
    ("methods.md", _lazy("how the numbers were made")),
    ("recompute.py", _lazy("computes the headline numbers anew from the data and compares")),
)


@require_safe
@researcher_only
def report_list(request: HttpRequest) -> HttpResponse:
    """Every report with its state and what to do next, newest first."""
    reports = visible_reports(request.user).select_related("job")
    wanted = request.GET.get("study", "")
    chosen = reports.filter(subject=wanted) if wanted else reports
    context = {
        "page": Paginator(chosen, PER_PAGE).get_page(request.GET.get("page")),
        "studies": reports.order_by("subject").values_list("subject", flat=True).distinct(),
        "wanted": wanted,
    }
    return render(request, "analysis/report_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def report_new(request: HttpRequest) -> HttpResponse:
    """Ask for a report; a worker builds it."""
    initial = {name: request.GET.get(name) for name in ("study", "kind", "indicators")}
    form = ReportForm(request.POST or None, initial={k: v for k, v in initial.items() if v})
    if request.method == "POST" and form.is_valid():
        report = request_report(options=form.options(), actor=cast(User, request.user))
        return redirect("analysis:report_detail", report.public_id)
    context = {"form": form, "decided": decided_datasets()}
    return render(request, "analysis/report_new.html", context)


@gzip_page
@require_safe
@researcher_only
def report_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The report, or how far its making has come."""
    report = access_report(request.user, public_id)
    if not report.finished_at:
        return render(request, "analysis/report_waiting.html", {"report": report})
    folder = folder_of(report)
    if not (folder / "report.json").is_file():
        return render(request, "analysis/report_gone.html", {"report": report}, status=410)
    return render(request, "analysis/report_detail.html", _page(report, folder))


def _page(report: Report, folder: Path) -> dict[str, Any]:
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    manifest = read_manifest(folder)
    specs = {
        name: json.loads((folder / "figures" / f"{name}.vl.json").read_text(encoding="utf-8"))
        for name in manifest["figures"]
    }
    return {
        "report": report,
        "document": document,
        "manifest": manifest,
        "specs": specs,
        "palette": TOKENS,
        "has_pdf": "report.pdf" in manifest["files"],
        "files": [(name, what) for name, what in FILES if name in manifest["files"]],
    }


@require_safe
@researcher_only
def report_progress(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The progress line, asked for again and again; a finished report reloads the page."""
    report = access_report(request.user, public_id)
    response = render(request, "analysis/_progress.html", {"report": report})
    if report.finished_at:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@researcher_only
def report_retry(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Queue a failed report again."""
    report = access_report(request.user, public_id)
    job = report.job
    if not report.finished_at and (job is None or job.state in ("failed", "cancelled")):
        retry_report(report=report, actor=cast(User, request.user))
        messages.success(request, _("The report is queued again."))
    return redirect("analysis:report_detail", public_id)


@require_safe
@researcher_only
def report_download(request: HttpRequest, public_id: uuid.UUID) -> FileResponse:
    """The whole bundle as one zip file."""
    report = access_report(request.user, public_id)
    _file(report, MANIFEST)
    name = f"pact-{report.kind}-{report.subject}"
    packed = _zip(folder_of(report), name)
    return FileResponse(packed, as_attachment=True, filename=f"{name}.zip")


def _zip(folder: Path, top: str) -> Any:
    """A temporary file holding the folder, all below one folder `top`."""
    stream = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            packed.write(path, f"{top}/{path.relative_to(folder).as_posix()}")
    stream.seek(0)
    return stream


@require_safe
@researcher_only
def report_file(request: HttpRequest, public_id: uuid.UUID, name: str) -> FileResponse:
    """One file of the bundle, always as a download: nothing in it runs on this site."""
    path = _file(access_report(request.user, public_id), name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


def _file(report: Report, name: str) -> Path:
    path = file_of(report, name)
    if path is None:
        raise Http404
    return path
