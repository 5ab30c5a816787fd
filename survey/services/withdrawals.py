"""Withdrawal: what somebody said is removed; that they withdrew, and how much, remains."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from pact_site.base.models import User
from pact_site.base.services import audit
from survey import statements
from survey.models import (
    Answer,
    DemographicRow,
    ExportRecord,
    PageVisit,
    Participant,
    ProlificIdentity,
    Study,
    Withdrawal,
)
from survey.services import assignment


@transaction.atomic
def withdraw(*, participant: Participant, asked_by: str, actor: User | None = None) -> Withdrawal:
    """Remove everything a participant said and who they are; a second call changes nothing.

    The participant's row stays as a tombstone under the pseudonym, places become free, and the
    record lists the earlier exports that held the row, so that their keepers can be told.
    """
    study = assignment.lock(participant.study_id)
    statements.lock_state(participant_id=participant.pk)  # a page being saved now is removed too
    participant.refresh_from_db()
    earlier = Withdrawal.objects.filter(participant=participant).first()
    if earlier:
        return earlier
    assignment.release(participant=participant)
    removed = _remove_content(participant)
    _blank(participant)
    row = Withdrawal.objects.create(
        study=study,
        participant=participant,
        asked_by=asked_by,
        actor=actor,
        answers_removed=removed,
        exports=exports_with(study, participant.pseudonym),
    )
    audit.record(
        verb="participant.withdrawn",
        subject=f"study:{study.slug}",
        actor=actor,
        asked_by=asked_by,
        answers=removed,
    )
    return row


def _remove_content(participant: Participant) -> int:
    """Delete answers, checks, visits, demographics and identity; returns the number of answers.

    Exclusions go with them: their evidence tells how checks were answered.
    """
    answers = Answer.objects.filter(assignment__participant=participant)
    removed = answers.count()
    answers.delete()
    participant.checks.all().delete()
    participant.exclusions.all().delete()
    PageVisit.objects.filter(participant=participant).delete()
    identity = ProlificIdentity.objects.filter(participant=participant).first()
    if identity:
        rows = DemographicRow.objects.filter(study_id=participant.study_id)
        rows.filter(prolific_pid=identity.prolific_pid).delete()
        identity.delete()
    return removed


def _blank(participant: Participant) -> None:
    participant.state = Participant.State.WITHDRAWN
    participant.withdrawn_at = timezone.now()
    participant.country = participant.age_bucket = participant.gender = ""
    participant.feedback = participant.first_frame = participant.ended_because = ""
    participant.save()


def exports_with(study: Study, pseudonym: str) -> list[dict[str, str]]:
    """The recorded exports whose rows held this pseudonym, newest first."""
    return [
        {"kind": one.kind, "name": one.name, "made_at": one.made_at.isoformat()}
        for one in ExportRecord.objects.filter(study=study)
        if pseudonym in one.participants
    ]
