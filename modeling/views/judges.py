"""Starting a judge from the page."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotation.access import access_judged_dataset
from annotation.services.datasets import BadArgument, current_versions
from modeling.backends import Decoding
from modeling.judge_forms import JudgeForm
from modeling.models import Run
from modeling.services import starting
from modeling.services.judging import PlannedJudge, plan_judge
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def judge(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what will be asked; then leave it to the workers. The same judge again goes on."""
    dataset = access_judged_dataset(request.user, slug)
    form = JudgeForm(request.POST if request.method == "POST" else None, dataset=dataset)
    if request.method == "POST" and form.is_valid():
        planned = _start(form, cast(User, request.user))
        if planned and planned.run.state == Run.State.PLANNED:
            return redirect("modeling:run_start", planned.run.public_id)
        if planned:
            messages.success(request, _("The judge is queued; a worker asks and stores verdicts."))
            return redirect("annotation:judge_detail", slug, planned.judge.pk)
    context = {"dataset": dataset, "form": form, "scenarios": current_versions(dataset).count()}
    status = 422 if request.method == "POST" else 200
    return render(request, "modeling/judge.html", context, status=status)


def _start(form: JudgeForm, actor: User) -> PlannedJudge | None:
    """Plan the judge, and start it or its preflight; None with the form saying why not."""
    given = form.cleaned_data
    try:
        planned = plan_judge(
            subject=given["over"],
            endpoint=given["endpoint"],
            decoding=Decoding(temperature=given["temperature"], seed=given["seed"]),
            repeats=given["repeats"],
            limit=given["limit"],
            name=given["name"],
            actor=actor,
        )
    except BadInput as error:
        form.add_error(error.argument if isinstance(error, BadArgument) else None, str(error))
        return None
    starting.begin_or_try(run=planned.run, actor=actor)
    return planned
