"""What every participant's page has in common: language, caching, friendly ways out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.functional import cached_property

from pact_site.base.access import public
from survey import access
from survey.access import NoPlace, StudyUnavailable
from survey.models import Participant, Study
from survey.services.instruments import Definition, definition_of
from survey.services.localising import languages_open, localise
from survey.services.progress import Progress, Step, progress
from survey.statements import Done, ScenarioRow
from survey.views import cookies

Page = Callable[..., HttpResponse]

_NEVER_KEPT = "no-store, no-cache, max-age=0, must-revalidate, private"
"""What Django's `never_cache` says, without the hour of an expiry that was never asked for."""


@dataclass(frozen=True)
class Visit:
    """A participant on a page of their study.

    `done` is what was known when the page was asked for, `scenario` what it shows if it is one's.
    """

    study: Study
    participant: Participant
    definition: Definition
    done: Done | None = None
    scenario: ScenarioRow | None = None

    @cached_property
    def progress(self) -> Progress:
        """Where the participant stands."""
        return progress(self.participant, self.definition, self.done)


_STATUS = {
    "unknown": 404,
    "paused": 403,
    "closed": 403,
    "taken": 403,
    "elsewhere": 403,
    "busy": 429,
    "stale": 403,
    "too_much": 413,
}


def participant_page(view: Page) -> Page:
    """Open a page to everybody; an unknown or closed study gets a page that says so."""

    @wraps(view)
    def opened(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, slug, *args, **kwargs)
        except StudyUnavailable as error:
            response = _unavailable(request, error)
        except NoPlace:
            response = redirect("survey:entry", slug)
        return _never_kept(response)

    return public(opened)


def _unavailable(request: HttpRequest, error: StudyUnavailable) -> HttpResponse:
    """Why one cannot take part, in the language of whoever has begun, or of the study."""
    definition = definition_for(request, error.study) if error.study else None
    context = {"reason": error.reason, "study": error.study, "definition": definition}
    with translation.override(definition.language if definition else "en"):
        status = _STATUS[error.reason]
        return render(request, "survey/unavailable.html", context, status=status)


def refused(request: HttpRequest, slug: str, reason: str) -> HttpResponse:
    """The page for a form that never reached its view: `stale` or `too_much`."""
    try:
        error = StudyUnavailable(reason, access.answerable_study(slug))
    except StudyUnavailable as unknown:
        error = unknown
    return _never_kept(_unavailable(request, error))


def _never_kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = _NEVER_KEPT
    return response


def definition_for(request: HttpRequest, study: Study, asked: str | None = None) -> Definition:
    """The newest instrument, in the language `asked` for where the study is open in it.

    Without one: in that of the participant whose browser this is, else in the instrument's own.
    """
    definition = definition_of(study.instrument)
    if asked is None:
        known = Participant.objects.filter(key=cookies.place_in(request) or "", study=study)
        asked = known.values_list("language", flat=True).first()
    if asked in (None, definition.language) or asked not in languages_open(study, definition):
        return definition
    return localise(definition, str(asked))


def visit_page(view: Callable[..., HttpResponse]) -> Page:
    """A page of somebody who has agreed: the view gets their Visit in their language."""

    @wraps(view)
    def visited(request: HttpRequest, slug: str, **which: Any) -> HttpResponse:
        visit = visit_of(request, slug, which.get("position", 0))
        with translation.override(visit.definition.language):
            return view(request, visit, **which)

    return participant_page(visited)


def visit_of(request: HttpRequest, slug: str, position: int = 0) -> Visit:
    """Whose page this is, by the browser's cookie; NoPlace or StudyUnavailable otherwise."""
    known = access.participant_with(cookies.place_in(request), slug, position)
    participant = known.participant
    assert participant.instrument is not None
    definition = localise(definition_of(participant.instrument), participant.language)
    return Visit(participant.study, participant, definition, known.done, known.scenario)


def step_page(kind: str) -> Callable[[Callable[..., HttpResponse]], Page]:
    """A page of the survey proper: only the current one, or a scenario already answered."""

    def decorate(view: Callable[..., HttpResponse]) -> Page:
        @wraps(view)
        def stepped(request: HttpRequest, visit: Visit, **which: object) -> HttpResponse:
            ended = visit.participant.state in (
                Participant.State.COMPLETED,
                Participant.State.SCREENED_OUT,
                Participant.State.WITHDRAWN,
            )
            key = next(iter(which.values()), "")  # a scenario's position, a check's key, or none
            if ended or not visit.progress.may_open(kind, str(key)):
                return to_current(visit)
            return view(request, visit, **which)

        return visit_page(stepped)

    return decorate


def to_current(visit: Visit, after: Progress | None = None) -> HttpResponse:
    """Send the participant to where they stand, `after` what was just saved."""
    slug = visit.study.slug
    if visit.participant.state in (
        Participant.State.SCREENED_OUT,
        Participant.State.WITHDRAWN,
    ):
        return redirect("survey:ended", slug)
    if visit.participant.state == Participant.State.COMPLETED:
        return redirect("survey:done", slug)
    now = after or progress(visit.participant, visit.definition)
    return redirect(*_place_of(slug, now.current))


def _place_of(slug: str, step: Step | None) -> tuple[str, ...]:
    if step is None:
        return ("survey:done", slug)
    return (f"survey:{step.kind}", slug, step.key) if step.key else (f"survey:{step.kind}", slug)
