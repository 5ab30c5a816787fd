"""Taking in Prolific's demographic export: stored once per submission, told in counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import DemographicRow, Participant, ProlificIdentity, ProlificSubmission, Study
from survey.prolific.applying import apply_status
from survey.prolific.export_format import (
    AUTHENTICITY,
    COLUMNS,
    SUBMISSION,
    ExportRow,
    plain,
    read_export,
)
from survey.prolific.wire import Status, Submission
from survey.services.pseudonyms import pseudonyms

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a row that tells no time: older than anything else that is known."""

REVOKED = "consent_revoked"
NEWS_AT = "news_at"


@dataclass(frozen=True)
class ImportReport:
    """What an export held and what became of it. `unknown_columns` are kept as they stood."""

    file: str
    rows: int
    new: int
    changed: int
    unchanged: int
    older: int
    withdrawn: int
    matched: int
    unmatched: int
    several: int
    revoked: int
    unknown_statuses: int
    unknown_columns: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report in words, for a terminal or a page; what did not occur is left out."""
        stored = f"new {self.new}, changed {self.changed}, unchanged {self.unchanged}"
        told = [
            f"{self.file}: {self.rows} rows: {stored}.",
            f"With a session here: {self.matched}, without: {self.unmatched}.",
        ]
        notes = [
            (self.older, "rows older than what is stored; the newer was kept"),
            (self.withdrawn, "rows of people who withdrew here; nothing of them was stored"),
            (self.several, "people with several submissions"),
            (self.revoked, "rows in which consent to share data was revoked"),
            (self.unknown_statuses, "rows with a status that is not known here"),
        ]
        told += [f"{count} {text}." for count, text in notes if count]
        if self.unknown_columns:
            told.append("Columns kept as they are: " + ", ".join(self.unknown_columns) + ".")
        return told


def import_demographics(*, path: Path, study: Study, actor: User | None = None) -> ImportReport:
    """Store an export's rows: all of them, or none when one cannot be read (BadInput names it).

    The same file again changes nothing. An older export never replaces newer news, and what
    somebody revoked stays away when an earlier file still has it.
    """
    if study.key_destroyed_at is not None:
        raise BadInput("The study's key is destroyed: ids of people are not taken in again.")
    rows = list(read_export(path))
    _refuse_repeats(rows)
    _refuse_other_study(study, rows)
    with transaction.atomic():
        report = _store(study, path.name, rows)
        audit.record(
            verb="demographics.imported",
            subject=f"study:{study.slug}",
            actor=actor,
            file=report.file,
            rows=report.rows,
            new=report.new,
            changed=report.changed,
        )
    return report


def _refuse_repeats(rows: Sequence[ExportRow]) -> None:
    seen: dict[str, int] = {}
    for one in rows:
        first = seen.setdefault(one.submission_id, one.row.number)
        if first != one.row.number:
            expected = f"each submission once; this one is in row {first} too"
            raise one.row.bad(SUBMISSION, "The submission appears twice.", expected)


def _refuse_other_study(study: Study, rows: Sequence[ExportRow]) -> None:
    """A file uploaded to the wrong study is known by submissions that came to another one."""
    ids = [one.submission_id for one in rows]
    elsewhere = ProlificIdentity.objects.filter(submission_id__in=ids, cohort="real")
    stray = elsewhere.exclude(study=study).select_related("study").first()
    if stray is None:
        return
    row = next(one.row for one in rows if one.submission_id == stray.submission_id)
    message = f"This submission came to the study {stray.study.slug}."
    raise row.bad(SUBMISSION, message, f"an export of {study.slug}")


def _store(study: Study, name: str, rows: Sequence[ExportRow]) -> ImportReport:
    stored = {row.submission_id: row for row in DemographicRow.objects.filter(study=study)}
    gone = _withdrawn(study, rows)
    fates = Counter[str]()
    for one in rows:
        fates[_take(study, name, one, stored.get(one.submission_id), gone)] += 1
        _tell_status(study, one)
    return _report(study, name, rows, fates)


def _withdrawn(study: Study, rows: Sequence[ExportRow]) -> set[str]:
    """Prolific ids of people who withdrew; nobody can be told apart once the key is destroyed."""
    left = Participant.objects.filter(study=study, state=Participant.State.WITHDRAWN)
    names = set(left.values_list("cohort", "pseudonym"))
    if not names or study.key_destroyed_at is not None:
        return set()
    cohorts = {cohort for cohort, _ in names}
    pids = {one.prolific_pid for one in rows}
    return {
        pid
        for cohort in cohorts
        for pid, name in pseudonyms(study=study, cohort=cohort, pids=pids).items()
        if (cohort, name) in names
    }


def _take(
    study: Study, name: str, one: ExportRow, known: DemographicRow | None, gone: set[str]
) -> str:
    """Store one row; returns what became of it, as a field of the report."""
    if one.prolific_pid in gone:
        return "withdrawn"
    if known is not None and _news_at(one) < known.values.get(NEWS_AT, ""):
        return "older"
    content = _content(one, known)
    if known is None:
        place = {"file_name": name[-200:], "row_number": one.row.number}
        DemographicRow.objects.create(
            study=study, submission_id=one.submission_id, **content, **place
        )
        return "new"
    if all(getattr(known, field) == value for field, value in content.items()):
        return "unchanged"
    for field, value in content.items():
        setattr(known, field, value)
    known.file_name, known.row_number = name[-200:], one.row.number
    known.save()
    return "changed"


def _news_at(one: ExportRow) -> str:
    return one.news_at.astimezone(UTC).isoformat() if one.news_at else ""


def _content(one: ExportRow, known: DemographicRow | None) -> dict[str, Any]:
    """What is stored of a row, without columns whose consent was revoked in this or an earlier file."""
    before = known.values.get(REVOKED, []) if known else []
    revoked = sorted({*one.revoked, *before})
    values: dict[str, Any] = {k: v for k, v in one.values.items() if k not in revoked}
    if one.news_at:
        values[NEWS_AT] = _news_at(one)
    if revoked:
        values[REVOKED] = revoked
    return {
        "prolific_pid": one.prolific_pid,
        "status": one.status,
        "values": values,
        "extra": {k: v for k, v in one.extra.items() if k not in revoked},
    }


def _tell_status(study: Study, one: ExportRow) -> None:
    """Pass the row's news on to what is known of the submission; older news changes nothing."""
    if not one.status:
        return
    told = Submission(
        id=one.submission_id,
        participant_id=one.prolific_pid,
        status=one.status,
        started_at=one.times.get("started_at"),
        completed_at=one.times.get("completed_at"),
        seconds=one.seconds,
        code=one.values.get("code", ""),
    )
    source = ProlificSubmission.Source.FILE
    apply_status(study=study, submission=told, at=one.news_at or LONG_AGO, source=source)


def _report(
    study: Study, name: str, rows: Sequence[ExportRow], fates: Counter[str]
) -> ImportReport:
    ids = [one.submission_id for one in rows]
    sessions = ProlificIdentity.objects.filter(study=study, submission_id__in=ids)
    matched = sessions.values("submission_id").distinct().count()
    people = Counter(one.prolific_pid for one in rows)
    return ImportReport(
        file=name,
        rows=len(rows),
        new=fates["new"],
        changed=fates["changed"],
        unchanged=fates["unchanged"],
        older=fates["older"],
        withdrawn=fates["withdrawn"],
        matched=matched,
        unmatched=len(rows) - matched,
        several=sum(count > 1 for count in people.values()),
        revoked=sum(bool(one.revoked) for one in rows),
        unknown_statuses=sum(one.status == Status.UNKNOWN for one in rows),
        unknown_columns=_unknown_columns(rows),
    )


def _unknown_columns(rows: Sequence[ExportRow]) -> tuple[str, ...]:
    """Headers that are none of ours, in their order; authenticity columns are expected."""
    header = rows[0].row.cells
    strange = (cell for cell in header if cell not in COLUMNS)
    return tuple(cell for cell in strange if not plain(cell).startswith(AUTHENTICITY))
