"""Asking Prolific for all submissions of a study, to heal what webhooks missed. Writes nothing there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State, User
from pact_site.base.services.jobs import enqueue
from survey.models import ProlificEvent, ProlificSubmission, Study
from survey.prolific.applying import apply_status
from survey.prolific.client import Client
from survey.prolific.wire import Submission
from survey.services import assignment

JOB = "survey.poll"
"""The kind of job that polls one study; its payload names it by `study`, the slug."""

OPEN = (State.QUEUED, State.RUNNING)
PAGE = 20
"""Submissions that Prolific lists at a time."""

STILL_REVIEWED = timedelta(days=30)
"""How long after closing a study is still polled, and the id in a webhook about nobody is kept; by
then Prolific has paid whoever was not reviewed."""


@dataclass(frozen=True)
class PollReport:
    """What a poll found: submissions listed, of them new or changed here, ours that were not listed,
    and webhooks of whatever study whose submission nobody knows."""

    listed: int
    changed: int
    missing: int
    unmatched: int


def poll(
    *, study: Study, client: Client, read: Callable[[int], object] = lambda _count: None
) -> PollReport:
    """Take in every submission as Prolific lists it now; ProlificError where it cannot be asked.

    `read` is told after every twenty how many submissions have been read.
    """
    _require_id(study)
    before = _statuses(study)
    started = timezone.now()
    listed = _listed(client, study, read)
    for submission in listed:
        apply_status(study=study, submission=submission, at=started, source="poll")
    ids = [submission.id for submission in listed]
    rows = ProlificSubmission.objects.filter(study=study)
    rows.filter(submission_id__in=ids).update(polled_at=started)
    _settle(ids)
    _forget(started - STILL_REVIEWED)
    after = _statuses(study)
    changed = sum(before.get(one) != status for one, status in after.items())
    return PollReport(
        listed=len(listed),
        changed=changed,
        missing=rows.exclude(submission_id__in=ids).count(),
        unmatched=ProlificEvent.objects.filter(outcome=ProlificEvent.Outcome.UNMATCHED).count(),
    )


def _require_id(study: Study) -> None:
    if not study.prolific_study_id:
        raise BadInput(
            "The study has no Prolific study id yet.",
            expected="the id, on the study's Prolific page",
        )


def _listed(client: Client, study: Study, read: Callable[[int], object]) -> list[Submission]:
    found = []
    for submission in client.submissions(study.prolific_study_id):
        found.append(submission)
        if len(found) % PAGE == 0:
            read(len(found))
    return found


def _statuses(study: Study) -> dict[str, str]:
    rows = ProlificSubmission.objects.filter(study=study)
    return dict(rows.values_list("submission_id", "status"))


def _settle(submission_ids: list[str]) -> None:
    """Webhooks that came before their submission was known have been made up for by this poll."""
    waiting = ProlificEvent.objects.filter(outcome=ProlificEvent.Outcome.UNMATCHED)
    waiting.filter(submission_id__in=submission_ids).update(outcome=ProlificEvent.Outcome.STALE)


def _forget(before: datetime) -> None:
    """Webhooks about nobody we know keep their event's id, and lose the submission's."""
    old = ProlificEvent.objects.filter(
        outcome=ProlificEvent.Outcome.UNMATCHED, received_at__lt=before
    )
    old.update(submission_id="", outcome=ProlificEvent.Outcome.IGNORED)


def due() -> list[Study]:
    """Studies that are worth a poll: known to Prolific, no draft, not closed long ago, and with a
    key, for without it nobody's id may be here again."""
    known = Study.objects.exclude(prolific_study_id="").exclude(state=Study.State.DRAFT)
    known = known.filter(key_destroyed_at__isnull=True)
    recent = Q(closed_at__isnull=True) | Q(closed_at__gte=timezone.now() - STILL_REVIEWED)
    return list(known.filter(recent).order_by("pk"))


@transaction.atomic
def queue_poll(*, study: Study, actor: User | None = None) -> Job:
    """Queue a poll of one study; the one that waits or runs already, if there is one."""
    _require_id(study)
    assignment.lock(study.pk)  # so that a double click finds the first one's job
    job = last_poll(study)
    if job is not None and job.state in OPEN:
        return job
    return enqueue(kind=JOB, payload={"study": study.slug}, actor=actor)


def last_poll(study: Study) -> Job | None:
    """The newest poll of a study that was queued; None before the first."""
    return Job.objects.filter(kind=JOB, payload__study=study.slug).order_by("-pk").first()


def queue_polls() -> int:
    """Queue a poll of every due study that has none waiting; returns how many were queued."""
    open_jobs = Job.objects.filter(kind=JOB, state__in=OPEN)
    waiting = {str(job.payload.get("study")) for job in open_jobs}
    wanted = [study for study in due() if study.slug not in waiting]
    for study in wanted:
        queue_poll(study=study)
    return len(wanted)
