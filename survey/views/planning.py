"""Before the data: how wide the intervals will be, and what is promised."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from survey import access
from survey.models import Study
from survey.planning_forms import ComparisonForms, PowerForm, PromiseForm, comparisons_of
from survey.services import power, preregistration
from survey.views.tabs import tabs

HERE = "survey:study_planning"


def _render(request: HttpRequest, study: Study, **context: object) -> HttpResponse:
    common = {
        "study": study,
        "tabs": tabs(study, HERE),
        "power_form": PowerForm(),
        "promise_form": PromiseForm(),
        "comparisons": ComparisonForms(prefix="c"),
        "promises": [
            (row, preregistration.changed_since(row)) for row in preregistration.promises(study)
        ],
        "standing": preregistration.standing(study),
        "real_answers": preregistration.real_answers(study),
        "assurance": round(power.ASSURANCE * 100),
        "studies": power.STUDIES,
    }
    status = 422 if context.pop("invalid", False) else 200
    return render(request, "survey/planning.html", common | context, status=status)


@researcher_only
@require_safe
def planning(request: HttpRequest, slug: str) -> HttpResponse:
    """The planner with its answer, once asked, and every promise so far."""
    study = access.study_with_instrument(slug)
    if "width" not in request.GET:
        return _render(request, study)
    form = PowerForm(request.GET)
    if not form.is_valid():
        return _render(request, study, power_form=form, invalid=True)
    plan = power.plan(study=study, width=form.cleaned_data["width"], assumptions=form.assumptions())
    return _render(request, study, power_form=form, plan=plan)


@researcher_only
@require_POST
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    """Freeze what the form promises; what was typed is kept where it cannot be."""
    study = access.study_with_instrument(slug)
    form, rows = PromiseForm(request.POST), ComparisonForms(request.POST, prefix="c")
    if form.is_valid() and rows.is_valid():
        try:
            preregistration.freeze(
                study=study,
                comparisons=comparisons_of(rows),
                hypotheses=form.cleaned_data["hypotheses"],
                actor=request.user if request.user.is_authenticated else None,
            )
            return redirect(HERE, slug)
        except BadInput as error:
            form.add_error(None, str(error))
    return _render(request, study, promise_form=form, comparisons=rows, invalid=True)


@researcher_only
@require_safe
def promise(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One frozen document as a file: JSON, with its hash and time."""
    study = access.access_study(slug)
    row = get_object_or_404(study.preregistrations, number=number)
    body = {
        "number": row.number,
        "sha256": row.content_hash,
        "frozen_at": row.frozen_at.isoformat(),
        "real_answers_then": row.real_answers,
        "document": row.document,
    }
    response = HttpResponse(
        json.dumps(body, indent=2, ensure_ascii=False), content_type="application/json"
    )
    name = f"{study.slug}-promise-{row.number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
