"""How a page was filled in: how long, how often changed, how much pasted; never what.

Kept only where the instrument says so, and then named in the consent text. The purpose: to tell
answers given without reading from answers given in haste by people who did read. A stamp in the
page carries the time of its rendering; whatever is missing or tampered with becomes null and never
stops an answer from being saved.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.core import signing
from django.db.models import F
from django.utils import timezone

from survey.models import PageVisit, Participant

STAMP = "shown_at"
COUNTS = ("visible_seconds", "changes", "blurs", "pasted_characters")
"""The names of the page's own counts; its script fills them in."""

MOST = 1_000_000
_LONGEST = 30 * 24 * 3600
_SALT = "survey.paradata"


@dataclass(frozen=True)
class Filled:
    """What is known of one filling in of a page; None where it cannot be known."""

    seconds: float | None = None
    visible_seconds: float | None = None
    changes: int | None = None
    blurs: int | None = None
    pasted_characters: int | None = None


def stamp() -> str:
    """The time now, signed, for a hidden field of the page."""
    return signing.dumps(time.time(), salt=_SALT)


def read(sent: Mapping[str, str]) -> Filled:
    """What the page sent along; anything that cannot be is None."""
    visible = _number(sent.get("visible_seconds", ""))
    counts = {name: _number(sent.get(name, "")) for name in COUNTS[1:]}
    whole = {name: None if value is None else int(value) for name, value in counts.items()}
    return Filled(seconds=_since(sent.get(STAMP, "")), visible_seconds=visible, **whole)


def _since(stamped: str) -> float | None:
    try:
        seconds = time.time() - float(signing.loads(stamped, salt=_SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return round(seconds, 2) if 0 <= seconds <= _LONGEST else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= MOST else None


def record(*, participant: Participant, page: str, filled: Filled) -> None:
    """Keep how a page was filled in; a page sent again keeps the newest and counts up `saves`.

    Call it in the transaction that saves the page.
    """
    rows = PageVisit.objects.filter(participant=participant, page=page)
    now = timezone.now()
    if not rows.update(**asdict(filled), saves=F("saves") + 1, saved_at=now):
        PageVisit.objects.create(participant=participant, page=page, **asdict(filled))
