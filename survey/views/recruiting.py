"""Recruitment at Prolific from here: first shown exactly as it would be sent, then asked, then sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from annotation.vocab.countries import by_iso2
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey import access
from survey.models import ProlificRequest, Study
from survey.prolific import recruiting
from survey.prolific.client import Client, ProlificError, client_from_settings
from survey.prolific.recruiting import Action, Ask, There
from survey.prolific.study_draft import Cost, StudyDraft, study_body
from survey.recruiting_forms import PlacesForm, RecruitForm, suggested
from survey.services.instruments import definition_of
from survey.views.studies import PROLIFIC_QUERY
from survey.views.tabs import tabs

HERE = "survey:prolific_study"
LAST = 10
"""Requests that the page remembers."""

EFFECTS = {
    Action.CREATE: gettext_lazy(
        "A draft is made at Prolific and linked with this study. Nobody is recruited and nothing is paid yet."
    ),
    Action.PUBLISH: gettext_lazy(
        "Prolific shows the study to participants at once, and sets the cost aside from your balance."
    ),
    Action.PAUSE: gettext_lazy("Nobody new can take a place. Whoever has begun can finish."),
    Action.START: gettext_lazy("Participants can take places again."),
    Action.STOP: gettext_lazy(
        "Recruitment ends for good: it cannot be started again. Whoever has begun can finish."
    ),
    Action.PLACES: gettext_lazy(
        "The study has this many places from now on. Once published they can only grow."
    ),
}


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def study_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The linked study as Prolific has it and what can be done; without one, a study to be made."""
    study = access.study_with_instrument(slug)
    if study.prolific_study_id:
        return _linked(request, study)
    definition = definition_of(study.instrument)
    start = suggested(study, definition)
    form = RecruitForm(request.POST or None, initial=start, definition=definition)
    if request.method == "POST" and form.is_valid() and not request.POST.get("back"):
        return _with_prolific(request, study, lambda client: _create(request, study, form, client))
    status = 422 if form.errors and not request.POST.get("back") else 200
    context = _context(study) | {"form": form}
    return render(request, "survey/prolific_study.html", context, status=status)


def _linked(request: HttpRequest, study: Study) -> HttpResponse:
    if request.method == "POST":
        messages.warning(request, _("Not sent: the study is linked with one at Prolific already."))
        return redirect(HERE, study.slug)
    context = _context(study)
    try:
        with client_from_settings() as client:
            there = recruiting.study_there(client, study)
            cost = _cost_of(client, there, there.places)
    except ProlificError as error:
        context["unread"] = str(error)
    else:
        context |= {"there": there, "cost": cost, "possible": _possible(there)}
        context["places_form"] = PlacesForm(initial={"places": there.places})
    return render(request, "survey/prolific_study.html", context)


def _possible(there: There) -> list[Action]:
    """The buttons; places have a form of their own."""
    return [one for one in there.possible if one != Action.PLACES]


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def study_request(request: HttpRequest, slug: str, action: str) -> HttpResponse:
    """Publish, pause, go on, stop, or change the places: what it means and costs, then the deed."""
    study = access.study_with_instrument(slug)
    wanted = action.upper()
    if wanted not in Action.values or wanted == Action.CREATE or not study.prolific_study_id:
        raise Http404
    return _with_prolific(
        request, study, lambda client: _act(request, study, Action(wanted), client)
    )


def _with_prolific(
    request: HttpRequest, study: Study, then: Callable[[Client], HttpResponse]
) -> HttpResponse:
    """What needs Prolific; where it cannot be asked, the reason on the study's page there."""
    try:
        with client_from_settings() as client:
            return then(client)
    except (ProlificError, BadInput) as error:
        messages.error(request, str(error))
    return redirect(HERE, study.slug)


def _create(request: HttpRequest, study: Study, form: RecruitForm, client: Client) -> HttpResponse:
    draft = form.draft()
    entry = request.build_absolute_uri(reverse("survey:entry", args=[study.slug]))
    body = study_body(
        draft,
        slug=study.slug,
        address=f"{entry}?{PROLIFIC_QUERY}",
        codes=definition_of(study.instrument).codes,
        filters=client.filters() if draft.countries else (),
    )
    cost = recruiting.cost_of(client, places=draft.places, reward=draft.reward)
    ask = Ask(Action.CREATE, body, {"total": cost.total})
    return _confirm(request, study, ask, cost, client, {"form": form, "countries": _named(draft)})


def _named(draft: StudyDraft) -> list[str]:
    return [str(by_iso2(code)) for code in draft.countries]


def _act(request: HttpRequest, study: Study, action: Action, client: Client) -> HttpResponse:
    there = recruiting.study_there(client, study)
    if action not in there.possible:
        messages.warning(
            request, _("Not sent: at Prolific the study is “%s” now.") % there.status.lower()
        )
        return redirect(HERE, study.slug)
    body, places = {}, there.places
    if action == Action.PLACES:
        form = PlacesForm(request.POST or request.GET)
        if not form.is_valid():
            messages.error(request, _("Type how many places the study shall have."))
            return redirect(HERE, study.slug)
        places = form.cleaned_data["places"]
        body = {"total_available_places": places}
    cost = _cost_of(client, there, places)
    ask = Ask(action, body, {"status": there.status, "places": there.places, "total": cost.total})
    more = {"there": there, "before": _cost_of(client, there, there.places)} if body else {}
    return _confirm(request, study, ask, cost, client, {"there": there, "places": places} | more)


def _cost_of(client: Client, there: There, places: int) -> Cost:
    return recruiting.cost_of(client, places=places, reward=there.reward, currency=there.currency)


def _confirm(
    request: HttpRequest,
    study: Study,
    ask: Ask,
    cost: Cost,
    client: Client,
    more: dict[str, Any],
) -> HttpResponse:
    """Send what was ticked and sealed; show it otherwise."""
    if request.method == "POST" and request.POST.get("sure"):
        return _send(request, study, ask, client)
    context = (
        _context(study)
        | more
        | {
            "ask": ask,
            "cost": cost,
            "deed": Action(ask.action).label,
            "effect": EFFECTS[Action(ask.action)],
            "seal": recruiting.seal(study, ask),
            "json": json.dumps(ask.body or {"action": ask.action}, indent=2, ensure_ascii=False),
            "unsure": bool(request.POST.get("seal")),
            "shut": ask.action == Action.PUBLISH and study.state != Study.State.OPEN,
        }
    )
    return render(request, "survey/prolific_study_confirm.html", context)


def _send(request: HttpRequest, study: Study, ask: Ask, client: Client) -> HttpResponse:
    actor = request.user if isinstance(request.user, User) else None
    row = recruiting.request(
        study=study,
        ask=ask,
        confirmed=request.POST.get("seal", ""),
        client=client,
        actor=actor,
    )
    if row.state == ProlificRequest.State.SENT:
        messages.success(
            request, _("Prolific has accepted the request to %s.") % row.get_action_display()
        )
    else:
        messages.error(request, row.error)
    return redirect(HERE, study.slug)


def _context(study: Study) -> dict[str, Any]:
    return {
        "study": study,
        "tabs": tabs(study, "survey:study_prolific"),
        "sending": recruiting.is_sending(study),
        "requests": ProlificRequest.objects.filter(study=study).select_related("asked_by")[:LAST],
    }
