"""The ledger as a file: under pseudonyms, or with Prolific's ids where somebody asks for them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence

from django.db import transaction

from pact_site.base.csvsafe import write_rows
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Cohort, ExportRecord, Study
from survey.prolific.ledger import Entry

COLUMNS = (
    "pseudonym", "state", "prolific_status", "code_given", "code_expected", "checks_failed",
    "checks_answered", "seconds", "discrepancies", "flags", "next", "reason", "decision",
)  # fmt: skip
IDS = ("submission_id", "participant_id")
KIND = "prolific ledger"


@transaction.atomic
def ledger_file(
    *, study: Study, cohort: str, entries: Sequence[Entry], ids: bool, actor: User | None = None
) -> tuple[str, str]:
    """Name and text of the ledger as CSV; that it was made, and whether with ids, is kept."""
    columns = (*COLUMNS, *IDS) if ids else COLUMNS
    stream = io.StringIO()
    write_rows(stream, columns, _rows(entries))
    mark = "" if cohort == Cohort.REAL else f"-{'SIMULATED' if cohort == 'rehearsal' else cohort}"
    name = f"{study.slug}-prolific{'-with-ids' if ids else ''}{mark}.csv"
    ExportRecord.objects.create(
        study=study,
        cohort=cohort,
        kind=KIND,
        name=name,
        participants=sorted({one.pseudonym for one in entries if one.pseudonym}),
        rows=len(entries),
        content_hash=hashlib.sha256(stream.getvalue().encode()).hexdigest(),
        made_by=actor,
    )
    audit.record(
        verb="prolific.ledger_with_ids" if ids else "prolific.ledger",
        subject=f"study:{study.slug}",
        actor=actor,
        cohort=cohort,
        rows=len(entries),
    )
    return name, stream.getvalue()


def _rows(entries: Sequence[Entry]) -> Iterator[dict[str, object]]:
    for one in entries:
        made = one.decision
        yield {
            "pseudonym": one.pseudonym,
            "state": one.state,
            "prolific_status": one.status,
            "code_given": one.code_given,
            "code_expected": one.code_expected,
            "checks_failed": one.failed,
            "checks_answered": one.asked,
            "seconds": one.seconds,
            "discrepancies": "; ".join(one.kinds),
            "flags": "; ".join(one.flags),
            "next": one.action.value,
            "reason": one.suggestion.reason,
            "decision": f"{made.action} ({made.state})" if made else None,
            "submission_id": one.submission_id,
            "participant_id": one.prolific_pid,
        }
