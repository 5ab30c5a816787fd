"""The survey proper: about you, instructions, scenarios, checks, the end."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from survey.forms import AboutForm, CheckForm, ComprehensionForm, FeedbackForm, ScenarioForm
from survey.models import Participant
from survey.services import participation
from survey.services.instruments import MAX_COMPREHENSION_ATTEMPTS
from survey.services.presenting import Shown, present
from survey.services.progress import ABOUT, CHECK, INSTRUCTIONS, SCENARIO
from survey.views.gate import Visit, step_page, to_current, visit_page

both = require_http_methods(["GET", "HEAD", "POST"])


def _render(request: HttpRequest, visit: Visit, template: str, **context: object) -> HttpResponse:
    """A page with what every participant's page shows."""
    common = {
        "study": visit.study,
        "definition": visit.definition,
        "cohort": visit.participant.cohort,
        "progress": visit.progress,
    }
    return render(request, f"survey/{template}", common | context)


@step_page(ABOUT)
@both
def about(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for country, age group and gender; the answer leases the participant's items."""
    form = AboutForm(request.POST or None, definition=visit.definition)
    if request.method == "POST" and form.is_valid():
        participation.introduce(participant=visit.participant, **form.answers())
        return to_current(visit)
    return _render(request, visit, "about.html", form=form)


@step_page(INSTRUCTIONS)
@both
def instructions(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Explain, then check that it was understood: two tries."""
    form = ComprehensionForm(request.POST or None, questions=visit.definition.comprehension)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        participation.comprehend(participant=visit.participant, right=form.right)
        if form.right or visit.participant.state == Participant.State.SCREENED_OUT:
            return to_current(visit)
        for question in form.questions:
            if form.cleaned_data[question.key] != question.answer:
                form.add_error(question.key, _("That is not it. Please read above once more."))
    left = MAX_COMPREHENSION_ATTEMPTS - visit.participant.comprehension_attempts
    return _render(request, visit, "instructions.html", form=form, tries_left=left)


@step_page(SCENARIO)
@both
def scenario(request: HttpRequest, visit: Visit, key: int) -> HttpResponse:
    """One situation with both questions; saved together or not at all."""
    shown = present(participant=visit.participant, definition=visit.definition, position=key)
    form = _scenario_form(request, visit, shown)
    if request.method == "POST" and form.is_valid():
        participation.save_reply(participant=visit.participant, position=key, reply=form.reply())
        return _next_after_saving(visit, SCENARIO, key)
    frames = [form[frame] for frame in shown.frames]
    ratings = [form[name] for name in ("importance_norm", "importance_preference")]
    return _render(
        request,
        visit,
        "scenario.html",
        form=form,
        shown=shown,
        questions=frames,
        ratings=ratings,
        position=key,
    )


def _scenario_form(request: HttpRequest, visit: Visit, shown: Shown) -> ScenarioForm:
    return ScenarioForm(
        request.POST or None,
        initial=shown.saved,
        definition=visit.definition,
        actions=shown.actions,
        frames=shown.frames,
        country=shown.place or None,
        asks_reason=shown.asks_reason,
    )


@step_page(CHECK)
@both
def check(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """One attention check between two scenarios."""
    asked = visit.definition.check(key)
    assert asked is not None
    form = CheckForm(request.POST or None, check=asked)
    if request.method == "POST" and form.is_valid():
        participation.save_check(
            participant=visit.participant, check=asked, given=form.cleaned_data["answer"]
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
    return _render(request, visit, "done.html", code=visit.definition.codes["completed"])


@visit_page
@require_safe
def ended(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The friendly end for somebody who cannot go on."""
    if visit.participant.state != Participant.State.SCREENED_OUT:
        return to_current(visit)
    code = visit.definition.codes["screened_out"]
    misunderstood = bool(visit.participant.country)
    return _render(request, visit, "ended.html", code=code, misunderstood=misunderstood)


def _next_after_saving(visit: Visit, kind: str, key: object) -> HttpResponse:
    if visit.participant.state == Participant.State.COMPLETED:
        return redirect("survey:feedback", visit.study.slug)
    return to_current(visit, visit.progress.with_done(kind, str(key)))
