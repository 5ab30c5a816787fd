"""Researchers' pages: the list of studies, and one study."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pact_site.base.access import researcher_only
from survey import access
from survey.models import Study


@researcher_only
@require_safe
def study_list(request: HttpRequest) -> HttpResponse:
    """Every study with its state."""
    return render(request, "survey/study_list.html", {"studies": Study.objects.all()})


@researcher_only
@require_safe
def study_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One study."""
    study = access.access_study(slug)
    return render(request, "survey/study_detail.html", {"study": study})
