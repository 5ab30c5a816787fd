"""Model-card notes: of which models there are some, and writing them."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modeling.card_forms import CardForm
from modeling.models import ModelCard, Run
from modeling.services import cards
from pact_site.base.access import researcher_only
from pact_site.base.models import User

ASKED = ("counterparts", "benchmark")
"""Kinds of runs whose models stand in reports."""


@require_safe
@researcher_only
def card_list(request: HttpRequest) -> HttpResponse:
    """Every model that was asked, with what is known and what was noted."""
    rows = cards.noted(_runs())
    told = {row.name for row in rows}
    others = ModelCard.objects.exclude(name__in=told)
    return render(request, "modeling/card_list.html", {"rows": rows, "others": others})


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def card_edit(request: HttpRequest) -> HttpResponse:
    """Write one model's notes; it is named by ?name=, since labels hold any character."""
    name = request.GET.get("name", "").strip()
    row = next((row for row in cards.noted(_runs()) if row.name == name), None)
    card = row.card if row else ModelCard.objects.filter(name=name).first()
    if row is None and card is None:
        raise Http404
    form = CardForm(request.POST if request.method == "POST" else None, instance=card)
    if request.method == "POST" and form.is_valid() and form.store(name, cast(User, request.user)):
        messages.success(request, _("The notes are kept. The next report holds them."))
        return redirect("modeling:card_list")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "name": name, "row": row}
    return render(request, "modeling/card_form.html", context, status=status)


def _runs() -> list[Run]:
    runs = Run.objects.filter(kind__in=ASKED).exclude(label__startswith="baseline:")
    return list(runs.order_by("pk").only("label", "design", "endpoint", "manifest", "simulated"))
