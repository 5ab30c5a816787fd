"""The fake's demographic export, in the three generations of headers. Its people are simulated."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from survey.prolific.fake.world import Held

NEW = (
    "Submission id", "Participant id", "Status", "Custom study tncs accepted at", "Started at",
    "Completed at", "Reviewed at", "Archived at", "Time taken", "Completion code",
    "Total approvals", "Simulated person", "Age", "Sex", "Ethnicity simplified", "Country of birth",
    "Country of residence", "Nationality", "Language", "Student status", "Employment status",
)  # fmt: skip
OLD = {
    "Submission id": "session_id", "Participant id": "participant_id", "Status": "status",
    "Started at": "started_datetime", "Completed at": "completed_date_time",
    "Time taken": "time_taken", "Completion code": "entered_code",
    "Total approvals": "num_approvals", "Simulated person": "simulated_person", "Age": "age",
    "Sex": "Sex", "Country of birth": "Country of Birth",
    "Country of residence": "Current Country of Residence", "Nationality": "Nationality",
    "Language": "First Language", "Student status": "Student Status",
    "Employment status": "Employment Status",
}  # fmt: skip
AUTHENTICITY = ("Authenticity check: Bots", "Authenticity check: Question 1")


def export_csv(held: Sequence[Held], generation: int) -> str:
    """Generation 1 (snake case), 2 (since 2022) or 3 (with authenticity): CRLF, with a BOM from 2."""
    if generation not in (1, 2, 3):
        raise ValueError(f"generation {generation} is none of 1, 2, 3")
    columns: Iterable[str] = OLD if generation == 1 else NEW
    extra = AUTHENTICITY if generation == 3 else ()
    names = [OLD[name] if generation == 1 else name for name in columns]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([*names, *extra])
    for number, one in enumerate(held):
        cells = _cells(one, number)
        writer.writerow([cells.get(name, "") for name in columns] + ["High"] * len(extra))
    return ("" if generation == 1 else "\ufeff") + stream.getvalue()


def _cells(held: Held, number: int) -> dict[str, str]:
    """One simulated person; some answers are withheld, as they are with real people."""
    taken = (held.completed_at - held.started_at).total_seconds() if held.completed_at else None
    gone = "CONSENT_REVOKED" if held.status == "RETURNED" else ""
    return {
        "Submission id": held.id,
        "Participant id": held.person,
        "Status": held.status,
        "Started at": held.started_at.isoformat(),
        "Completed at": held.completed_at.isoformat() if held.completed_at else "",
        "Time taken": f"{taken:.0f}" if taken is not None else "",
        "Completion code": held.code,
        "Total approvals": str(10 + number),
        "Simulated person": "SIMULATED",
        "Age": gone or str(20 + number % 50),
        "Sex": gone or ("Female", "Male", "Prefer not to say")[number % 3],
        "Country of residence": gone or ("Brazil", "India", "South Africa")[number % 3],
        "Nationality": gone or ("DATA_EXPIRED" if number % 7 == 0 else "Brazil"),
        "Language": gone or "English",
        "Student status": gone or "Not Applicable",
    }
