"""Demographic exports in the three generations of headers, with invented people."""

import csv

PERSON, SUBMISSION = "a" * 24, "b" * 24


def pid(number):
    return f"{number:024x}"


def sid(number):
    return f"{number + 0xABC000:024x}"


OLD = {
    "session_id": SUBMISSION,
    "participant_id": PERSON,
    "status": "AWAITING REVIEW",
    "started_datetime": "2020-05-04 10:00:00.000000",
    "completed_date_time": "2020-05-04 10:09:30.000000",
    "time_taken": "570.5",
    "num_approvals": "41",
    "entered_code": "GOOD",
    "age": "33",
    "Current Country of Residence": "Brazil",
    "First Language": "Portuguese",
}
MIDDLE = {
    "Submission id": SUBMISSION,
    "Participant id": PERSON,
    "Status": "AWAITING REVIEW",
    "Custom study tncs accepted at": "Not Applicable",
    "Started at": "2023-05-04T10:00:00.000000Z",
    "Completed at": "2023-05-04T10:09:30.000000Z",
    "Reviewed at": "",
    "Archived at": "",
    "Time taken": "570.5",
    "Completion code": "GOOD",
    "Total approvals": "41",
    "Vegetarian or vegan": "No",
    "Age": "33",
    "Sex": "Female",
    "Ethnicity simplified": "CONSENT_REVOKED",
    "Country of birth": "DATA_EXPIRED",
    "Country of residence": "Brazil",
    "Nationality": "N/A",
    "Language": "Portuguese",
    "Student status": "No",
    "Employment status": "Full-Time",
}
NEW = MIDDLE | {"Authenticity check: Bots": "Low", "Authenticity check: Why did you": "High"}


def people(count, base=MIDDLE, **changes):
    """Rows of different people."""
    ids = {"Submission id": sid, "Participant id": pid}
    return [base | {name: make(n) for name, make in ids.items()} | changes for n in range(count)]


def write(path, rows, *, bom=False, end="\n"):
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
    return path
