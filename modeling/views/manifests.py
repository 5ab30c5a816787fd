"""What a run leaves behind, and planning it once more."""

from __future__ import annotations

import json
from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from modeling.access import access_run
from modeling.models import Run
from modeling.services import endpoints, repeating
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User


class RepeatForm(forms.Form):
    """Of whom to ask it again; `anyway` where release or prompts are not what they were."""

    endpoint = forms.ChoiceField(
        label=gettext_lazy("Endpoint"), required=False,
        help_text=gettext_lazy("The run's own is asked with the address and options it had."),
    )  # fmt: skip
    anyway = forms.BooleanField(
        label=gettext_lazy("Repeat it although release or prompts differ"), required=False
    )

    def __init__(self, run: Run, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        own = [("", _("the run's own: %(name)s") % {"name": run.endpoint.get("name", "")})]
        self.fields["endpoint"].choices = own + endpoints.choices()  # type: ignore[attr-defined]


@require_safe
@researcher_only
def run_manifest_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The manifest to read, beside that of the run it repeats."""
    run = access_run(request.user, public_id)
    context = {
        "run": run,
        "repeatable": repeating.KINDS,
        "manifest": _text(run),
        "parts": repeating.parts(run.manifest),
        "differences": repeating.differences(run.repeat_of.manifest, run.manifest)
        if run.repeat_of
        else None,
    }
    return render(request, "modeling/run_manifest.html", context)


@require_safe
@researcher_only
def run_manifest(request: HttpRequest, public_id: str) -> HttpResponse:
    """The manifest as a file."""
    run = access_run(request.user, public_id)
    response = HttpResponse(_text(run), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="run-{run.public_id}-manifest.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def run_repeat(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what would be asked again and what is not as it was; then plan it. Nothing is started."""
    run = access_run(request.user, public_id)
    posted = request.POST if request.method == "POST" else None
    form = RepeatForm(run, posted)
    try:
        chosen = form.cleaned_data["endpoint"] if form.is_valid() else ""
        asked = repeating.of_run(run, endpoint=chosen)
    except BadInput as error:
        context = {"run": run, "words": str(error)}
        return render(request, "modeling/run_refused.html", context, status=422)
    if form.is_valid():
        try:
            made = repeating.repeat(
                asked, anyway=form.cleaned_data["anyway"], actor=cast(User, request.user)
            )
        except BadInput as error:
            form.add_error("anyway", str(error))
        else:
            messages.success(request, _("The run is planned once more. It waits to be started."))
            return redirect("modeling:run_detail", made.public_id)
    if not asked.firm:
        del form.fields["anyway"]
    context = {"run": run, "form": form, "asked": asked}
    status = 422 if form.errors else 200
    return render(request, "modeling/run_repeat.html", context, status=status)


def _text(run: Run) -> str:
    return json.dumps(run.manifest, indent=2, ensure_ascii=False, sort_keys=True)
