"""What a protocol holds, what is wrong with one, and its hash. Pure: no tables.

Frozen before anybody answers: everything here shapes the ratings, so none of it changes later.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from annotation.services.validation.planning import Sharing, all_meet, shared_needed
from pact_site.base.errors import BadInput

STRATA: Final = ("country", "theme", "preference_type", "preference_strength", "gold_label")
"""What a sample can be stratified by: columns of a scenario, and its source's gold label."""

MODES: Final = ("planned", "free")
MAX_ANNOTATORS: Final = 40
CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True)
class CriterionText:
    """One question about every item, under a code that tables and files use."""

    code: str
    question: str
    guidance: str = ""


@dataclass(frozen=True)
class Plan:
    """How the work is shared out and what is asked of a label.

    `mode` is planned (everybody has an own list) or free (whoever comes takes the next item).
    `reason_for` are the labels that a reason belongs to; `reason_required` whether it must be
    given. `lease_minutes` is how long a free item waits for whoever has taken it.
    """

    mode: str = "planned"
    annotators: int = 4
    raters: int = 1
    shared: int = 60
    shared_raters: int = 2
    repeats: int = 0
    lease_minutes: int = 30
    reason_for: tuple[str, ...] = ("no",)
    reason_required: bool = True

    @property
    def sharing(self) -> Sharing:
        """The part of the plan that says how many people rate which item."""
        return Sharing(self.raters, self.shared, self.shared_raters, self.repeats)

    def as_json(self) -> dict[str, Any]:
        """As the validation's `plan` column keeps it."""
        return {**asdict(self), "reason_for": list(self.reason_for)}


@dataclass(frozen=True)
class RemovalRule:
    """When an item is proposed for removal: `by` majority, any or all of its raters gave `label`
    under one of the criteria (none named: under any of them)."""

    label: str = "no"
    by: str = "majority"
    criteria: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the validation's `removal_rule` column keeps it."""
        return {**asdict(self), "criteria": list(self.criteria)}

    def proposes(self, counts: Mapping[str, int]) -> bool:
        """Whether these labels of one item under one criterion (label -> raters) propose it."""
        said, everybody = counts.get(self.label, 0), sum(counts.values())
        if self.by == "majority":
            return 2 * said > everybody
        return said > 0 and (self.by == "any" or said == everybody)


RULES: Final = ("majority", "any", "all")


@dataclass(frozen=True)
class Protocol:
    """Everything that shapes the ratings, the population aside."""

    criteria: tuple[CriterionText, ...]
    labels: tuple[str, ...] = ("yes", "no")
    sample_size: int = 200
    stratify_by: tuple[str, ...] = ("country",)
    seed: int = 1
    plan: Plan = field(default_factory=Plan)
    removal_rule: RemovalRule = field(default_factory=RemovalRule)
    guidelines: str = ""

    def digest(self, *, population: str, items: Sequence[tuple[str, str]]) -> str:
        """SHA-256 over the protocol as sorted JSON, the population's hash and the drawn items.

        `items` are (key, content hash) in the order of the sample.
        """
        said = {
            "criteria": [asdict(criterion) for criterion in self.criteria],
            "labels": self.labels,
            "sample_size": self.sample_size,
            "stratify_by": self.stratify_by,
            "seed": self.seed,
            "plan": self.plan.as_json(),
            "removal_rule": self.removal_rule.as_json(),
            "guidelines": self.guidelines,
            "population": population,
            "items": [list(item) for item in items],
        }
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def plan_from(stored: Mapping[str, Any]) -> Plan:
    """The plan that a `plan` column holds; what it does not name has its default."""
    known = {name: stored[name] for name in asdict(Plan()) if name in stored}
    if "reason_for" in known:
        known["reason_for"] = tuple(known["reason_for"])
    return replace(Plan(), **known)


def rule_from(stored: Mapping[str, Any]) -> RemovalRule:
    """The rule that a `removal_rule` column holds; what it does not name has its default."""
    known = {name: stored[name] for name in asdict(RemovalRule()) if name in stored}
    if "criteria" in known:
        known["criteria"] = tuple(known["criteria"])
    return replace(RemovalRule(), **known)


def rule_for(stored: Mapping[str, Any], labels: Sequence[str]) -> RemovalRule | None:
    """The stored rule; where none was stored, as with labels from a file, a majority for what
    speaks against an item: `no`, else the second of two labels. None where that is unclear."""
    rule = rule_from(stored)
    if rule.label in labels:
        return rule
    return replace(rule, label=labels[1]) if len(labels) == 2 else None


