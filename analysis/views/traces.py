"""Items with the answers themselves, to look through: counted when the page is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis.trace_forms import FRAMES, LISTS, SETTINGS, Choices, TraceForm, levels
from annotation.vocab.countries import by_iso2
from modeling.services import answers
from pact_site.base.access import researcher_only
from pact_site.base.csvsafe import stream_rows
from pact_site.base.errors import BadInput
from survey.access import access_study
from survey.models import Cohort, Study
from survey.views.tabs import tabs

if TYPE_CHECKING:
    from analysis.reports.traces_browse import Browsed, Wanted

PER_PAGE = 10


@require_safe
@researcher_only
def study_traces(request: HttpRequest, slug: str) -> HttpResponse:
    """A study's items, ranked by where people split or models part, with everybody's words."""
    from analysis.reports.traces_rank import RULES

    study = access_study(slug)
    try:
        browsed, form, wanted = _asked(request, study)
        with answers.reading([run.pk for run in browsed.runs]):
            rows = browsed.rows(wanted)
            page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
            cards = browsed.cards(list(page.object_list), wanted)
    except BadInput as error:
        context = {"study": study, "tabs": tabs(study, "analysis:study_traces"), "words": error}
        return render(request, "analysis/traces/refused.html", context, status=422)
    query = request.GET.copy()
    query.pop("page", None)
    rule = RULES[wanted.show]
    context = {
        "study": study,
        "tabs": tabs(study, "analysis:study_traces"),
        "form": form,
        "page": page,
        "entries": list(zip(page.object_list, cards, strict=True)),
        "rule": rule,
        "rule_words": rule.words.format(level="95%"),
        "kinds": browsed.kinds,
        "simulated": browsed.simulated,
        "simulated_models": [run.label for run in browsed.runs if _is_simulated(run)],
        "cohort": request.GET.get("cohort", ""),
        "query": query.urlencode(),
        "filtered": any(form.asked().values()),
    }
    return render(request, "analysis/traces/study.html", context)


@require_safe
@researcher_only
def study_traces_csv(request: HttpRequest, slug: str) -> HttpResponse | StreamingHttpResponse:
    """The same list as a file, all pages of it; counts alone, nobody's words."""
    from analysis.reports.traces_files import TRACES, trace_row
    from analysis.reports.traces_rank import LEVEL

    study = access_study(slug)
    try:
        browsed, _form, wanted = _asked(request, study)
        with answers.reading([run.pk for run in browsed.runs]):
            rows = browsed.rows(wanted)
    except BadInput as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    told = {"list": wanted.show, "list_frame": wanted.frame, "relation": wanted.relation}
    made = (
        told | {"place": place, "of": len(rows)} | trace_row(row, LEVEL)
        for place, row in enumerate(rows, 1)
    )
    response = StreamingHttpResponse(
        stream_rows(list(TRACES), ([one] for one in made)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{study.slug}-traces.csv"'
    return response


def _asked(request: HttpRequest, study: Study) -> tuple[Browsed, TraceForm, Wanted]:
    from analysis.reports.traces_browse import Browsed, Wanted

    cohort = request.GET.get("cohort", "")
    browsed = Browsed(
        study,
        cohort if cohort in (Cohort.REAL, Cohort.REHEARSAL) else None,
        request.GET.get("kinds_from") or None,
    )
    form = TraceForm(request.GET, _offered(browsed))
    asked = form.asked()
    asked["show"] = asked["show"] or browsed.lists()[0]
    return browsed, form, Wanted(**asked)


def _offered(browsed: Browsed) -> dict[str, Choices]:
    """What each filter can be set to: the values that occur."""
    items = browsed.items.values()
    lists = browsed.lists()
    named: dict[str, Any] = {code: by_iso2(code).name for code in browsed.countries}
    return {
        "show": [one for one in LISTS if one[0] in lists],
        "frame": list(FRAMES.items()),
        "country": levels(item.country for item in items),
        "theme": levels(item.theme for item in items),
        "kind": levels(item.kind for item in items),
        "relation": levels(browsed.relations),
        "people_from": sorted(named.items(), key=lambda pair: cast(str, pair[1])),
        "setting": [(code, SETTINGS.get(code, code)) for code in browsed.settings],
        "model": [(run.label, run.label) for run in browsed.runs],
    }


def _is_simulated(run: Any) -> bool:
    return bool(run.simulated or run.endpoint.get("kind") == "baseline")
