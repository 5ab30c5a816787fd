"""Coming in: the recruiter's link, the typed id, consent. A GET never takes a place."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from survey import access
from survey.forms import PROLIFIC_ID, IdentityForm, same_id, valid_id
from survey.models import Cohort, Participant, Study
from survey.services import limits, participation, tallies, tickets
from survey.services.instruments import Definition, definition_of
from survey.services.localising import languages_open
from survey.services.participation import Person
from survey.views import cookies
from survey.views.gate import Visit, definition_for, participant_page, to_current, visit_of
from survey.views.stencils import fill_page

log = logging.getLogger("pact.entry")

CAME = "c"
"""In the query of the consent page: a cookie was set on the way here."""

_OTHER_ID = re.compile(r"[\w-]{1,64}")


@participant_page
@require_safe
def entry(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the ids out of the URL into a signed cookie and go on without them."""
    study = access.answerable_study(slug)
    person = _person_of_link(request, study)
    if person is None:
        return _without_ids(request, study)
    known = _check_door(request, study, person)
    if not known:
        access.check_open(study, person.cohort)
    response = redirect("survey:start", slug) if known else _to_consent(slug)
    cookies.remember_person(response, study, person)
    if known:
        cookies.remember_place(response, known)
    else:
        cookies.forget_place(response, study)
    return response


@participant_page
@require_safe
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Send somebody who has agreed before to where they stopped."""
    return to_current(visit_of(request, slug))


@participant_page
@require_http_methods(["GET", "HEAD", "POST"])
def identify(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for the id of somebody whose link held none."""
    study = access.answerable_study(slug)
    access.check_open(study, Cohort.REAL)
    definition = _definition(study)
    form = IdentityForm(request.POST or None, identity=definition.identity)
    if request.method == "POST" and form.is_valid():
        person = Person(pid=form.cleaned_data["pid"], cohort=Cohort.REAL)
        _check_door(request, study, person)
        response = _to_consent(slug)
        cookies.remember_person(response, study, person)
        return response
    with translation.override(definition.language):
        return render(request, "survey/identify.html", {"study": study, "form": form})


@participant_page
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the consent text; agreeing by POST makes the participant."""
    study = access.answerable_study(slug)
    person = cookies.person_in(request, study)
    if person is None and CAME in request.GET:
        return _incompatible(request, study)
    if person is None:
        return redirect("survey:entry", slug)
    if request.method == "POST" and "decline" in request.POST:
        tallies.tally(study=study, cohort=person.cohort, event=tallies.DECLINED)
        return redirect(_with_language("survey:declined", slug, request.POST.get("language")))
    if request.method == "POST" and "agree" in request.POST:
        return _agree(request, study, person)
    definition = definition_for(request, study, request.GET.get("lang", ""))
    access.check_open(study, person.cohort)
    with translation.override(definition.language):
        return _consent_page(request, study, definition, person.cohort)


def _consent_page(
    request: HttpRequest, study: Study, definition: Definition, cohort: str
) -> HttpResponse:
    open_in = languages_open(study, _definition(study))
    page = {"study": study, "definition": definition, "cohort": cohort}
    page["languages"] = [(tag, dict(settings.LANGUAGES).get(tag, tag)) for tag in open_in]
    alike = (study.slug, study.name, study.instrument.content_hash, definition.language, cohort)
    return fill_page(request, "survey/consent.html", (*alike, *open_in), {}, lambda _words: page)


def _to_consent(slug: str) -> HttpResponse:
    """To the consent page, with a mark that the cookie was set just now."""
    return redirect(f"{reverse('survey:consent', args=[slug])}?{CAME}=1")


def _incompatible(request: HttpRequest, study: Study) -> HttpResponse:
    """The browser keeps no cookies, and without one nobody can be told from anybody else."""
    definition = definition_for(request, study)
    with translation.override(definition.language):
        context = {"study": study, "definition": definition}
        return render(request, "survey/incompatible.html", context, status=403)


def _with_language(name: str, slug: str, language: str | None) -> str:
    """A page's address that keeps the language chosen on the consent page."""
    chosen = urlencode({"lang": language}) if language else ""
    return reverse(name, args=[slug]) + (f"?{chosen}" if chosen else "")


def _check_door(request: HttpRequest, study: Study, person: Person) -> Participant | None:
    """Who knocks, if they have agreed before.

    Refuses the submission of somebody else, another study's link, and too many knocks.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if limits.too_often(who=f"{study.slug}|{person.submission_id or person.pid}", address=address):
        raise access.StudyUnavailable("busy", study)
    expected = study.prolific_study_id
    if (
        expected
        and person.study_id
        and person.cohort == Cohort.REAL
        and person.study_id != expected
    ):
        log.warning("entry refused: link of another study, study %s", study.slug)
        raise access.StudyUnavailable("elsewhere", study)
    try:
        known = participation.find(study=study, person=person)
        if known and known.state != Participant.State.WITHDRAWN:
            participation.welcome_back(participant=known, person=person)
        else:
            participation.check_submission(study=study, person=person)
    except participation.SubmissionTaken:
        log.warning("entry refused: submission of somebody else, study %s", study.slug)
        raise access.StudyUnavailable("taken", study) from None
    return known


def _agree(request: HttpRequest, study: Study, person: Person) -> HttpResponse:
    try:
        access.check_open(study, person.cohort)
    except access.StudyUnavailable:  # whoever has begun goes on
        if participation.find(study=study, person=person) is None:
            raise
    language = definition_for(request, study, request.POST.get("language", "")).language
    participant = participation.consent(study=study, person=person, language=language)
    definition = definition_of(participant.instrument or study.instrument)
    response = to_current(Visit(study, participant, definition))
    cookies.remember_place(response, participant)
    return response


@participant_page
@require_safe
def declined(request: HttpRequest, slug: str) -> HttpResponse:
    """Thank somebody who does not want to take part; nothing about them is stored."""
    study = access.answerable_study(slug)
    definition = definition_for(request, study, request.GET.get("lang"))
    with translation.override(definition.language):
        context = {"study": study, "definition": definition}
        return render(request, "survey/declined.html", context)


def _definition(study: Study) -> Definition:
    return definition_of(study.instrument)


def _person_of_link(request: HttpRequest, study: Study) -> Person | None:
    """Who the link says has come; None when it names nobody."""
    ticket = request.GET.get(tickets.PARAMETER, "")
    cohort = tickets.ticket_cohort(ticket, study) if ticket else Cohort.REAL
    if cohort is None:
        raise access.StudyUnavailable("unknown", study)
    pid, identity = request.GET.get("PROLIFIC_PID", "").strip(), _definition(study).identity
    if not valid_id(pid, identity):
        return cookies.preview_person() if cohort == Cohort.PREVIEW else None
    return Person(
        pid=same_id(pid, identity),
        cohort=cohort,
        study_id=_other_id(request, "STUDY_ID"),
        submission_id=_other_id(request, "SESSION_ID"),
    )


def _other_id(request: HttpRequest, name: str) -> str:
    """An id that is kept if it looks like one; it never keeps anybody out. Prolific's in lower case."""
    text = request.GET.get(name, "").strip()
    if PROLIFIC_ID.fullmatch(text):
        return text.lower()
    return text if _OTHER_ID.fullmatch(text) else ""


def _without_ids(request: HttpRequest, study: Study) -> HttpResponse:
    with suppress(access.NoPlace):
        return to_current(visit_of(request, study.slug))
    if cookies.person_in(request, study):
        return redirect("survey:consent", study.slug)
    return redirect("survey:identify", study.slug)
