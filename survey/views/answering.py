"""The survey proper: about you, instructions, scenarios, checks, the end."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from survey.forms import AboutForm, CheckForm, ComprehensionForm, FeedbackForm, ScenarioForm
from survey.models import Participant, Withdrawal
from survey.services import paradata, participation, withdrawals
from survey.services.instruments import MAX_COMPREHENSION_ATTEMPTS
from survey.services.paradata import Filled
from survey.services.presenting import Shown, present
from survey.services.progress import ABOUT, CHECK, INSTRUCTIONS, SCENARIO
from survey.views import cookies
from survey.views.gate import Visit, step_page, to_current, visit_page

both = require_http_methods(["GET", "HEAD", "POST"])


def _render(request: HttpRequest, visit: Visit, template: str, **context: object) -> HttpResponse:
    """A page with what every participant's page shows."""
    common: dict[str, object] = {
        "study": visit.study,
        "definition": visit.definition,
        "cohort": visit.participant.cohort,
        "progress": visit.progress,
        "may_withdraw": visit.participant.state != Participant.State.WITHDRAWN,
    }
    if visit.definition.paradata:
        common["shown_at"] = paradata.stamp()
    return render(request, f"survey/{template}", common | context)


@step_page(ABOUT)
@both
def about(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for country, age group and gender; the answer leases the participant's items."""
    form = AboutForm(request.POST or None, definition=visit.definition)
    if request.method == "POST" and form.is_valid():
        participation.introduce(
            participant=visit.participant, **form.answers(), filled=_filled(request, visit)
        )
        return to_current(visit)
    return _render(request, visit, "about.html", form=form)


@step_page(INSTRUCTIONS)
@both
def instructions(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Explain, then check that it was understood: two tries."""
    form = ComprehensionForm(request.POST or None, questions=visit.definition.comprehension)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        participation.comprehend(
            participant=visit.participant,
            right=form.right,
            after=_whole(request.POST.get("after", "")),
            filled=_filled(request, visit),
        )
        if form.right or visit.participant.state == Participant.State.SCREENED_OUT:
            return to_current(visit)
        for question in form.questions:
            if form.cleaned_data[question.key] != question.answer:
                form.add_error(question.key, _("That is not it. Please read above once more."))
    made = visit.participant.comprehension_attempts
    return _render(
        request,
        visit,
        "instructions.html",
        form=form,
        tries_made=made,
        tries_left=MAX_COMPREHENSION_ATTEMPTS - made,
    )


@step_page(SCENARIO)
@both
def scenario(request: HttpRequest, visit: Visit, key: int) -> HttpResponse:
    """One situation with both questions; saved together or not at all."""
    shown = present(participant=visit.participant, definition=visit.definition, position=key)
    if visit.definition.pages == 2:
        return _first_page(request, visit, shown, key)
    return _closing_page(request, visit, shown, key, shown.frames)


def _first_page(request: HttpRequest, visit: Visit, shown: Shown, key: int) -> HttpResponse:
    """The first frame alone; its answer waits in the browser for the second."""
    form = _scenario_form(request, visit, shown, shown.frames[:1], closing=False)
    if request.method == "POST" and form.is_valid():
        response = redirect("survey:second", visit.study.slug, key)
        answer = {shown.frames[0]: form.cleaned_data[shown.frames[0]]}
        cookies.remember_first(response, visit.participant, key, answer)
        return response
    return _scenario_page(request, visit, form, shown, key, part=1)


@step_page(SCENARIO)
@both
def second(request: HttpRequest, visit: Visit, key: int) -> HttpResponse:
    """The second page of a scenario, for whoever comes from its first."""
    shown = present(participant=visit.participant, definition=visit.definition, position=key)
    first = cookies.first_in(request, visit.participant, key)
    if visit.definition.pages != 2 or not first or set(first) != set(shown.frames[:1]):
        return redirect("survey:scenario", visit.study.slug, key)
    return _closing_page(request, visit, shown, key, shown.frames[1:], first)


def _closing_page(
    request: HttpRequest,
    visit: Visit,
    shown: Shown,
    key: int,
    frames: list[str],
    first: dict[str, str] | None = None,
) -> HttpResponse:
    form = _scenario_form(request, visit, shown, frames)
    if request.method == "POST" and form.is_valid():
        participation.save_reply(
            participant=visit.participant,
            position=key,
            reply=form.reply(first),
            filled=_filled(request, visit),
            last=visit.progress.last,
        )
        return _next_after_saving(visit, SCENARIO, key)
    return _scenario_page(request, visit, form, shown, key, part=2 if first else 0)


def _scenario_page(
    request: HttpRequest, visit: Visit, form: ScenarioForm, shown: Shown, key: int, part: int
) -> HttpResponse:
    """Draw the page; `part` is 1 or 2 of a scenario on two pages, 0 of one on one."""
    ratings = ("importance_norm", "importance_preference")
    return _render(
        request,
        visit,
        "scenario.html",
        form=form,
        shown=shown,
        part=part,
        questions=[form[frame] for frame in shown.frames if frame in form.fields],
        ratings=[form[name] for name in ratings if name in form.fields],
        position=key,
    )


def _scenario_form(
    request: HttpRequest, visit: Visit, shown: Shown, frames: list[str], closing: bool = True
) -> ScenarioForm:
    return ScenarioForm(
        request.POST or None,
        initial=shown.saved,
        definition=visit.definition,
        actions=shown.actions,
        frames=frames,
        country=shown.place or None,
        asks_reason=shown.asks_reason,
        closing=closing,
    )


def _whole(text: str) -> int | None:
    """A small whole number of the page's own; anything else is as good as none."""
    return int(text) if text.isdecimal() and len(text) < 4 else None


def _filled(request: HttpRequest, visit: Visit) -> Filled | None:
    """How the page was filled in, where the instrument keeps that."""
    return paradata.read(request.POST.dict()) if visit.definition.paradata else None


@step_page(CHECK)
@both
def check(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """One attention check between two scenarios."""
    asked = visit.definition.check(key)
    assert asked is not None
    form = CheckForm(request.POST or None, check=asked)
    if request.method == "POST" and form.is_valid():
        participation.save_check(
            participant=visit.participant,
            check=asked,
            given=form.cleaned_data["answer"],
            filled=_filled(request, visit),
            last=visit.progress.last,
        )
        return _next_after_saving(visit, CHECK, key)
    return _render(request, visit, "check.html", form=form)


@visit_page
@both
def feedback(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Everything is saved; ask whether there is anything to add."""
    if visit.participant.state != Participant.State.COMPLETED:
        return to_current(visit)
    initial = {"feedback": visit.participant.feedback}
    form = FeedbackForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["feedback"]
        participation.save_feedback(participant=visit.participant, feedback=text)
        return redirect("survey:done", visit.study.slug)
    return _render(request, visit, "feedback.html", form=form)


@visit_page
@require_safe
def done(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The completion code and the way back to the recruiter."""
    if visit.participant.state != Participant.State.COMPLETED:
        return to_current(visit)
    ending = participation.ending(participant=visit.participant, definition=visit.definition)
    code = visit.definition.codes[ending]
    return _render(request, visit, "done.html", code=code, failed=ending != "completed")


@visit_page
@require_safe
def ended(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The friendly end for somebody who cannot go on, or wanted no more of it."""
    if visit.participant.state == Participant.State.WITHDRAWN:
        return _render(request, visit, "withdrawn.html")
    if visit.participant.state != Participant.State.SCREENED_OUT:
        return to_current(visit)
    code = visit.definition.codes["screened_out"]
    misunderstood = visit.participant.ended_because == "comprehension"
    return _render(request, visit, "ended.html", code=code, misunderstood=misunderstood)


@visit_page
@both
def withdraw(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Have everything removed: asks first, then says what is gone."""
    if visit.participant.state == Participant.State.WITHDRAWN:
        return to_current(visit)
    if request.method == "POST" and "sure" in request.POST:
        asked_by = Withdrawal.Asked.PARTICIPANT
        withdrawals.withdraw(participant=visit.participant, asked_by=asked_by)
        return redirect("survey:ended", visit.study.slug)
    return _render(request, visit, "withdraw.html")


def _next_after_saving(visit: Visit, kind: str, key: object) -> HttpResponse:
    if visit.participant.state == Participant.State.COMPLETED:
        return redirect("survey:feedback", visit.study.slug)
    return to_current(visit, visit.progress.with_done(kind, str(key)))
