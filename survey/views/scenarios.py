"""Scenarios, on one page each or on two: both questions are saved together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from survey.forms import ScenarioForm
from survey.services import participation
from survey.services.presenting import Shown, present
from survey.services.progress import SCENARIO
from survey.views import cookies
from survey.views.gate import Visit, step_page
from survey.views.pages import after_saving, bar, both, draw_page, filled, fresh_page
from survey.views.stencils import Words

RATINGS = ("importance_norm", "importance_preference")


@dataclass(frozen=True)
class Part:
    """What is asked on one page: `number` is 1 or 2 of a scenario on two pages, 0 of one on one."""

    position: int
    frames: Sequence[str]
    number: int = 0

    def form(self, visit: Visit, shown: Shown, data: Any = None) -> ScenarioForm:
        """The questions, with what was sent or saved before."""
        return ScenarioForm(
            data,
            initial=shown.saved,
            definition=visit.definition,
            actions=shown.actions,
            frames=self.frames,
            country=shown.place or None,
            asks_reason=shown.asks_reason,
            closing=self.number != 1,
        )


@step_page(SCENARIO)
@both
def scenario(request: HttpRequest, visit: Visit, position: int) -> HttpResponse:
    """One situation with both questions, or with the first of them."""
    shown = _shown(visit)
    if visit.definition.pages == 2:
        return _first_page(request, visit, shown, Part(position, shown.frames[:1], number=1))
    return _closing_page(request, visit, shown, Part(position, shown.frames))


@step_page(SCENARIO)
@both
def second(request: HttpRequest, visit: Visit, position: int) -> HttpResponse:
    """The second page of a scenario, for whoever comes from its first."""
    shown = _shown(visit)
    first = cookies.first_in(request, visit.participant, position)
    if visit.definition.pages != 2 or not first or set(first) != set(shown.frames[:1]):
        return redirect("survey:scenario", visit.study.slug, position)
    return _closing_page(request, visit, shown, Part(position, shown.frames[1:], number=2), first)


def _shown(visit: Visit) -> Shown:
    """What stands at the page's position, which is one of the participant's."""
    assert visit.scenario is not None
    return present(participant=visit.participant, definition=visit.definition, row=visit.scenario)


def _first_page(request: HttpRequest, visit: Visit, shown: Shown, part: Part) -> HttpResponse:
    """The first frame alone; its answer waits in the browser for the second."""
    if not request.POST:
        return _page(request, visit, shown, part)
    form = part.form(visit, shown, request.POST)
    if not form.is_valid():
        return _answered_page(request, visit, shown, part, form)
    response = redirect("survey:second", visit.study.slug, part.position)
    answer = {part.frames[0]: form.cleaned_data[part.frames[0]]}
    cookies.remember_first(response, visit.participant, part.position, answer)
    return response


def _closing_page(
    request: HttpRequest,
    visit: Visit,
    shown: Shown,
    part: Part,
    first: dict[str, str] | None = None,
) -> HttpResponse:
    if not request.POST:
        return _page(request, visit, shown, part)
    form = part.form(visit, shown, request.POST)
    if not form.is_valid():
        return _answered_page(request, visit, shown, part, form)
    participation.save_reply(
        participant=visit.participant,
        position=part.position,
        reply=form.reply(first),
        filled=filled(request, visit),
        last=visit.progress.last,
    )
    return after_saving(visit, SCENARIO, part.position)


def _page(request: HttpRequest, visit: Visit, shown: Shown, part: Part) -> HttpResponse:
    """The page as it is opened.

    From a stencil, unless an earlier answer is in it, or a question that is made of an action's text.
    """
    if shown.saved or visit.definition.perceived:
        return _answered_page(request, visit, shown, part, part.form(visit, shown))

    def draw(words: Words) -> dict[str, Any]:
        marked = shown.with_words(words)
        return _context(marked, part, part.form(visit, marked))

    own = shown.words | _place(visit, part)
    alike = (part.number, tuple(part.frames), shown.asks_reason)
    return fresh_page(request, visit, "scenario.html", draw, alike=alike, own=own)


def _answered_page(
    request: HttpRequest, visit: Visit, shown: Shown, part: Part, form: ScenarioForm
) -> HttpResponse:
    page = _context(shown, part, form) | _place(visit, part)
    return draw_page(request, visit, "scenario.html", **page)


def _place(visit: Visit, part: Part) -> dict[str, str]:
    """Which scenario it is, and how far one has come."""
    return {"position": str(part.position), "bar": bar(visit, part.position)}


def _context(shown: Shown, part: Part, form: ScenarioForm) -> dict[str, Any]:
    return {
        "form": form,
        "shown": shown,
        "part": part.number,
        "questions": [form[frame] for frame in part.frames],
        "ratings": [form[name] for name in RATINGS if name in form.fields],
    }
