"""From source rows to scenarios: how a construction stands, and the trail of one row."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.access import access_construction, access_dataset, access_source_row
from annotation.construction_forms import RowFilter
from annotation.models import Construction, SourceRow
from annotation.services import construction_overview as told
from annotation.services import editing
from annotation.services.construction_overview import RowState
from pact_site.base.access import researcher_only

PER_PAGE = 25


@require_safe
@researcher_only
def construction_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The dataset's constructions, newest first."""
    dataset = access_dataset(request.user, slug)
    context = {"dataset": dataset, "constructions": dataset.constructions.all()}
    return render(request, "annotation/construction_list.html", context)


@require_safe
@researcher_only
def construction_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Steps by verdict and reason, and the rows behind each number."""
    construction = access_construction(request.user, slug, pk)
    overview = told.overview(construction)
    form = RowFilter(request.GET, overview=overview)
    chosen = overview.matching(**form.chosen)
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "construction": construction,
        "dataset": construction.dataset,
        "overview": overview,
        "form": form,
        "page": page,
        "rows": _with_sources(construction, list(page.object_list)),
        "query": query.urlencode(),
    }
    return render(request, "annotation/construction_detail.html", context)


@require_safe
@researcher_only
def construction_row(request: HttpRequest, slug: str, pk: int, row_pk: int) -> HttpResponse:
    """The source row, what each step made of it, and the scenario, side by side."""
    construction = access_construction(request.user, slug, pk)
    row = access_source_row(construction, row_pk)
    scenario = told.scenario_of(row)
    newest = scenario.versions.order_by("-number").first() if scenario else None
    context = {
        "construction": construction,
        "dataset": construction.dataset,
        "row": row,
        "trail": told.trail(construction, row),
        "scenario": scenario,
        "newest": newest,
        "findings": editing.findings(newest) if newest else [],
    }
    return render(request, "annotation/construction_row.html", context)


def _with_sources(
    construction: Construction, states: list[RowState]
) -> list[tuple[RowState, SourceRow]]:
    sources = construction.dataset.rows.in_bulk([state.row for state in states])
    return [(state, sources[state.row]) for state in states]
