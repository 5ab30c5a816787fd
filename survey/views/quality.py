"""Recruitment live, and how people answered: the pages of a study that is under way."""

from __future__ import annotations

import io

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import DRAWN_RELATIONS
from pact_site.base.access import researcher_only
from pact_site.base.csvsafe import write_rows
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey import access
from survey.models import Cohort, Exclusion, Participant, Study
from survey.services import exclusions, monitoring
from survey.services.instruments import definition_of
from survey.services.quality import COLUMNS, quality, quality_rows
from survey.views.tabs import tabs

BY_HAND = "by hand"
"""The rule under which a person leaves somebody out."""


def cohort_of(request: HttpRequest, study: Study) -> str:
    """The cohort asked for; without one the real people, or whoever there is."""
    asked = request.GET.get("cohort", "")
    if asked in Cohort.values:
        return asked
    there = set(Participant.objects.filter(study=study).values_list("cohort", flat=True).distinct())
    return next((cohort for cohort in Cohort.values if cohort in there), str(Cohort.REAL))


def _context(request: HttpRequest, study: Study, here: str) -> dict[str, object]:
    cohort = cohort_of(request, study)
    return {
        "study": study,
        "tabs": tabs(study, here),
        "cohort": cohort,
        "cohorts": Cohort.choices,
        "simulated": cohort == Cohort.REHEARSAL,
    }


@researcher_only
@require_safe
def recruitment(request: HttpRequest, slug: str) -> HttpResponse:
    """Funnel, durations, stops and coverage; with htmx only the part that changes."""
    study = access.study_with_instrument(slug)
    context = _context(request, study, "survey:study_monitor")
    asked = {
        "by_item": request.GET.get("rows") == "items",
        "relation": request.GET.get("relation", ""),
        "behind": request.GET.get("behind") == "1",
    }
    cohort = str(context["cohort"])
    countries = definition_of(study.instrument).countries
    context |= asked | {
        "monitor": monitoring.monitor(study, cohort),
        "rows": monitoring.matrix(study, cohort, **asked),  # type: ignore[arg-type]
        "countries": [str(by_iso2(code)) for code in countries],
        "relations": DRAWN_RELATIONS,
        "live": study.state == Study.State.OPEN,
        "query": request.GET.urlencode(),
    }
    htmx = request.headers.get("HX-Request") == "true"
    return render(request, "survey/_monitor.html" if htmx else "survey/monitor.html", context)


@researcher_only
@require_safe
def quality_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is left out and why, and what is worth a look."""
    study = access.access_study(slug)
    context = _context(request, study, "survey:study_quality")
    cohort = str(context["cohort"])
    found = quality(study, cohort)
    kind = request.GET.get("flag", "")
    people = [one for one in found.people if not kind or kind in {f.kind for f in one.flags}]
    context |= {
        "flow": exclusions.flow(study, cohort),
        "thresholds": exclusions.thresholds(study, cohort),
        "quality": found,
        "people": people,
        "flag": kind,
        "standing": _standing(study, cohort),
    }
    return render(request, "survey/quality.html", context)


def _standing(study: Study, cohort: str) -> list[Exclusion]:
    rows = Exclusion.objects.filter(participant__study=study, participant__cohort=cohort)
    return list(rows.select_related("participant").order_by("reversed_at", "-created_at"))


@researcher_only
@require_POST
def apply_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Apply the chain of rules to everybody who completed."""
    study = access.access_study(slug)
    assert isinstance(request.user, User)
    cohort = request.POST.get("cohort", "")
    asked = cohort if cohort in Cohort.values else str(Cohort.REAL)
    exclusions.apply_rules(study=study, cohort=asked, actor=request.user)
    return redirect(f"{reverse('survey:study_quality', args=[slug])}?cohort={asked}#exclusions")


@researcher_only
@require_safe
def quality_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """The quality sheet as a file, under pseudonyms."""
    study = access.access_study(slug)
    cohort = cohort_of(request, study)
    stream = io.StringIO()
    write_rows(stream, COLUMNS, quality_rows(study, cohort))
    mark = "-SIMULATED" if cohort == Cohort.REHEARSAL else ""
    response = HttpResponse(stream.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-quality{mark}.csv"'
    return response


@researcher_only
@require_safe
def person(request: HttpRequest, slug: str, pseudonym: str) -> HttpResponse:
    """One participant: the way, the checks, the flags, and what was decided."""
    return _person_page(request, _participant(request, slug, pseudonym))


def _participant(request: HttpRequest, slug: str, pseudonym: str) -> Participant:
    people = Participant.objects.select_related("study__release__dataset")
    asked = request.GET.get("cohort", "")
    rows = people.filter(cohort=asked) if asked in Cohort.values else people.order_by("cohort")
    found = rows.filter(study__slug=slug, pseudonym=pseudonym).first()
    return found or get_object_or_404(people, study__slug=slug, pseudonym=pseudonym)


def _person_page(request: HttpRequest, who: Participant, error: str = "") -> HttpResponse:
    context = _context(request, who.study, "survey:study_quality") | {
        "person": next(
            one for one in quality(who.study, who.cohort).people if one.participant.pk == who.pk
        ),
        "simulated": who.cohort == Cohort.REHEARSAL,
        "assignments": who.assignments.select_related("answer", "item__version").order_by(
            "position"
        ),
        "checks": who.checks.order_by("saved_at"),
        "visits": who.visits.order_by("saved_at"),
        "decisions": who.exclusions.order_by("created_at"),
        "error": error,
    }
    return render(request, "survey/person.html", context, status=422 if error else 200)


@researcher_only
@require_POST
def exclude(request: HttpRequest, slug: str, pseudonym: str) -> HttpResponse:
    """Leave somebody out, with a reason."""
    who = _participant(request, slug, pseudonym)
    assert isinstance(request.user, User)
    try:
        reason = request.POST.get("reason", "")
        exclusions.exclude(participant=who, rule=BY_HAND, reason=reason, actor=request.user)
    except BadInput as error:
        return _person_page(request, who, str(error))
    return redirect("survey:study_person", slug, pseudonym)


@researcher_only
@require_POST
def take_in(request: HttpRequest, slug: str, pseudonym: str, pk: int) -> HttpResponse:
    """Reverse an exclusion, with a note."""
    who = _participant(request, slug, pseudonym)
    assert isinstance(request.user, User)
    row = get_object_or_404(Exclusion, pk=pk, participant=who)
    try:
        exclusions.reverse(exclusion=row, note=request.POST.get("note", ""), actor=request.user)
    except BadInput as error:
        return _person_page(request, who, str(error))
    return redirect("survey:study_person", slug, pseudonym)
