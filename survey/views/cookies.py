"""Participants' own signed cookies. They need no account, no session row and no JavaScript."""

from __future__ import annotations

import json
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from survey.models import Cohort, Participant, Study
from survey.services.participation import Person

ENTRY = "pact_entry"
PLACE = "pact_place"
FIRST = "pact_first"

_ENTRY_SALT = "survey.entry"
_PLACE_SALT = "survey.place"
_FIRST_SALT = "survey.first"
_ENTRY_SECONDS = 24 * 3600
_PLACE_SECONDS = 30 * 24 * 3600


def preview_person() -> Person:
    """A made-up person for a look at the pages."""
    return Person(pid=f"preview-{secrets.token_hex(8)}", cohort=Cohort.PREVIEW)


def remember_person(response: HttpResponse, study: Study, person: Person) -> None:
    """Keep who came in until they agree, so that no page's URL needs to carry an id."""
    _set(response, study, ENTRY, json.dumps(vars(person)), _entry_salt(study), _ENTRY_SECONDS)


def person_in(request: HttpRequest, study: Study) -> Person | None:
    """Who came in to this study with this browser, if anybody did within a day."""
    text = _get(request, ENTRY, _entry_salt(study), _ENTRY_SECONDS)
    return Person(**json.loads(text)) if text else None


def remember_place(response: HttpResponse, participant: Participant) -> None:
    """Tie this browser to a participant's place."""
    _set(response, participant.study, PLACE, participant.key, _PLACE_SALT, _PLACE_SECONDS)


def place_in(request: HttpRequest) -> str | None:
    """The key of the participant this browser belongs to."""
    return _get(request, PLACE, _PLACE_SALT, _PLACE_SECONDS)


def remember_first(
    response: HttpResponse, participant: Participant, position: int, answer: dict[str, str]
) -> None:
    """Keep the answer of a scenario's first page until its second is sent: both are saved at once."""
    text = json.dumps({"key": participant.key, "position": position, "answer": answer})
    _set(response, participant.study, FIRST, text, _FIRST_SALT, _ENTRY_SECONDS)


def first_in(
    request: HttpRequest, participant: Participant, position: int
) -> dict[str, str] | None:
    """The answer of this scenario's first page, if this participant has just given it."""
    text = _get(request, FIRST, _FIRST_SALT, _ENTRY_SECONDS)
    kept = json.loads(text) if text else {}
    mine = (kept.get("key"), kept.get("position")) == (participant.key, position)
    return dict(kept["answer"]) if mine else None


def forget_place(response: HttpResponse, study: Study) -> None:
    """Untie this browser, because somebody else has come in with it."""
    response.delete_cookie(PLACE, path=_path(study))


def _entry_salt(study: Study) -> str:
    """Of its own for each study: an id checked at one door opens no other."""
    return f"{_ENTRY_SALT}:{study.slug}"


def _set(
    response: HttpResponse, study: Study, name: str, value: str, salt: str, seconds: int
) -> None:
    response.set_signed_cookie(
        name,
        value,
        salt=salt,
        max_age=seconds,
        path=_path(study),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _get(request: HttpRequest, name: str, salt: str, seconds: int) -> str | None:
    try:
        return request.get_signed_cookie(name, salt=salt, max_age=seconds)
    except (KeyError, signing.BadSignature):
        return None


def _path(study: Study) -> str:
    return reverse("survey:entry", args=[study.slug])