def check(protocol: Protocol) -> None:
    """Raise BadInput, naming the field in `column`, for the first thing that cannot be carried out."""
    _check_questions(protocol)
    _check_sample(protocol)
    _check_plan(protocol.plan, protocol.labels, protocol.sample_size)
    rule = protocol.removal_rule
    codes = [criterion.code for criterion in protocol.criteria]
    if rule.by not in RULES:
        raise _bad("removal_by", "Unknown removal rule.", rule.by, ", ".join(RULES))
    if rule.label not in protocol.labels:
        raise _bad("removal_label", "The removal rule's label is none of the labels.",
                   rule.label, ", ".join(protocol.labels))  # fmt: skip
    for code in rule.criteria:
        if code not in codes:
            raise _bad("removal_rule", "No such criterion.", code, ", ".join(codes))


def _check_questions(protocol: Protocol) -> None:
    codes = [criterion.code for criterion in protocol.criteria]
    if not codes:
        raise _bad("criteria", "There is no criterion.", None, "at least one question")
    for criterion in protocol.criteria:
        if not CODE.fullmatch(criterion.code):
            raise _bad("criteria", "A criterion's code cannot be used.", criterion.code,
                       "small letters, digits, - and _, such as scenario-clear")  # fmt: skip
        if codes.count(criterion.code) > 1:
            raise _bad("criteria", "Two criteria have one code.", criterion.code, "each its own")
        if not criterion.question.strip():
            raise _bad("criteria", f"Criterion {criterion.code} asks nothing.", "", "a question")
    labels = protocol.labels
    if len(labels) < 2 or len(set(labels)) < len(labels) or not all(map(str.strip, labels)):
        raise _bad("labels", "These labels cannot be told apart.", ", ".join(labels),
                   "two or more different ones, such as yes, no")  # fmt: skip


def _check_sample(protocol: Protocol) -> None:
    if protocol.sample_size < 1:
        raise _bad("sample_size", "The sample is empty.", protocol.sample_size, "1 or more")
    for name in protocol.stratify_by:
        if name not in STRATA:
            raise _bad("stratify_by", "Nothing to stratify by.", name, ", ".join(STRATA))


def _check_plan(plan: Plan, labels: Sequence[str], size: int) -> None:
    most = plan.annotators
    if plan.mode not in MODES:
        raise _bad("mode", "Unknown way of sharing out.", plan.mode, ", ".join(MODES))
    if not 1 <= most <= MAX_ANNOTATORS:
        raise _bad("annotators", "Too few or too many annotators.", most, f"1 to {MAX_ANNOTATORS}")
    for name, value, low, high in (
        ("raters", plan.raters, 1, most),
        ("shared", plan.shared, 0, size),
        ("shared_raters", plan.shared_raters, plan.raters if plan.shared else 0, most),
        ("repeats", plan.repeats, 0, size),
        ("lease_minutes", plan.lease_minutes, 1, 24 * 60),
    ):
        if plan.mode == "free" and name in ("raters", "shared_raters"):
            high = MAX_ANNOTATORS  # people may join a free pool at any time
        if not low <= value <= high:
            raise _bad(name, "This does not fit the rest of the plan.", value, f"{low} to {high}")
    for label in plan.reason_for:
        if label not in labels:
            raise _bad("reason_for", "A reason is asked for an unknown label.", label,
                       ", ".join(labels))  # fmt: skip
    if plan.mode == "planned":
        _check_meeting(plan, size)
    elif plan.repeats:
        raise _bad("repeats", "A free pool has no self-repeats.", plan.repeats, "0")


def _check_meeting(plan: Plan, size: int) -> None:
    """Every pair must share an item, and repeats must lie apart."""
    if not all_meet(items=size, annotators=plan.annotators, sharing=plan.sharing):
        message = f"Some of the {plan.annotators} annotators would share no item."
        if plan.raters > 1:
            needed = shared_needed(annotators=plan.annotators, shared_raters=plan.raters)
            raise _bad("sample_size", message, size, f"at least {needed} items")
        people = max(plan.shared_raters, 2)
        needed = shared_needed(annotators=plan.annotators, shared_raters=people)
        expected = f"at least {needed} items shared by {people} people each"
        raise _bad("shared", message, plan.shared, expected)
    ratings = size * plan.raters + plan.shared * (plan.shared_raters - plan.raters)
    own = ratings // plan.annotators
    if own < 1:
        raise _bad("annotators", "There would be annotators without an item.",
                   plan.annotators, f"at most {ratings}")  # fmt: skip
    if plan.repeats > own // 2:
        raise _bad("repeats", f"Each annotator has about {own} items; more repeats than half of "
                   "them could not be kept apart.", plan.repeats, f"0 to {own // 2}")  # fmt: skip


def _bad(column: str, message: str, found: object, expected: str) -> BadInput:
    return BadInput(message, column=column, found=found, expected=expected)
