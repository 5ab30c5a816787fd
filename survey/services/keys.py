"""Destroying what leads pseudonyms back to people, once everybody is paid."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import (
    DemographicRow,
    ProlificEvent,
    ProlificIdentity,
    ProlificSubmission,
    PseudonymKey,
    Study,
)
from survey.services import assignment


@dataclass(frozen=True)
class Destroyed:
    """How many rows that named somebody are gone."""

    identities: int
    submissions: int
    demographics: int
    events: int


def at_stake(study: Study) -> Destroyed:
    """What destroying the key would remove now."""
    return Destroyed(
        identities=ProlificIdentity.objects.filter(study=study).count(),
        submissions=ProlificSubmission.objects.filter(study=study).count(),
        demographics=DemographicRow.objects.filter(study=study).count(),
        events=_events(study).count(),
    )


@transaction.atomic
def destroy_key(*, study: Study, typed: str, actor: User | None = None) -> Destroyed:
    """Delete the study's key and every row that holds an id of a recruiter's; it cannot be undone.

    BadInput unless the study is closed and `typed` is its slug. A second call removes nothing more.
    Answers stay under their pseudonyms; nobody can be found by an id any more, so withdrawals can
    from then on only be made by pseudonym.
    """
    study = assignment.lock(study.pk)
    if study.state != Study.State.CLOSED:
        raise BadInput(
            "Only a closed study's key is destroyed.", found=study.state, expected="closed"
        )
    if typed.strip() != study.slug:
        raise BadInput("The name typed is not the study's.", found=typed, expected=study.slug)
    gone = at_stake(study)
    _events(study).delete()
    DemographicRow.objects.filter(study=study).delete()
    ProlificSubmission.objects.filter(study=study).delete()
    ProlificIdentity.objects.filter(study=study).delete()
    PseudonymKey.objects.filter(study=study).delete()
    if study.key_destroyed_at is None:
        study.key_destroyed_at = timezone.now()
        study.save(update_fields=["key_destroyed_at"])
        audit.record(
            verb="study.key_destroyed", subject=f"study:{study.slug}", actor=actor, **vars(gone)
        )
    return gone


def _events(study: Study) -> QuerySet[ProlificEvent]:
    ids = ProlificSubmission.objects.filter(study=study).values("submission_id")
    return ProlificEvent.objects.filter(submission_id__in=ids)
