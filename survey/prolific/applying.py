"""Taking in what Prolific says about a submission, whichever way the news came.

News is ordered by its time. A poll tells what is so when it begins, a webhook what was so when its
event was sent, a row of the export what was so at the latest time in it. Those times are whole
seconds: of two statuses in the same second the one further along ORDER came later. Older news than what is known changes nothing, and neither does the
same news again, so every order and number of deliveries ends in the same rows.

No status is final for us: Prolific lets a rejected submission be approved after all, and a timed-out
one still be finished. What a status did to the participant is not undone by a later one; whoever
comes back takes places again by answering, and an exclusion is lifted by a person.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pact_site.base.errors import BadInput
from survey.models import Exclusion, Participant, ProlificIdentity, ProlificSubmission, Study
from survey.prolific.wire import Submission
from survey.services import assignment

Status = ProlificSubmission.Status

ORDER = (
    Status.UNKNOWN,
    Status.RESERVED,
    Status.ACTIVE,
    Status.TIMED_OUT,
    Status.AWAITING_REVIEW,
    Status.SCREENED_OUT,
    Status.REJECTED,
    Status.RETURNED,
    Status.PARTIALLY_APPROVED,
    Status.APPROVED,
)
"""The way of a submission; only asked when two statuses have the same time."""

GIVEN_UP = (Status.RETURNED, Status.TIMED_OUT, Status.REJECTED)
"""Statuses after which the places of somebody who did not finish here are free for others."""

RETURNED = Exclusion.HELD_BACK
"""The rule under which somebody who completed here and returned there is held back."""


@transaction.atomic
def apply_status(
    *, study: Study, submission: Submission, at: datetime, source: str
) -> ProlificSubmission:
    """Store what is newer, free places that were given up, hold back who returned after completing.

    `at` is the time of the news, `source` one of ProlificSubmission.Source. BadInput once the
    study's key is destroyed: from then on no id of anybody is kept.
    """
    if assignment.lock(study.pk).key_destroyed_at is not None:
        raise BadInput("The study's key is destroyed: ids of people are not fetched again.")
    row, created = ProlificSubmission.objects.get_or_create(
        study=study, submission_id=submission.id, defaults={"source": source}
    )
    if _is_older(row, submission.status, at):
        _fill_gaps(row, submission)
        return row
    if submission.status != Status.UNKNOWN or created:
        row.status, row.status_at, row.source = submission.status, at, source
    _fill_gaps(row, submission, overwrite=True)
    _tell_participant(study, row)
    return row


def _is_older(row: ProlificSubmission, status: str, at: datetime) -> bool:
    """Whether a status of this time came before the one that is known."""
    if row.status_at is None:
        return False
    known = (row.status_at, ORDER.index(Status(row.status)))
    return (at, ORDER.index(Status(status))) < known


def _fill_gaps(row: ProlificSubmission, told: Submission, *, overwrite: bool = False) -> None:
    """Keep what the news tells beside the status; old news only where nothing is known."""
    values = {
        "prolific_pid": told.participant_id,
        "started_at": told.started_at,
        "completed_at": told.completed_at,
        "seconds": told.seconds,
        "code": told.code,
    }
    for name, value in values.items():
        if value not in (None, "") and (overwrite or getattr(row, name) in (None, "")):
            setattr(row, name, value)
    row.save()


def _tell_participant(study: Study, row: ProlificSubmission) -> None:
    """What the status means for the places and the state of the participant, if there is one."""
    identity = (
        ProlificIdentity.objects.filter(study=study, submission_id=row.submission_id)
        .select_related("participant")
        .first()
    )
    if identity is None or row.status not in GIVEN_UP:
        return
    participant = identity.participant
    if participant.state == Participant.State.CONSENTED:
        _give_up(participant, row.status)
    elif participant.state == Participant.State.COMPLETED and row.status == Status.RETURNED:
        _hold_back(participant, row)


def _give_up(participant: Participant, status: str) -> None:
    gone = Participant.State.TIMED_OUT if status == Status.TIMED_OUT else Participant.State.RETURNED
    changed = Participant.objects.filter(
        pk=participant.pk, state=Participant.State.CONSENTED
    ).update(state=gone)
    if changed:
        assignment.release(participant=participant)


def _hold_back(participant: Participant, row: ProlificSubmission) -> None:
    """Returning after completing may mean that consent is revoked: out, until a person decides."""
    earlier = Exclusion.objects.filter(participant=participant, rule=RETURNED)
    if earlier.exists():  # decided on before, whichever way
        return
    Exclusion.objects.create(
        participant=participant,
        rule=RETURNED,
        rule_version="1",
        evidence={"status": row.status, "at": row.status_at.isoformat() if row.status_at else None},
    )
    assignment.release(participant=participant)
