"""Whether and how a study is connected with Prolific."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Max

from survey.models import DemographicRow, ProlificEvent, ProlificSubmission, Study
from survey.prolific.ledger import Entry
from survey.prolific.simulated import fake_is_set, is_simulated


@dataclass(frozen=True)
class Connection:
    """What is set up, and when news last came each way; None for never.

    `simulated`: the study is linked with one that only the fake knows; `fake`: the fake is asked.
    """

    token: bool
    secret: bool
    study_id: str
    polled_at: datetime | None
    event_at: datetime | None
    imported_at: datetime | None
    simulated: bool
    fake: bool

    @property
    def ready(self) -> bool:
        """Whether Prolific can be asked about this study."""
        return self.token and bool(self.study_id)


def connection(study: Study) -> Connection:
    """The state of a study's connection."""
    known = ProlificSubmission.objects.filter(study=study)
    events = ProlificEvent.objects.filter(submission_id__in=known.values("submission_id"))
    rows = DemographicRow.objects.filter(study=study)
    return Connection(
        token=bool(settings.PACT_PROLIFIC_TOKEN),
        secret=bool(settings.PACT_PROLIFIC_WEBHOOK_SECRET),
        study_id=study.prolific_study_id,
        polled_at=known.aggregate(at=Max("polled_at"))["at"],
        event_at=events.aggregate(at=Max("received_at"))["at"],
        imported_at=rows.aggregate(at=Max("imported_at"))["at"],
        simulated=is_simulated(study),
        fake=fake_is_set(),
    )


def by_status(entries: Iterable[Entry]) -> list[tuple[str, int]]:
    """How many submissions have each status, in Prolific's order; none are left out."""
    found = Counter(entry.status for entry in entries if entry.there)
    order = list(ProlificSubmission.Status.values)
    return [(status, found[status]) for status in order if found[status]]
