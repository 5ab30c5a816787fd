"""When Prolific's rules let a submission be approved, rejected or asked back. Pure: no tables.

Leaving somebody out of an analysis is the researcher's own affair and never a reason not to pay.
A rejection costs a participant their standing, so everything not allowed here is refused, and the
refusal says which rule is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, stdev

from survey.prolific.wire import Category, Status

ACCEPTED_KINDS = ("instructed", "nonsensical")
SHORT_MINUTES = 5
"""Below this estimated length one failed check allows a rejection, from it on two do."""
MIN_COMPLETES = 20
"""With fewer completion times their mean and spread are too uncertain to reject anybody."""
TOO_FAST_SDS = 3
NO_CODES = ("", "NOCODE")
"""What Prolific writes where somebody finished without a code."""


class Action(StrEnum):
    """What can be done about a submission."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"
    RETURN = "RETURN"


@dataclass(frozen=True)
class CheckResult:
    """One attention check that was answered: what it asked, what was given."""

    key: str
    kind: str
    text: str
    given: str
    passed: bool


@dataclass(frozen=True)
class Pace:
    """The completion times of the whole study, in seconds; mean and sd are None below two."""

    n: int
    mean: float | None
    sd: float | None

    @property
    def limit(self) -> float | None:
        """The time below which somebody was too fast: mean minus 3 SD, which can be negative."""
        if self.mean is None or self.sd is None:
            return None
        return self.mean - TOO_FAST_SDS * self.sd


def pace(seconds: Sequence[float]) -> Pace:
    """Mean and sample standard deviation of completion times."""
    if len(seconds) < 2:
        return Pace(len(seconds), fmean(seconds) if seconds else None, None)
    return Pace(len(seconds), fmean(seconds), stdev(seconds))


