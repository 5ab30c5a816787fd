"""The statements of coming in, written out: which study, who comes, whether they may.

At the start of a study everybody comes at once; like those of the pages (survey.statements), they
are plain SQL that SQLite and PostgreSQL read alike, and tests hold them against the models.
"""

from __future__ import annotations

from django.db import connection

from survey.models import Instrument, Participant, Study

_INSTRUMENT = ("id", "study_id", "number", "content_hash")

_STUDY = (
    f"SELECT s.*, {', '.join(f'i.{name} AS instrument__{name}' for name in _INSTRUMENT)}"  # noqa: S608
    " FROM survey_study s JOIN survey_instrument i ON i.study_id = s.id"
    " WHERE s.slug = %s AND s.origin = 'collected' ORDER BY i.number DESC LIMIT 1"
)

_PERSON = (
    "SELECT p.* FROM survey_participant p"
    " JOIN survey_prolificidentity i ON i.participant_id = p.id"
    " WHERE i.study_id = %s AND i.cohort = %s AND i.prolific_pid = %s"
)

_WITHDRAWN = "SELECT 1 FROM survey_participant WHERE study_id = %s AND state = 'withdrawn' LIMIT 1"

_SUBMISSION = (
    "SELECT 1 FROM survey_prolificidentity WHERE study_id = %s AND cohort = %s"
    " AND submission_id = %s AND prolific_pid <> %s LIMIT 1"
)


def read_study(*, slug: str) -> Study | None:
    """A study that collects answers here, with the newest version of its instrument.

    The instrument comes without its definition: see `survey.statements.read_participant`.
    """
    for study in Study.objects.raw(_STUDY, [slug]):
        values = [getattr(study, f"instrument__{name}") for name in _INSTRUMENT]
        study.newest = Instrument.from_db(connection.alias, _INSTRUMENT, values)
        return study
    return None


def read_person(*, study: Study, cohort: str, pid: str) -> Participant | None:
    """The participant with this id of a recruiter's."""
    for participant in Participant.objects.raw(_PERSON, [study.pk, cohort, pid]):
        participant.study = study
        return participant
    return None


def anybody_withdrew(*, study_id: int) -> bool:
    """Whether anybody has withdrawn from this study."""
    return _any(_WITHDRAWN, study_id)


def submission_is_taken(*, study_id: int, cohort: str, submission: str, pid: str) -> bool:
    """Whether this submission came with the id of somebody other than `pid`."""
    return _any(_SUBMISSION, study_id, cohort, submission, pid)


def _any(sql: str, *values: int | str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() is not None
