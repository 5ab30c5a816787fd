"""Any cell's prompt, exactly as it is sent."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from modeling.access import access_run
from modeling.services import prompt_view
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput


@require_safe
@researcher_only
def cell_number(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """The prompt of one cell by its number."""
    run = access_run(request.user, public_id)
    try:
        context = {
            "run": run,
            "shown": prompt_view.at(run, number),
            "choices": prompt_view.choices(run),
            "fields": prompt_view.fields_at(run, number),
        }
    except BadInput as error:
        raise Http404(str(error)) from None
    return render(request, "modeling/cell_prompt.html", context)


@require_safe
@researcher_only
def cell_prompt(request: HttpRequest, public_id: str, cell_key: str) -> HttpResponse:
    """The same by the key that an answer bears."""
    run = access_run(request.user, public_id)
    try:
        number = prompt_view.number_of(run, cell_key)
    except BadInput as error:
        raise Http404(str(error)) from None
    return redirect("modeling:cell_number", public_id, number)


@require_safe
@researcher_only
def cell_find(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same by the fields of the cell, or by a number that somebody typed; else the first."""
    run = access_run(request.user, public_id)
    number = request.GET.get("number", "")
    try:
        if number or not request.GET:
            found = prompt_view.at(run, int(number or 1) - 1).number
        else:
            found = prompt_view.number_at(run, request.GET.dict())
    except ValueError as error:  # BadInput too
        raise Http404(str(error)) from None
    return redirect("modeling:cell_number", public_id, found)
