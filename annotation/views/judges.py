"""Judges of a dataset for researchers: what they said, how sure that is, where they part.

Whoever still annotates scenarios of the dataset sees none of it.
"""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis.metrics.agreement import POOLED
from annotation.access import access_judge, access_judged_dataset
from annotation.services import judge_figures as figures
from pact_site.base.access import researcher_only

PER_PAGE: Final = 25


@require_safe
@researcher_only
def judge_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every judge of the dataset with how far it is."""
    dataset = access_judged_dataset(request.user, slug)
    rows = [(judge, figures.expected(judge)) for judge in figures.judges_of(dataset)]
    return render(request, "annotation/judge_list.html", {"dataset": dataset, "rows": rows})


@require_safe
@researcher_only
def judge_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One judge: shares by criterion, flips, and its verdicts to filter."""
    judge = access_judge(request.user, slug, pk)
    criterion, value = request.GET.get("criterion", ""), request.GET.get("value", "")
    said = figures.verdicts(judge, criterion=criterion, value=value)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "judge": judge,
        "expected": figures.expected(judge),
        "shares": figures.shares(judge),
        "flips": figures.flips(judge),
        "others": figures.comparable(judge),
        "page": Paginator(said, PER_PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "criterion": criterion,
        "value": value,
        "pooled": POOLED,
    }
    return render(request, "annotation/judge_detail.html", context)


@require_safe
@researcher_only
def judge_beside(request: HttpRequest, slug: str, pk: int, other: int) -> HttpResponse:
    """Two judges of the same labels: how often they differ, and where."""
    one, two = access_judge(request.user, slug, pk), access_judge(request.user, slug, other)
    if one == two or one.labels != two.labels:
        raise Http404
    context = {
        "one": one,
        "two": two,
        "estimates": figures.between(one, two),
        "page": Paginator(figures.parted(one, two), PER_PAGE).get_page(request.GET.get("page")),
        "pooled": POOLED,
    }
    return render(request, "annotation/judge_beside.html", context)
