"""Starting construction steps from the page, and a model's reply as it came."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import access_construction, access_dataset
from annotation.models import Construction, Dataset
from annotation.services import construction as steps
from modeling.access import access_run
from modeling.backends import Decoding
from modeling.construction_forms import ConstructForm
from modeling.models import Run
from modeling.services import construction, starting
from modeling.services.endpoints import BASELINE
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def construct(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what will be asked; then ask it. Without `construction` a new one is begun."""
    dataset = access_dataset(request.user, slug)
    made = _existing(request, slug)
    form = ConstructForm(
        request.POST if request.method == "POST" else None,
        dataset=dataset, construction=made, initial=_initial(request),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        run = _start(form, dataset, cast(User, request.user))
        if run and run.state == Run.State.PLANNED:
            return redirect("modeling:run_start", run.public_id)
        if run:
            messages.success(
                request, _("The first step is queued; the others follow of themselves.")
            )
            return redirect("modeling:run_detail", run.public_id)
    context = {
        "dataset": dataset,
        "construction": made,
        "form": form,
        "due": _due(made),
        "rows": dataset.scenarios.exclude(source_row=None).count(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "modeling/construct.html", context, status=status)


@require_safe
@researcher_only
def raw_reply(request: HttpRequest, public_id: str, cell_key: str) -> HttpResponse:
    """One reply of a run as it came, think blocks and all."""
    run = access_run(request.user, public_id)
    text = construction.raw_reply(run, cell_key)
    if text is None:
        raise Http404
    context = {"run": run, "text": text, "cell_key": cell_key}
    return render(request, "modeling/raw_reply.html", context)


def _existing(request: HttpRequest, slug: str) -> Construction | None:
    given = request.GET.get("construction", "")
    return access_construction(request.user, slug, int(given)) if given.isdecimal() else None


def _initial(request: HttpRequest) -> dict[str, object]:
    """Rows, steps and `again` may stand in the address, so that a button can name them."""
    initial: dict[str, object] = {"rows": request.GET.get("rows", "")}
    if request.GET.getlist("steps"):
        initial["steps"] = request.GET.getlist("steps")
    initial["again"] = bool(request.GET.get("again"))
    return initial


def _start(form: ConstructForm, dataset: Dataset, actor: User) -> Run | None:
    """Plan the first step that has rows, and start it or its preflight; None with the form saying
    why not."""
    given = form.cleaned_data
    endpoint = given["endpoint"]
    try:
        made = form.construction or steps.begin(
            dataset=dataset,
            name=given["name"] or endpoint.label,
            endpoint=endpoint.as_json(),
            simulated=endpoint.kind == BASELINE,
            actor=actor,
        )
    except BadInput as error:
        form.add_error("name", str(error))
        return None
    chosen = form.chosen_steps
    for place, step in enumerate(chosen):
        run = construction.plan_step(
            made,
            step,
            endpoint=endpoint,
            decoding=Decoding(temperature=given["temperature"]),
            rows=given["rows"],
            again=given["again"],
            invalid=given["invalid"],
            then=chosen[place + 1 :],
            limit=given["limit"],
            actor=actor,
        )
        if run:
            starting.begin_or_try(run=run, actor=actor)
            return run
    form.add_error(None, _("No row is due for these steps. Tick the box to ask again."))
    return None


def _due(made: Construction | None) -> list[tuple[str, int]]:
    if made is None:
        return []
    return [(step.value, len(steps.due(made, step))) for step in steps.steps_of(made)]
