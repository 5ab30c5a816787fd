"""Asking Prolific for all submissions of a study, to heal what webhooks missed. Writes nothing there."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from pact_site.base.errors import BadInput
from survey.models import ProlificEvent, ProlificSubmission, Study
from survey.prolific.applying import apply_status
from survey.prolific.client import Client


@dataclass(frozen=True)
class PollReport:
    """What a poll found: submissions listed, of them new or changed here, and ours it did not list."""

    listed: int
    changed: int
    missing: int


def poll(*, study: Study, client: Client) -> PollReport:
    """Take in every submission as Prolific lists it now; ProlificError where it cannot be asked."""
    if not study.prolific_study_id:
        raise BadInput(
            "The study has no Prolific study id yet.",
            expected="the id, on the study's Prolific page",
        )
    before = _statuses(study)
    started = timezone.now()
    listed = list(client.submissions(study.prolific_study_id))
    for submission in listed:
        apply_status(study=study, submission=submission, at=started, source="poll")
    ids = [submission.id for submission in listed]
    rows = ProlificSubmission.objects.filter(study=study)
    rows.filter(submission_id__in=ids).update(polled_at=started)
    _settle(ids)
    after = _statuses(study)
    changed = sum(before.get(one) != status for one, status in after.items())
    return PollReport(len(listed), changed, rows.exclude(submission_id__in=ids).count())


def _statuses(study: Study) -> dict[str, str]:
    rows = ProlificSubmission.objects.filter(study=study)
    return dict(rows.values_list("submission_id", "status"))


def _settle(submission_ids: list[str]) -> None:
    """Webhooks that came before their submission was known have been made up for by this poll."""
    waiting = ProlificEvent.objects.filter(outcome=ProlificEvent.Outcome.UNMATCHED)
    waiting.filter(submission_id__in=submission_ids).update(outcome=ProlificEvent.Outcome.STALE)


def due() -> list[Study]:
    """Studies that are worth a poll: known to Prolific, and not a draft."""
    known = Study.objects.exclude(prolific_study_id="").exclude(state=Study.State.DRAFT)
    return list(known.order_by("pk"))
