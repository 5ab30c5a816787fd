"""Deleting what has been kept long enough: recruiters' ids and free text, some days after closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Answer, Participant, Study
from survey.services import keys

LONGEST = 3650


@dataclass(frozen=True)
class Kept:
    """What a run of the rules removed from one study."""

    study: str
    texts: int
    identities: int


@transaction.atomic
def set_retention(
    *, study: Study, identity_days: int | None, text_days: int | None, actor: User | None = None
) -> None:
    """Say for how many days after closing ids and free text are kept; None keeps them."""
    for name, days in (("identity_days", identity_days), ("text_days", text_days)):
        if days is not None and not 0 <= days <= LONGEST:
            raise BadInput(
                "This many days cannot be.", column=name, found=days, expected=f"0 to {LONGEST}"
            )
    study.identity_days, study.text_days = identity_days, text_days
    study.save(update_fields=["identity_days", "text_days"])
    audit.record(
        verb="study.retention_set",
        subject=f"study:{study.slug}",
        actor=actor,
        identity_days=identity_days,
        text_days=text_days,
    )


def apply_retention(*, now: datetime | None = None) -> list[Kept]:
    """Carry the rules out for every closed study; returns what was removed, study by study."""
    at = now or timezone.now()
    made = []
    for study in _closed():
        texts = _forget_texts(study) if _over(study, study.text_days, at) else 0
        identities = 0
        if study.key_destroyed_at is None and _over(study, study.identity_days, at):
            identities = keys.destroy_key(study=study, typed=study.slug).identities
        if texts or identities:
            made.append(Kept(study.slug, texts, identities))
    return made


def past_texts(now: datetime | None = None) -> list[Study]:
    """Closed studies whose free text has been kept long enough."""
    at = now or timezone.now()
    return [study for study in _closed() if _over(study, study.text_days, at)]


def _closed() -> QuerySet[Study]:
    return Study.objects.filter(state=Study.State.CLOSED, closed_at__isnull=False)


def _over(study: Study, days: int | None, at: datetime) -> bool:
    assert study.closed_at is not None
    return days is not None and at >= study.closed_at + timedelta(days=days)


@transaction.atomic
def _forget_texts(study: Study) -> int:
    """Blank reasons and feedback; returns how many held anything."""
    reasons = Answer.objects.filter(assignment__study=study).exclude(reason="")
    feedback = Participant.objects.filter(study=study).exclude(feedback="")
    removed = reasons.update(reason="") + feedback.update(feedback="")
    if removed:
        audit.record(verb="study.texts_removed", subject=f"study:{study.slug}", texts=removed)
    return removed
