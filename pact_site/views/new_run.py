"""A new run: choose what is asked of whom, see what it takes, plan it, and go to its preflight."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modeling.models import Run
from modeling.services import preflight, preflight_jobs
from modeling.services.plans import Planned
from modeling.services.questions import COUNTERPARTS
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.run_forms import DATASET, FORMS, STUDY, RunForm, size_of


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def run_new(request: HttpRequest) -> HttpResponse:
    """The form; a plan is laid out when it is sent, and nothing is asked yet."""
    design = _design(request)
    form = FORMS[design](
        request.POST if request.method == "POST" else None, initial=_about(request)
    )
    if request.method == "POST" and form.is_valid():
        planned = _plan(form, cast(User, request.user))
        if planned:
            return _onward(request, planned)
    estimate, why_not = (
        size_of(FORMS[design](_starting_values(form))) if not form.is_bound else size_of(form)
    )
    context = {
        "form": form,
        "design": design,
        "designs": _designs(request),
        "estimate": estimate,
        "why_not": why_not,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "pact_site/run_new.html", context, status=status)


@require_safe
@researcher_only
def run_size(request: HttpRequest) -> HttpResponse:
    """What the run takes as the form now stands."""
    estimate, why_not = size_of(FORMS[_design(request)](request.GET))
    context = {"estimate": estimate, "why_not": why_not}
    return render(request, "pact_site/_run_size.html", context)


def _plan(form: RunForm, actor: User) -> Planned | None:
    """Lay the plan out; None with the form saying why not."""
    given = form.cleaned_data
    try:
        return form.proposal().plan(budget=given["budget"], new=given["new"], actor=actor)
    except BadInput as error:
        form.add_error(None, str(error))
        return None


def _onward(request: HttpRequest, planned: Planned) -> HttpResponse:
    """To the run's last page before it starts, its preflight under way; or to the run, if it was."""
    run = planned.run
    if planned.found:
        messages.info(request, _("This very run is there already; nothing is asked twice."))
    if run.state == Run.State.DONE or run.state == Run.State.RUNNING:
        return redirect("modeling:run_detail", run.public_id)
    if preflight.is_due(run):
        preflight_jobs.of_run(run, actor=cast(User, request.user))
    return redirect("modeling:run_start", run.public_id)


def _design(request: HttpRequest) -> str:
    design = request.GET.get("design", COUNTERPARTS)
    if design not in FORMS:
        raise Http404
    return design


def _about(request: HttpRequest) -> dict[str, str]:
    """The study or dataset that the address names."""
    for kind in (STUDY, DATASET):
        if request.GET.get(kind):
            return {"about": f"{kind}/{request.GET[kind]}"}
    return {}


def _designs(request: HttpRequest) -> list[tuple[str, str]]:
    """Each design with the query of its page."""
    found = []
    for design in FORMS:
        query = request.GET.copy()
        query["design"] = design
        found.append((design, query.urlencode()))
    return found


def _starting_values(form: RunForm) -> dict[str, Any]:
    """What the form holds before anybody has touched it, as if it had been sent."""
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    for name in ("about", "endpoint", "mode", "order"):
        if name in form.fields and not values[name]:
            choices = form.fields[name].choices  # type: ignore[attr-defined]  # a ChoiceField
            values[name] = choices[0][0] if choices else ""
    return {name: value for name, value in values.items() if value is not None}
