"""Evidence for tests: a good completion of a study of ten minutes, less what a test changes."""

from survey.prolific.rules import CheckResult, Evidence, Pace
from survey.prolific.wire import Status


def check(number=1, *, passed=False, kind="instructed"):
    text = f"Please choose answer {number}."
    return CheckResult(f"check-{number}", kind, text, "Something else", passed)


def evidence(**changes):
    facts = {
        "status": Status.AWAITING_REVIEW,
        "completed": True,
        "data_stored": True,
        "withdrawn": False,
        "traceable": True,
        "checks": (check(1, passed=True), check(2, passed=True), check(3, passed=True)),
        "comprehension_failed": False,
        "estimated_minutes": 10,
        "seconds": 600.0,
        "pace": Pace(50, 600.0, 100.0),
        "code_given": "GOOD",
        "known_codes": ("GOOD", "OTHER"),
    }
    return Evidence(**(facts | changes))


def absent(**changes):
    """Somebody who is complete for Prolific and of whom nothing is stored here."""
    return evidence(**({"completed": False, "data_stored": False, "checks": ()} | changes))
