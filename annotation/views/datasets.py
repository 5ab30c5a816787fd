"""Datasets and their scenarios, for researchers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import access_dataset, access_scenario, unfinished_seats
from annotation.filters import ScenarioFilter
from annotation.forms import ImportForm
from annotation.services import construction_overview, datasets, judge_figures
from annotation.services.imports import ImportReport, import_scenarios, scratch_folder
from pact_site.base.access import researcher_only
from pact_site.base.aside import scratch
from pact_site.base.errors import BadInput, BadRows
from pact_site.base.models import User

PER_PAGE = 25
LONGEST_FILE_NAME = 60


@require_safe
@researcher_only
def dataset_list(request: HttpRequest) -> HttpResponse:
    """Every dataset with its size and licence."""
    context = {"datasets": datasets.with_sizes()}
    return render(request, "annotation/dataset_list.html", context)


@require_safe
@researcher_only
def dataset_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What a dataset holds, and its scenarios to search and filter."""
    dataset = access_dataset(request.user, slug)
    versions = datasets.current_versions(dataset)
    chosen = ScenarioFilter(request.GET, queryset=versions)
    chosen.offer_only_present(versions)
    context = {
        "dataset": dataset,
        "released": dataset.releases.exists(),
        "summary": datasets.summary(dataset, chosen.region_scheme),
        "form": chosen.form,
        "page": Paginator(chosen.qs, PER_PAGE).get_page(request.GET.get("page")),
        "query": _query_without_page(request),
    }
    return render(request, "annotation/dataset_detail.html", context)


@require_safe
@researcher_only
def dataset_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The filtered scenarios as the documented table, each with its licence."""
    dataset = access_dataset(request.user, slug)
    chosen = ScenarioFilter(request.GET, queryset=datasets.current_versions(dataset))
    if not chosen.is_valid():
        page = reverse("annotation:dataset_detail", args=[slug])
        return HttpResponseRedirect(f"{page}?{request.GET.urlencode()}")
    table = io.StringIO()
    datasets.export_csv(table, chosen.qs)
    response = HttpResponse(table.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{dataset.slug}-scenarios.csv"'
    return response


@require_safe
@researcher_only
def scenario_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A scenario beside the row it was made from, with its versions."""
    scenario = access_scenario(request.user, slug, pk)
    current, *earlier = sorted(scenario.versions.all(), key=lambda v: v.number, reverse=True)
    hidden = unfinished_seats(request.user).filter(validation__dataset=scenario.dataset).exists()
    context = {
        "scenario": scenario,
        "current": current,
        "earlier": earlier,
        "verdicts": [] if hidden else judge_figures.of_version(current),
        "verdicts_hidden": hidden,
        "constructions": construction_overview.made_from(scenario),
    }
    return render(request, "annotation/scenario_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def dataset_import(request: HttpRequest) -> HttpResponse:
    """Upload a file of scenarios, or only check it; what is wrong stands beside the field."""
    if request.method != "POST":
        form = ImportForm(initial={"dataset": request.GET.get("dataset", "")})
        return render(request, "annotation/dataset_import.html", {"form": form})
    form = ImportForm(request.POST, request.FILES)
    only_check = "check" in request.POST
    report = _import(form, cast(User, request.user), only_check) if form.is_valid() else None
    if report is None:
        return render(request, "annotation/dataset_import.html", {"form": form}, status=422)
    if only_check:
        context = {"form": form, "report": report}
        return render(request, "annotation/dataset_import.html", context)
    messages.success(request, _told(report))
    for note in report.notes:
        messages.warning(request, note)
    return redirect("annotation:dataset_detail", report.dataset)


def _import(form: ImportForm, actor: User, only_check: bool) -> ImportReport | None:
    """The report of the import, or None with the form saying what is wrong."""
    given = form.cleaned_data
    upload: UploadedFile[bytes] = given["file"]
    with scratch(scratch_folder() / "upload") as folder:
        path = folder / Path(upload.name or "upload.csv").name[-LONGEST_FILE_NAME:]
        with path.open("wb") as stream:
            stream.writelines(upload.chunks())
        try:
            return import_scenarios(
                path=path,
                source_format=given["source_format"],
                dataset_slug=given["dataset"],
                include_neutral=given["include_neutral"],
                negatives=given["negatives"],
                licence=given["licence"],
                dry_run=only_check,
                actor=actor,
            )
        except datasets.BadArgument as error:
            form.add_error(error.argument, str(error))
        except BadInput as error:
            form.add_error("file", error.lines() if isinstance(error, BadRows) else [str(error)])
    return None


def _told(report: ImportReport) -> str:
    stored = report.stored
    left_out = [f"left out {n} ({reason})" for reason, n in sorted(report.skipped.items())]
    kept = f"kept {report.kept} from {report.countries} countries"
    told = f"{report.file}: " + ", ".join([f"read {report.read} rows", kept, *left_out])
    new = f"New scenarios: {stored.added}, new versions: {stored.revised}"
    return f"{told}. {new}, unchanged: {stored.unchanged}."


def _query_without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
