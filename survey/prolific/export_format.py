"""Prolific's demographic export as a table: three generations of headers read as one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.utils.dateparse import parse_datetime

from pact_site.base.readers import Layout, Row, read_table
from survey.prolific.wire import status_of

SUBMISSION, PERSON = "submission_id", "participant_id"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    SUBMISSION: ("submission_id", "session_id"),
    PERSON: ("participant_id", "prolific_id"),
    "status": ("status",),
    "terms_at": ("custom_study_tncs_accepted_at",),
    "started_at": ("started_at", "started_datetime"),
    "completed_at": ("completed_at", "completed_date_time", "completed_datetime"),
    "reviewed_at": ("reviewed_at", "reviewed_at_datetime"),
    "archived_at": ("archived_at", "archived_datetime"),
    "time_taken": ("time_taken",),
    "code": ("completion_code", "entered_code"),
    "approvals": ("total_approvals", "num_approvals"),
    "rejections": ("total_rejections", "num_rejections"),
    "score": ("prolific_score",),
    "age": ("age",),
    "sex": ("sex",),
    "ethnicity": ("ethnicity_simplified",),
    "birth_country": ("country_of_birth",),
    "country": ("country_of_residence", "current_country_of_residence"),
    "nationality": ("nationality",),
    "language": ("language", "first_language"),
    "student": ("student_status",),
    "employment": ("employment_status",),
    "authenticity_bots": ("authenticity_check_bots",),
}
"""Our names and how the generations spell them, in lower case, every other sign as one underscore.

To about 2021 the export says session_id and entered_code; since 2022 Submission id and Completion
code; since 2025 it has a column on bots and one authenticity column per checked question.
"""

_OURS = {spelling: name for name, spellings in COLUMNS.items() for spelling in spellings}
AUTHENTICITY = "authenticity_check_"
REVOKED = "CONSENT_REVOKED"
NON_VALUES = {"", "n/a", "not applicable", "consent_revoked", "data_expired"}
"""Cells that say that there is no value, in lower case."""

_TIMES = ("started_at", "completed_at", "reviewed_at", "archived_at", "terms_at")
_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class ExportRow:
    """One submission of the export, without non-values. `revoked` are columns whose consent was
    taken back; `news_at` is the newest time the row tells of, None where it tells none."""

    row: Row
    submission_id: str
    prolific_pid: str
    status: str
    values: Mapping[str, str]
    extra: Mapping[str, str]
    revoked: tuple[str, ...]
    times: Mapping[str, datetime] = field(default_factory=dict)
    seconds: float | None = None

    @property
    def news_at(self) -> datetime | None:
        """The newest of start, completion and review."""
        told = [self.times[name] for name in _TIMES[:3] if name in self.times]
        return max(told, default=None)


def plain(header: str) -> str:
    """A header without case and punctuation: `Authenticity check: Bots` is authenticity_check_bots."""
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


def read_export(path: Path) -> Iterator[ExportRow]:
    """The rows of an export, checked one by one; BadInput names what cannot be read.

    Only the two columns of ids are required. Nothing is known about the rest of a header: columns
    that are not ours are kept as they stand.
    """
    for row in read_table(path, Layout((SUBMISSION, PERSON), aliases=_aliases(path))):
        yield _read(row)


def _aliases(path: Path) -> dict[str, str]:
    """Our name for each of this file's own headers; a file that cannot be read has none."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        header = next(csv.reader([stream.readline(100_000)]), [])
    cells = [cell.strip() for cell in header]
    return {cell: _OURS[plain(cell)] for cell in cells if plain(cell) in _OURS}


def _read(row: Row) -> ExportRow:
    given = {name: cell for name, cell in row.cells.items() if name not in (SUBMISSION, PERSON)}
    kept = {name: cell for name, cell in given.items() if cell.casefold() not in NON_VALUES}
    return ExportRow(
        row=row,
        submission_id=_id(row, SUBMISSION),
        prolific_pid=_id(row, PERSON),
        status=status_of(kept.pop("status")) if "status" in kept else "",
        values={name: cell for name, cell in kept.items() if name in COLUMNS},
        extra={name: cell for name, cell in kept.items() if name not in COLUMNS},
        revoked=tuple(name for name, cell in given.items() if cell.upper() == REVOKED),
        times={name: _time(row, name) for name in _TIMES if name in kept},
        seconds=_seconds(row) if "time_taken" in kept else None,
    )


def _id(row: Row, column: str) -> str:
    text = row.text(column).casefold()
    if not _ID.fullmatch(text):
        raise row.bad(column, "This is no id of Prolific's.", "24 hexadecimal digits")
    return text


def _time(row: Row, column: str) -> datetime:
    return row.parsed(column, _moment, "a date with time, as in 2026-03-01T10:20:30Z")


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(row: Row) -> float:
    seconds = row.parsed("time_taken", float, "seconds")
    if not 0 <= seconds < float("inf"):
        raise row.bad("time_taken", "The value cannot be read.", "seconds")
    return seconds
