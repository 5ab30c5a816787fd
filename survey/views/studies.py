"""Researchers' pages: the list of studies, and one study."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from pact_site.base.access import researcher_only
from survey import access
from survey.models import Cohort, Study
from survey.services import tickets
from survey.services.overview import overview, studies
from survey.views.tabs import tabs

PROLIFIC_QUERY = (
    "PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
)
"""What Prolific fills in when it opens a study's link."""


@researcher_only
@require_safe
def study_list(request: HttpRequest) -> HttpResponse:
    """Every study with its state and how many people completed it."""
    return render(request, "survey/study_list.html", {"studies": studies()})


@researcher_only
@require_safe
def study_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One study: who came, what is covered, and where to go from here."""
    study = access.access_study(slug)
    context: dict[str, object] = {
        "study": study,
        "tabs": tabs(study, "survey:study_detail"),
        "overview": overview(study),
        "runs_url": _page("modeling:run_list"),
        "reports_url": _page("analysis:report_list"),
    }
    if study.origin == Study.Origin.COLLECTED:
        entry = reverse("survey:entry", args=[slug])
        ticket = tickets.make_ticket(study, Cohort.PREVIEW)
        context["preview_url"] = f"{entry}?{tickets.PARAMETER}={ticket}"
        context["recruiting_url"] = f"{request.build_absolute_uri(entry)}?{PROLIFIC_QUERY}"
    return render(request, "survey/study_detail.html", context)


def _page(name: str) -> str:
    """The address of another app's page, or empty while that app does not bring it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