@dataclass(frozen=True)
class Evidence:
    """What is known about one submission. `data_stored`: any answer is here; `traceable`: a person
    could be found here if they had ever come (false once the key to the pseudonyms is destroyed);
    `let_go`: our own pages ended it, by screening out, a refusal or a browser that cannot."""

    status: str
    completed: bool
    data_stored: bool
    withdrawn: bool
    traceable: bool
    checks: tuple[CheckResult, ...]
    comprehension_failed: bool
    estimated_minutes: int
    seconds: float | None
    pace: Pace
    code_given: str
    known_codes: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    let_go: bool = False

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The failed checks of a kind that Prolific accepts."""
        return tuple(c for c in self.checks if not c.passed and c.kind in ACCEPTED_KINDS)

    @property
    def failures_needed(self) -> int:
        """How many failed checks a rejection takes in a study of this length."""
        return 1 if self.estimated_minutes < SHORT_MINUTES else 2


@dataclass(frozen=True)
class Allowed:
    """The rules support the action; `because` says which fact does."""

    action: Action
    because: str
    category: Category | None = None

    ok = True


@dataclass(frozen=True)
class Refused:
    """The rules do not support the action; each of `missing` is a rule that is not met."""

    action: Action
    missing: tuple[str, ...]
    category: Category | None = None

    ok = False


Verdict = Allowed | Refused


def verdict(evidence: Evidence, action: Action, category: Category | None = None) -> Verdict:
    """Whether the rules support an action on a submission.

    A rejection is judged under its category; without one, under every category in turn, and the
    first that the evidence supports is the answer.
    """
    if evidence.status != Status.AWAITING_REVIEW:
        missing = f"Only a submission that awaits review can be decided; this one is {_shown(evidence.status)}."
        return Refused(action, (missing,), category)
    if action == Action.APPROVE:
        return Allowed(action, _approval(evidence))
    if action == Action.RETURN:
        return _return(evidence)
    return _reject(evidence, [category] if category else list(_GROUNDS))


def _shown(status: str) -> str:
    return status.lower() or "not known to Prolific"


def _approval(evidence: Evidence) -> str:
    if evidence.completed:
        return "Everything was answered and is stored here."
    return "It awaits review; whoever pays may always approve."


def _return(evidence: Evidence) -> Verdict:
    """A return may be asked for where the study could not be used, never after a good completion."""
    grounds = [
        (evidence.comprehension_failed, "The instructions were misunderstood twice."),
        (evidence.withdrawn, "They withdrew here, so there is nothing to pay for or to judge."),
        (not evidence.completed, "Not everything was answered."),
        (bool(evidence.failed), f"Attention checks failed: {len(evidence.failed)}."),
    ]
    found = [text for holds, text in grounds if holds]
    if found:
        return Allowed(Action.RETURN, found[0])
    missing = "Everything was answered and no check was failed: there is nothing to ask back for."
    return Refused(Action.RETURN, (missing,))


def _reject(evidence: Evidence, categories: Sequence[Category]) -> Verdict:
    missing = _never(evidence)
    if missing:
        return Refused(Action.REJECT, missing, categories[0] if len(categories) == 1 else None)
    found = [_ground(evidence, category) for category in categories]
    allowed = next((one for one in found if isinstance(one, Allowed)), None)
    if allowed:
        return allowed
    told = [gap for one in found if isinstance(one, Refused) for gap in one.missing]
    gaps = tuple(dict.fromkeys(told))
    if evidence.excluded:
        gaps += ("Being left out of the analysis is no reason to reject.",)
    return Refused(Action.REJECT, gaps, categories[0] if len(categories) == 1 else None)


def _never(evidence: Evidence) -> tuple[str, ...]:
    """What forbids every rejection, whatever else was found."""
    rules = [
        (
            evidence.comprehension_failed,
            "Failed comprehension questions are never a reason to reject: ask to return instead.",
        ),
        (
            evidence.withdrawn,
            "Somebody who withdrew consent must not be rejected: ask to return instead.",
        ),
        (
            evidence.let_go,
            "Our own pages ended it (screened out, declined, or a browser that keeps no cookies): that "
            "is no reason to reject. Pay the screen-out reward, or ask to return.",
        ),
    ]
    return tuple(text for holds, text in rules if holds)


def _ground(evidence: Evidence, category: Category) -> Verdict:
    """The verdict under one category."""
    judge = _GROUNDS.get(category)
    if judge is None:
        text = f"No rule here can show {category}; only {', '.join(_GROUNDS)} can be supported."
        return Refused(Action.REJECT, (text,), category)
    holds, text = judge(evidence)
    if holds:
        return Allowed(Action.REJECT, text, category)
    return Refused(Action.REJECT, (text,), category)


def _failed_check(evidence: Evidence) -> tuple[bool, str]:
    failed, needed = len(evidence.failed), evidence.failures_needed
    length = f"a study of about {evidence.estimated_minutes} minutes"
    if failed >= needed:
        return True, f"Attention checks failed: {failed}; in {length} it takes {needed}."
    text = f"In {length} it takes {needed} failed attention checks to reject; there are {failed}."
    foreign = [c for c in evidence.checks if not c.passed and c.kind not in ACCEPTED_KINDS]
    if foreign:
        text += f" {len(foreign)} more failed, but of a kind that Prolific does not accept."
    return False, text


def _too_quickly(evidence: Evidence) -> tuple[bool, str]:
    times, limit = evidence.pace, evidence.pace.limit
    if times.n < MIN_COMPLETES or limit is None:
        text = f"Speed needs at least {MIN_COMPLETES} completion times of the study; there are {times.n}."
        return False, text
    if limit <= 0:
        text = "The mean completion time less 3 standard deviations is not above zero: nobody can be rejected for speed."
        return False, text
    if evidence.seconds is None:
        return False, "The completion time is not known."
    figures = f"{evidence.seconds:.0f} s, and mean less 3 standard deviations of all {times.n} completions is {limit:.0f} s"
    if evidence.seconds < limit:
        return True, f"Completed in {figures}."
    return False, f"Not too fast by Prolific's rule: completed in {figures}."


def _nothing_here(evidence: Evidence) -> str:
    """Why it cannot be said that there is no data; empty where it can."""
    if evidence.data_stored:
        return "Answers of this submission are stored here, so a missing or wrong code is no reason to reject."
    if not evidence.traceable:
        return "The key to the pseudonyms is destroyed: that there is no data cannot be shown any more."
    return ""


def _no_data(evidence: Evidence) -> tuple[bool, str]:
    gap = _nothing_here(evidence)
    return not gap, gap or "Nothing of this submission is stored here."


def _no_code(evidence: Evidence) -> tuple[bool, str]:
    gap = _nothing_here(evidence)
    if not gap and evidence.code_given not in NO_CODES:
        gap = "A completion code was entered."
    return not gap, gap or "No completion code was entered, and nothing is stored here."


def _bad_code(evidence: Evidence) -> tuple[bool, str]:
    gap = _nothing_here(evidence)
    if not gap and evidence.code_given in NO_CODES:
        gap = "No completion code was entered, so it cannot be wrong."
    if not gap and evidence.code_given in evidence.known_codes:
        gap = "The completion code is one of this study's."
    return (
        not gap,
        gap or "The completion code is none of this study's, and nothing is stored here.",
    )


_GROUNDS = {
    Category.FAILED_CHECK: _failed_check,
    Category.TOO_QUICKLY: _too_quickly,
    Category.BAD_CODE: _bad_code,
    Category.NO_CODE: _no_code,
    Category.NO_DATA: _no_data,
}
"""The categories that evidence can support, in the order in which they are tried."""

SUPPORTED = tuple(_GROUNDS)


def supported_categories(evidence: Evidence) -> list[Allowed]:
    """Every category under which this submission could be rejected."""
    found = [verdict(evidence, Action.REJECT, category) for category in SUPPORTED]
    return [one for one in found if isinstance(one, Allowed)]
