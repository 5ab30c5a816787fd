"""The survey proper but for its scenarios: about you, instructions, checks, the end."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from survey.forms import AboutForm, CheckForm, ComprehensionForm, FeedbackForm
from survey.models import Participant, Withdrawal
from survey.services import participation, withdrawals
from survey.services.instruments import MAX_COMPREHENSION_ATTEMPTS
from survey.services.progress import ABOUT, CHECK, INSTRUCTIONS
from survey.views.gate import Visit, step_page, to_current, visit_page
from survey.views.pages import after_saving, bar, both, draw_page, filled, fresh_page


@step_page(ABOUT)
@both
def about(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for country, age group and gender; the answer leases the participant's items."""
    make = partial(AboutForm, definition=visit.definition)
    if not request.POST:
        return fresh_page(request, visit, "about.html", lambda _words: {"form": make()})
    form = make(request.POST)
    if form.is_valid():
        participation.introduce(
            participant=visit.participant, **form.answers(), filled=filled(request, visit)
        )
        return to_current(visit, visit.progress.with_done(ABOUT, ""))
    return draw_page(request, visit, "about.html", form=form)


@step_page(INSTRUCTIONS)
@both
def instructions(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Explain, then check that it was understood: two tries."""
    make = partial(ComprehensionForm, questions=visit.definition.comprehension)
    tries = _tries(visit)
    if not request.POST:
        page = {"form": make(), **tries}
        alike = tuple(tries.values())
        return fresh_page(request, visit, "instructions.html", lambda _words: page, alike=alike)
    form = make(request.POST)
    if form.is_valid():
        participation.comprehend(
            participant=visit.participant,
            right=form.right,
            after=_whole(request.POST.get("after", "")),
            filled=filled(request, visit),
        )
        if form.right or visit.participant.state == Participant.State.SCREENED_OUT:
            return to_current(visit, visit.progress.with_done(INSTRUCTIONS, ""))
        for question in form.questions:
            if form.cleaned_data[question.key] != question.answer:
                form.add_error(question.key, _("That is not it. Please read above once more."))
    return draw_page(request, visit, "instructions.html", form=form, **_tries(visit))


def _tries(visit: Visit) -> dict[str, int]:
    made = visit.participant.comprehension_attempts
    return {"tries_made": made, "tries_left": MAX_COMPREHENSION_ATTEMPTS - made}


def _whole(text: str) -> int | None:
    """A small whole number of the page's own; anything else is as good as none."""
    return int(text) if text.isdecimal() and len(text) < 4 else None


@step_page(CHECK)
@both
def check(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """One attention check between two scenarios."""
    asked = visit.definition.check(key)
    assert asked is not None
    if not request.POST:
        page = {"form": CheckForm(check=asked)}
        own = {"bar": bar(visit)}
        return fresh_page(request, visit, "check.html", lambda _words: page, alike=(key,), own=own)
    form = CheckForm(request.POST, check=asked)
    if form.is_valid():
        participation.save_check(
            participant=visit.participant,
            check=asked,
            given=form.cleaned_data["answer"],
            filled=filled(request, visit),
            last=visit.progress.last,
        )
        return after_saving(visit, CHECK, key)
    return draw_page(request, visit, "check.html", form=form, bar=bar(visit))


@visit_page
@both
def feedback(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Everything is saved; ask whether there is anything to add."""
    if visit.participant.state != Participant.State.COMPLETED:
        return to_current(visit)
    form = FeedbackForm(request.POST or None, initial={"feedback": visit.participant.feedback})
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["feedback"]
        participation.save_feedback(participant=visit.participant, feedback=text)
        return redirect("survey:done", visit.study.slug)
    own = {"bar": bar(visit)}
    if request.POST or visit.participant.feedback:
        return draw_page(request, visit, "feedback.html", form=form, **own)
    return fresh_page(request, visit, "feedback.html", lambda _words: {"form": form}, own=own)


@visit_page
@require_safe
def done(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The completion code and the way back to the recruiter."""
    if visit.participant.state != Participant.State.COMPLETED:
        return to_current(visit)
    ending = participation.ending(participant=visit.participant, definition=visit.definition)
    page = {"code": visit.definition.codes[ending], "failed": ending != "completed"}
    return fresh_page(request, visit, "done.html", lambda _words: page, alike=(ending,))


@visit_page
@require_safe
def ended(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The friendly end for somebody who cannot go on, or wanted no more of it."""
    if visit.participant.state == Participant.State.WITHDRAWN:
        return draw_page(request, visit, "withdrawn.html")
    if visit.participant.state != Participant.State.SCREENED_OUT:
        return to_current(visit)
    code = visit.definition.codes["screened_out"]
    misunderstood = visit.participant.ended_because == "comprehension"
    return draw_page(request, visit, "ended.html", code=code, misunderstood=misunderstood)


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
    return draw_page(request, visit, "withdraw.html")
