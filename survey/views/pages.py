"""How the pages of the survey proper are drawn, and where one goes from them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from survey.models import Participant
from survey.services import paradata
from survey.services.paradata import Filled
from survey.views.gate import Visit, to_current
from survey.views.stencils import Draw, Words, fill_page

both = require_http_methods(["GET", "HEAD", "POST"])


def draw_page(request: HttpRequest, visit: Visit, template: str, **context: object) -> HttpResponse:
    """A page for this one visit: what was entered is in it, or something that few will see."""
    stamp = {"shown_at": paradata.stamp()} if visit.definition.paradata else {}
    return render(request, f"survey/{template}", _common(visit) | stamp | context)


def fresh_page(
    request: HttpRequest,
    visit: Visit,
    template: str,
    draw: Draw,
    *,
    alike: tuple[Hashable, ...] = (),
    own: Words | None = None,
) -> HttpResponse:
    """The same for whoever has entered nothing yet, from a stencil (survey.views.stencils)."""
    assert visit.participant.instrument is not None
    stamp = {"shown_at": paradata.stamp()} if visit.definition.paradata else {}
    everywhere = (
        visit.study.slug,
        visit.study.name,
        visit.participant.instrument.content_hash,
        visit.definition.language,
        visit.participant.cohort,
    )
    return fill_page(
        request,
        f"survey/{template}",
        (*everywhere, *alike),
        {**(own or {}), **stamp},
        lambda words: {**_common(visit), **words, **draw(words)},
    )


def bar(visit: Visit, position: int = 0) -> SafeString:
    """How far one has come: what is saved and, on a scenario's page, which it is."""
    return _bar(visit.definition.language, visit.progress.answered, visit.progress.length, position)


@cache
def _bar(_language: str, answered: int, length: int, position: int) -> SafeString:
    context = {"progress": {"answered": answered, "length": length}, "position": position}
    return render_to_string("survey/_progress.html", context)


def _common(visit: Visit) -> dict[str, object]:
    """What every page shows."""
    return {
        "study": visit.study,
        "definition": visit.definition,
        "cohort": visit.participant.cohort,
        "may_withdraw": visit.participant.state != Participant.State.WITHDRAWN,
    }


def filled(request: HttpRequest, visit: Visit) -> Filled | None:
    """How the page was filled in, where the instrument keeps that."""
    return paradata.read(request.POST.dict()) if visit.definition.paradata else None


def after_saving(visit: Visit, kind: str, key: object) -> HttpResponse:
    """On to the next page, now that this one is saved."""
    if visit.participant.state == Participant.State.COMPLETED:
        return redirect("survey:feedback", visit.study.slug)
    return to_current(visit, visit.progress.with_done(kind, str(key)))
