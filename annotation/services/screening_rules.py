"""What flags a scenario version: a judge's no, the majority of people's no, or a list of one's own.

A rule is kept as JSON in its screening: {"kind": "judge", "criteria": [...], "label": "no"}, the
same with {"kind": "people", "validation": SLUG}, {"kind": "list", "file", "sha256"}, or
{"kind": "none"}. Reasons are [{rule, criterion, value, rationale}]; a version that nobody judged is
not flagged, and its reason says so (`value` is empty).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from annotation.models import Adjudication, Judge, ScenarioVersion, Validation, Verdict
from annotation.services.labels.rows import given
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
    return _flags(rule, answers, versions, chosen, judge=judge, simulated=judge.simulated)


def by_people(
    validation: Validation, versions: Sequence[ScenarioVersion], *, criteria: Sequence[str] = ()
) -> Flags:
    """Flag what most annotators say no to under any of these criteria; an even split is a no.

    Where the lead has settled a criterion, the settlement counts.
    """
    asked = list(validation.criteria.values_list("code", flat=True))
    chosen = _chosen(criteria, asked)
    bad = _bad_label(validation.labels)
    rows = given(validation).filter(task__repeat=0, criterion__code__in=chosen).order_by()
    answers = _collected(
        rows.values_list("task__item__version_id", "criterion__code", "value", "reason")
    )
    settled = Adjudication.objects.filter(item__validation=validation, criterion__code__in=chosen)
    for version, code, value, rationale in settled.values_list(
        "item__version_id", "criterion__code", "value", "rationale"
    ):
        answers[version][code] = _Said(Counter([value]), {value: rationale})
    rule = {"kind": "people", "validation": validation.slug, "criteria": chosen, "label": bad}
    return _flags(rule, answers, versions, chosen, simulated=validation.simulated)


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
        raise BadInput(
            "A rule needs labels that say yes or no.",
            column="labels",
            found=", ".join(labels),
            expected="two labels, the second of which speaks against",
        )
    return str(labels[1])


def _collected(rows: Iterable[tuple[int | None, str, str, str]]) -> dict[int, dict[str, _Said]]:
    answers: dict[int, dict[str, _Said]] = defaultdict(lambda: defaultdict(_Said))
    for version, criterion, value, rationale in rows:
        if version is not None:
            answers[version][criterion].add(value, rationale)
    return answers


def _flags(
    rule: Mapping[str, object],
    answers: Answers,
    versions: Sequence[ScenarioVersion],
    criteria: Sequence[str],
    *,
    judge: Judge | None = None,
    simulated: bool = False,
) -> Flags:
    kind, bad = str(rule["kind"]), str(rule["label"])
    flagged, reasons = set(), {}
    for version in versions:
        said = answers.get(version.pk, {})
        against = [
            _reason(kind, code, bad, said[code].rationale.get(bad, ""))
            for code in criteria
            if code in said and _speaks_against(said[code], bad)
        ]
        if against:
            flagged.add(version.pk)
            reasons[version.pk] = against
        elif silent := [code for code in criteria if code not in said]:
            reasons[version.pk] = [_reason(kind, code, "", NOT_JUDGED) for code in silent]
    return Flags(rule, frozenset(flagged), reasons, judge, simulated)


def _speaks_against(said: _Said, bad: str) -> bool:
    return 2 * said.values[bad] >= said.values.total()


def _reason(rule: str, criterion: str, value: str, rationale: str) -> Reason:
    return {"rule": rule, "criterion": criterion, "value": value, "rationale": rationale}
