"""What to do next about a submission, with the reason: the first line that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from survey.prolific.rules import Evidence, supported_categories
from survey.prolific.wire import Category, Status


class Kind(StrEnum):
    """How what is known here and at Prolific can disagree."""

    ONLY_HERE = "only_here"
    ONLY_THERE = "only_there"
    DATA_MISSING = "data_missing"
    GONE_THERE = "gone_there"
    WRONG_CODE = "wrong_code"
    TWICE = "twice"
    ID_DIFFERS = "id_differs"

    @property
    def label(self) -> str:
        """The disagreement in a few words."""
        return _KIND_LABELS[self]


class Next(StrEnum):
    """What a researcher should do."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    LOOK = "look"
    WAIT = "wait"
    UPDATE = "update"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        """The step in a few words."""
        return _NEXT_LABELS[self]


_KIND_LABELS = {
    Kind.ONLY_HERE: "here, not at Prolific",
    Kind.ONLY_THERE: "at Prolific, not here",
    Kind.DATA_MISSING: "complete there, data missing here",
    Kind.GONE_THERE: "complete here, returned or timed out there",
    Kind.WRONG_CODE: "wrong completion code",
    Kind.TWICE: "two submissions of one person",
    Kind.ID_DIFFERS: "id differs from the submission's",
}

_NEXT_LABELS = {
    Next.APPROVE: "approve",
    Next.REJECT: "rejection supported",
    Next.RETURN: "ask to return",
    Next.LOOK: "look into it",
    Next.WAIT: "wait",
    Next.UPDATE: "poll or upload",
    Next.NOTHING: "nothing",
}


@dataclass(frozen=True)
class Case:
    """What a suggestion rests on. `state` is ours, empty without a session; `sent` are the actions
    that Prolific took; `told`: Prolific has told anything about this study."""

    evidence: Evidence
    state: str
    kinds: tuple[Kind, ...]
    sent: tuple[str, ...]
    told: bool

    @property
    def status(self) -> str:
        """Prolific's status."""
        return self.evidence.status

    @property
    def waits(self) -> bool:
        """Whether Prolific waits for a decision."""
        return self.status == Status.AWAITING_REVIEW


@dataclass(frozen=True)
class Suggestion:
    """The next step and why."""

    action: Next
    reason: str


Fits = Callable[[Case], bool]


def suggest(case: Case) -> Suggestion:
    """The first rule that fits; every submission that awaits review gets something to do."""
    lines = _REVIEW if case.waits else _ELSE
    found = next((line for line in lines if line[0](case)), None)
    if found is None:
        return Suggestion(Next.NOTHING, "")
    reason = found[2] if isinstance(found[2], str) else found[2](case)
    return Suggestion(found[1], reason)


def _supports(case: Case, *categories: Category) -> bool:
    return any(one.category in categories for one in supported_categories(case.evidence))


def _because(case: Case) -> str:
    return supported_categories(case.evidence)[0].because


Line = tuple[Fits, Next, str | Callable[[Case], str]]

_REVIEW: Sequence[Line] = (
    (lambda c: "APPROVE" in c.sent, Next.WAIT, "Approved here; Prolific has not told so yet."),
    (lambda c: "REJECT" in c.sent, Next.WAIT, "Rejected here; Prolific has not told so yet."),
    (lambda c: "RETURN" in c.sent, Next.WAIT, "They were asked to return it."),
    (
        lambda c: c.evidence.withdrawn,
        Next.LOOK,
        "They withdrew here, and nothing is left to judge: pay, or ask to return.",
    ),
    (
        lambda c: c.evidence.comprehension_failed,
        Next.RETURN,
        "The instructions were misunderstood twice. That is never a reason to reject.",
    ),
    (lambda c: _supports(c, Category.FAILED_CHECK, Category.TOO_QUICKLY), Next.REJECT, _because),
    (
        lambda c: c.state == "screened_out",
        Next.LOOK,
        "Screened out at the start: pay the fixed screen-out reward at Prolific.",
    ),
    (
        lambda c: c.evidence.completed and Kind.ID_DIFFERS in c.kinds,
        Next.LOOK,
        "Everything was answered, but under another Prolific id than the submission's.",
    ),
    (
        lambda c: c.evidence.completed and Kind.WRONG_CODE in c.kinds,
        Next.APPROVE,
        "Everything was answered and is stored here; a wrong code is no reason not to pay.",
    ),
    (
        lambda c: c.evidence.completed,
        Next.APPROVE,
        "Everything was answered and is stored here.",
    ),
    (
        lambda c: Kind.TWICE in c.kinds,
        Next.LOOK,
        "The same person has another submission: see which of them to pay.",
    ),
    (lambda c: c.evidence.data_stored, Next.RETURN, "Not everything was answered."),
    (
        lambda c: True,
        Next.RETURN,
        "Nothing of it is stored here. Ask first: something may have gone wrong on our side.",
    ),
)

_PAID = (Status.APPROVED, Status.PARTIALLY_APPROVED)
_UNDER_WAY = (Status.RESERVED, Status.ACTIVE)

_ELSE: Sequence[Line] = (
    (
        lambda c: not c.told,
        Next.UPDATE,
        "Nothing is known from Prolific yet: poll, or upload the export.",
    ),
    (
        lambda c: c.status in _PAID and Kind.DATA_MISSING in c.kinds and not c.evidence.withdrawn,
        Next.LOOK,
        "It is paid, and not all answers are here.",
    ),
    (
        lambda c: c.status == Status.RETURNED and c.state == "completed",
        Next.LOOK,
        "Completed here and returned there: consent may be revoked. Decide on the Quality page.",
    ),
    (
        lambda c: Kind.GONE_THERE in c.kinds,
        Next.LOOK,
        "Completed here, and Prolific counts it as timed out: pay them there by hand.",
    ),
    (
        lambda c: c.status in _UNDER_WAY and c.state == "completed",
        Next.WAIT,
        "Completed here; the code has not been entered at Prolific yet.",
    ),
    (lambda c: c.status in _UNDER_WAY, Next.WAIT, "Still answering."),
    (
        lambda c: Kind.ONLY_HERE in c.kinds and c.state == "completed",
        Next.UPDATE,
        "Completed here and not known from Prolific: poll, or upload a newer export.",
    ),
    (
        lambda c: c.status == Status.UNKNOWN,
        Next.UPDATE,
        "Prolific's status is not known: poll, or upload a newer export.",
    ),
)
