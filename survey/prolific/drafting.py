"""Messages to participants about their submission: drafted from the evidence, checked when edited."""

from __future__ import annotations

from survey.prolific.rules import Action, Evidence
from survey.prolific.wire import SHORTEST_MESSAGE, Category

_OPENING = "Thank you for the time you gave to our study."
_CLOSING = "If you think that this is a mistake, please write to us and we will look at your submission again."


def draft(evidence: Evidence, action: Action, category: Category | None = None) -> str:
    """A polite message with the evidence in it; empty for an approval, which needs none."""
    if action == Action.APPROVE:
        return ""
    if action == Action.RETURN:
        return " ".join([_OPENING, *_return(evidence)])
    reason = _REASONS[category](evidence) if category in _REASONS else ""
    return " ".join(
        filter(None, [_OPENING, "We are sorry that we cannot approve it.", reason, _CLOSING])
    )


def _return(evidence: Evidence) -> list[str]:
    if evidence.comprehension_failed:
        fact = "The questions about the instructions were answered differently from what they say, twice, so the study ended there."
    elif evidence.withdrawn:
        fact = "You withdrew from it, and everything you had answered has been removed."
    elif not evidence.completed:
        fact = "Not all of its pages were answered, so we cannot use it."
    else:
        fact = f"It contained questions that say which answer to give, and {_listed(evidence)}."
    ask = (
        "May we ask you to return your submission on Prolific? A return does not count against you."
    )
    return [
        fact,
        ask,
        "If something went wrong on our side, please tell us and we will make it good.",
    ]


def _listed(evidence: Evidence) -> str:
    parts = [f"to “{one.text}” you answered “{one.given}”" for one in evidence.failed]
    return "; ".join(parts) or "at least one was answered differently"


def _failed_check(evidence: Evidence) -> str:
    count = len(evidence.failed)
    return (
        f"It contained attention checks, and {count} of {len(evidence.checks)} were failed: "
        f"{_listed(evidence)}. In a study of this length Prolific lets researchers reject from "
        f"{evidence.failures_needed} failed on."
    )


def _too_quickly(evidence: Evidence) -> str:
    mean, limit = evidence.pace.mean or 0.0, evidence.pace.limit or 0.0
    return (
        f"It was completed in {evidence.seconds or 0:.0f} seconds. All {evidence.pace.n} participants took "
        f"{mean:.0f} seconds on average, and Prolific's limit for this study (three standard "
        f"deviations below the average) is {limit:.0f} seconds."
    )


def _no_data(evidence: Evidence) -> str:
    return "We have looked for answers under your submission and under your Prolific ID, and there are none."


def _no_code(evidence: Evidence) -> str:
    return f"No completion code was entered. {_no_data(evidence)}"


def _bad_code(evidence: Evidence) -> str:
    return (
        f"The completion code that was entered, “{evidence.code_given}”, is none of this study's. "
        + _no_data(evidence)
    )


_REASONS = {
    Category.FAILED_CHECK: _failed_check,
    Category.TOO_QUICKLY: _too_quickly,
    Category.NO_DATA: _no_data,
    Category.NO_CODE: _no_code,
    Category.BAD_CODE: _bad_code,
}


def problems(action: Action, category: str, message: str) -> list[str]:
    """What is wrong with an edited message and category; empty when they can be sent."""
    found = []
    length = len(message.strip())
    if action == Action.REJECT and category not in list(Category):
        found.append("Choose one of Prolific's categories.")
    if action == Action.REJECT and length < SHORTEST_MESSAGE:
        found.append(
            f"Prolific asks for at least {SHORTEST_MESSAGE} characters in a rejection; this has {length}."
        )
    if action == Action.RETURN and not length:
        found.append("Say why you ask for the submission back.")
    return found
