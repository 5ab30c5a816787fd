"""What flags a scenario version: a judge's no, a validation's removal rule, or a list of one's own.

A rule is kept as JSON in its screening: {"kind": "judge", "criteria": [...], "label": "no"}, the
same with {"kind": "people", "validation": SLUG, "by"}, {"kind": "list", "file", "sha256"}, or
{"kind": "none"}. Reasons are [{rule, criterion, value, rationale}]; a version that nobody judged is
not flagged, and its reason says so (`value` is empty).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from annotation.models import Adjudication, Judge, ScenarioVersion, Validation, Verdict
from annotation.services.labels.rows import given
from annotation.services.validation.protocol import rule_for
from pact_site.base.errors import BadInput
from pact_site.base.readers import Layout, read_table

Reason = dict[str, str]

NOT_JUDGED: Final = "no verdict"
LIST_LAYOUT: Final = Layout(required=("key",), optional=("reason",), aliases={"scenario": "key"})


@dataclass(frozen=True)
class Flags:
    """What a rule found: which versions (by id) it flags, and what is to be said of each."""

    rule: Mapping[str, object]
    flagged: frozenset[int]
    reasons: Mapping[int, list[Reason]]
    judge: Judge | None = None
    simulated: bool = False


@dataclass
class _Said:
    """Values of one version under one criterion, with the first rationale for each value."""

    values: Counter[str] = field(default_factory=Counter)
    rationale: dict[str, str] = field(default_factory=dict)

    def add(self, value: str, rationale: str) -> None:
        self.values[value] += 1
        if rationale:
            self.rationale.setdefault(value, rationale)


Answers = Mapping[int, Mapping[str, _Said]]


def by_judge(
    judge: Judge, versions: Sequence[ScenarioVersion], *, criteria: Sequence[str] = ()
) -> Flags:
    """Flag what the judge says no to under any of these criteria (none: all of them).

    Of several repeats the majority counts; an even split is a no.
    """
    asked = [str(criterion["code"]) for criterion in judge.criteria]
    chosen = _chosen(criteria, asked)
    bad = _bad_label(judge.labels)
    rows = Verdict.objects.filter(judge=judge, criterion__in=chosen).exclude(value="").order_by()
    answers = _collected(rows.values_list("version_id", "criterion", "value", "rationale"))
    rule = {"kind": "judge", "judge": judge.name, "criteria": chosen, "label": bad}

    def against(said: _Said) -> bool:
        return 2 * said.values[bad] >= said.values.total()

    flags = _flags(rule, answers, versions, against)
    return replace(flags, judge=judge, simulated=judge.simulated)


def by_people(
    validation: Validation, versions: Sequence[ScenarioVersion], *, criteria: Sequence[str] = ()
) -> Flags:
    """Flag what the removal rule of the protocol proposes: its label, by the majority, any or all
    of an item's raters, under any of the rule's criteria. `criteria` narrow these.

    Where the lead has settled a criterion, the settlement counts.
    """
    asked = list(validation.criteria.values_list("code", flat=True))
    removal = rule_for(validation.removal_rule, validation.labels)
    if removal is None:
        raise _unclear(validation.labels)
    chosen = _chosen(criteria or removal.criteria, asked)
    rows = given(validation).filter(task__repeat=0, criterion__code__in=chosen).order_by()
    answers = _collected(
        rows.values_list("task__item__version_id", "criterion__code", "value", "reason")
    )
    settled = Adjudication.objects.filter(item__validation=validation, criterion__code__in=chosen)
    for version, code, value, rationale in settled.values_list(
        "item__version_id", "criterion__code", "value", "rationale"
    ):
        answers[version][code] = _Said(Counter([value]), {value: rationale})
    rule = {"kind": "people", "validation": validation.slug, "criteria": chosen}
    flags = _flags(
        rule | {"label": removal.label, "by": removal.by},
        answers,
        versions,
        lambda said: removal.proposes(said.values),
    )
    return replace(flags, simulated=validation.simulated)


def by_list(path: Path, versions: Sequence[ScenarioVersion], *, name: str = "") -> Flags:
    """Flag the scenarios whose keys stand in a CSV (key, reason); BadInput for an unknown key."""
    by_key = {version.scenario.key: version.pk for version in versions}
    reasons: dict[int, list[Reason]] = {}
    for row in read_table(path, LIST_LAYOUT):
        version = by_key.get(row.text("key"))
        if version is None:
            raise row.bad("key", "The dataset has no such scenario.", "the key of a scenario")
        if version in reasons:
            raise row.bad("key", "The scenario is listed twice.", "each scenario once")
        rationale = row.text("reason", required=False)
        reasons[version] = [_reason("list", "", "listed", rationale)]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    rule = {"kind": "list", "file": name or path.name, "sha256": digest}
    return Flags(rule, frozenset(reasons), reasons)


def by_nothing() -> Flags:
    """Flag nothing: people look at a sample of everything."""
    return Flags({"kind": "none"}, frozenset(), {})


def _chosen(criteria: Sequence[str], asked: Sequence[str]) -> list[str]:
    unknown = [code for code in criteria if code not in asked]
    if unknown or not asked:
        raise BadInput(
            "Nobody was asked this criterion.",
            column="criteria",
            found=", ".join(unknown),
            expected=", ".join(asked) or "criteria",
        )
    return list(criteria) or list(asked)


def _bad_label(labels: Sequence[str]) -> str:
    """The label that speaks against a scenario: the second of two."""
    if len(labels) != 2:
        raise _unclear(labels)
    return str(labels[1])


def _unclear(labels: Sequence[str]) -> BadInput:
    return BadInput(
        "A rule needs labels that say yes or no.",
        column="labels",
        found=", ".join(labels),
        expected="two labels, the second of which speaks against",
    )


def _collected(rows: Iterable[tuple[int | None, str, str, str]]) -> dict[int, dict[str, _Said]]:
    answers: dict[int, dict[str, _Said]] = defaultdict(lambda: defaultdict(_Said))
    for version, criterion, value, rationale in rows:
        if version is not None:
            answers[version][criterion].add(value, rationale)
    return answers


def _flags(
    rule: Mapping[str, Any],
    answers: Answers,
    versions: Sequence[ScenarioVersion],
    speaks_against: Callable[[_Said], bool],
) -> Flags:
    kind, bad, criteria = str(rule["kind"]), str(rule["label"]), rule["criteria"]
    flagged, reasons = set(), {}
    for version in versions:
        said = answers.get(version.pk, {})
        against = [
            _reason(kind, code, bad, said[code].rationale.get(bad, ""))
            for code in criteria
            if code in said and speaks_against(said[code])
        ]
        if against:
            flagged.add(version.pk)
            reasons[version.pk] = against
        elif silent := [code for code in criteria if code not in said]:
            reasons[version.pk] = [_reason(kind, code, "", NOT_JUDGED) for code in silent]
    return Flags(rule, frozenset(flagged), reasons)


def _reason(rule: str, criterion: str, value: str, rationale: str) -> Reason:
    return {"rule": rule, "criterion": criterion, "value": value, "rationale": rationale}
