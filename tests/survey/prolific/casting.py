"""Rows for the ledger's tests: sessions here, submissions there, rows of the export."""

from datetime import timedelta

from django.utils import timezone

from survey.models import (
    Answer,
    CheckResponse,
    DemographicRow,
    Participant,
    ProlificIdentity,
    ProlificSubmission,
)
from survey.services.instruments import definition_of
from survey.services.pseudonyms import pseudonym
from tests.survey.prolific.exports import pid, sid

WAITING = "AWAITING REVIEW"


def session(study, number, *, state="completed", cohort="real", failed=0, **changes):
    """The n-th person's session here, with one answer and all checks unless `state` forbids."""
    told = {"prolific_pid": pid(number), "submission_id": sid(number)} | changes
    now = timezone.now()
    person = Participant.objects.create(
        study=study,
        instrument=study.instrument,
        cohort=cohort,
        state=state,
        pseudonym=pseudonym(study=study, cohort=cohort, pid=told["prolific_pid"]),
        consent_at=now - timedelta(minutes=10),
        completed_at=now if state == "completed" else None,
    )
    ProlificIdentity.objects.create(participant=person, study=study, cohort=cohort, **told)
    if state == "completed":
        _answer(study, person, cohort, failed)
    return person


def _answer(study, person, cohort, failed):
    item = study.release.items.first()
    place = person.assignments.create(
        item=item, scenario=item.version.scenario, study=study, cohort=cohort, country="BR",
        relation="same", position=1,
    )  # fmt: skip
    Answer.objects.create(assignment=place, personal="culture", norm="culture")
    for number, check in enumerate(definition_of(study.instrument).checks):
        right = number >= failed
        wrong = next(one.code for one in check.options if one.code not in check.passes)
        given = check.passes[0] if right else wrong
        CheckResponse.objects.create(participant=person, key=check.key, given=given, passed=right)


def submission(study, number, status=WAITING, **changes):
    """The n-th person's submission, as the API told it."""
    codes = definition_of(study.instrument).codes
    told = {
        "submission_id": sid(number),
        "prolific_pid": pid(number),
        "status": status,
        "status_at": timezone.now(),
        "source": "poll",
        "seconds": 600.0,
        "code": codes["completed"],
    }
    return ProlificSubmission.objects.create(study=study, **(told | changes))


def export_row(study, number, status=WAITING, **values):
    """The n-th person's row of the demographic export."""
    return DemographicRow.objects.create(
        study=study,
        submission_id=sid(number),
        prolific_pid=pid(number),
        status=status,
        values=values,
        file_name="export.csv",
        row_number=number + 2,
    )
