"""The statements of coming in, written out: which study, who comes, whether they may.

At the start of a study everybody comes at once; like those of the pages (survey.statements), they
are plain SQL that SQLite and PostgreSQL read alike, and tests hold them against the models.
"""

from __future__ import annotations

from survey.models import Instrument, Participant, Study
from survey.plain_rows import first_row, listed, row_of
from survey.statements import INSTRUMENT, PERSON

_COLUMNS = tuple(field.attname for field in Study._meta.concrete_fields)

_STUDY = (
    f"SELECT {listed('s', _COLUMNS)}, {listed('i', INSTRUMENT)}"  # noqa: S608
    " FROM survey_study s JOIN survey_instrument i ON i.study_id = s.id"
    " WHERE s.slug = %s AND s.origin = 'collected' ORDER BY i.number DESC LIMIT 1"
)

_PERSON = (
    f"SELECT {listed('p', PERSON)} FROM survey_participant p"  # noqa: S608
    " JOIN survey_prolificidentity i ON i.participant_id = p.id"
    " WHERE i.study_id = %s AND i.cohort = %s AND i.prolific_pid = %s"
)

_STUDYS_KEY = "SELECT secret FROM survey_pseudonymkey WHERE study_id = %s"

_WITHDRAWN = "SELECT 1 FROM survey_participant WHERE study_id = %s AND state = 'withdrawn' LIMIT 1"

_SUBMISSION = (
    "SELECT 1 FROM survey_prolificidentity WHERE study_id = %s AND cohort = %s"
    " AND submission_id = %s AND prolific_pid <> %s LIMIT 1"
)


def read_study(*, slug: str) -> Study | None:
    """A study that collects answers here, with the newest version of its instrument.

    The instrument comes without its definition: see `survey.statements.read_standing`.
    """
    row = first_row(_STUDY, [slug])
    if row is None:
        return None
    values = iter(row)
    study = row_of(Study, _COLUMNS, values)
    study.newest = row_of(Instrument, INSTRUMENT, values)
    return study


def read_person(*, study: Study, cohort: str, pid: str) -> Participant | None:
    """The participant with this id of a recruiter's."""
    row = first_row(_PERSON, [study.pk, cohort, pid])
    if row is None:
        return None
    participant = row_of(Participant, PERSON, iter(row))
    participant.study = study
    return participant


def read_secret(*, study_id: int) -> str | None:
    """The key of a study's pseudonyms, if it has been made."""
    row = first_row(_STUDYS_KEY, [study_id])
    return None if row is None else str(row[0])


def anybody_withdrew(*, study_id: int) -> bool:
    """Whether anybody has withdrawn from this study."""
    return _any(_WITHDRAWN, study_id)


def submission_is_taken(*, study_id: int, cohort: str, submission: str, pid: str) -> bool:
    """Whether this submission came with the id of somebody other than `pid`."""
    return _any(_SUBMISSION, study_id, cohort, submission, pid)


def _any(sql: str, *values: int | str) -> bool:
    return first_row(sql, values) is not None
