"""How a construction stands: counts by step, rows to look at, and the trail of one row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from annotation.models import Construction, Scenario, SourceRow, Step
from annotation.services.construction import current_chain, newest_steps, steps_of
from annotation.vocab.construction import REJECTED, StepName
from annotation.vocab.wording_checks import CHECKS, Finding

STALE: Final = "stale"
DUE: Final = "due"
FLAGGED: Final = "flagged"
STATES: Final = (*Step.Verdict.values, STALE, DUE, FLAGGED)

UNREADABLE: Final[Mapping[str, str]] = {
    "empty": "The reply held no text.",
    "reasoning_only": "All text was in the reasoning field; the reply itself was empty.",
    "refusal": "The model declined, or a filter did.",
    "cut_off": "The reply ended at the token limit.",
    "other_label": "A value is none of those on offer.",
    "ambiguous": "The reply holds two different JSON objects.",
    "missing_answer": "The JSON lacks a value that the step asks for.",
    "unparseable": "The reply is not the JSON that was asked for.",
    "unknown_key": "The JSON has a key that the step does not ask for.",
}
"""Reason code of an invalid reply -> what it means here, in a sentence."""


@dataclass
class StepCounts:
    """How many rows stand where at one step; `reasons` are (verdict, code) of those not kept."""

    name: StepName
    kept: int = 0
    rejected: int = 0
    invalid: int = 0
    stale: int = 0
    due: int = 0
    flagged: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def told_reasons(self) -> list[tuple[str, str, str, int]]:
        """Verdict, code, sentence and count, the most frequent first."""
        return [(v, code, reason_of(code), n) for (v, code), n in self.reasons.most_common()]


@dataclass(frozen=True)
class RowState:
    """Where one row stands: the furthest step that counts, what is due or stale after it."""

    row: int
    last: Step | None
    due: StepName | None
    stale: tuple[str, ...]
    flags: tuple[Finding, ...]

    @property
    def states(self) -> set[str]:
        """The words by which it can be found."""
        found = {self.last.verdict} if self.last else set()
        if self.due:
            found.add(DUE)
        if self.stale:
            found.add(STALE)
        if self.flags:
            found.add(FLAGGED)
        return found

    @property
    def reason(self) -> str:
        """Why the last step did not keep it, in a sentence; empty where it did."""
        return reason_of(self.last.reason_code) if self.last else ""


@dataclass(frozen=True)
class Overview:
    """Counts of every step and the state of every row, in the source's order."""

    steps: Sequence[StepCounts]
    rows: Sequence[RowState]

    def matching(self, state: str = "", step: str = "", reason: str = "") -> list[RowState]:
        """The rows in this state whose last (or due) step and reason are these; "" is any."""
        return [
            row
            for row in self.rows
            if (not state or state in row.states)
            and (not step or step in (row.last.name if row.last else "", row.due or ""))
            and (not reason or (row.last is not None and row.last.reason_code == reason))
        ]


@dataclass(frozen=True)
class Trail:
    """One step of one row with every try, the newest first, and whether the newest counts."""

    name: StepName
    tries: Sequence[Step]
    is_current: bool
    is_due: bool

    @property
    def newest(self) -> Step | None:
        """The try that counts, if it is current."""
        return self.tries[0] if self.tries else None

    @property
    def earlier(self) -> Sequence[Step]:
        """The tries before it."""
        return self.tries[1:]


def reason_of(code: str) -> str:
    """A reason code in a sentence; empty for none, the code itself where it is not known."""
    if code in CHECKS:
        return CHECKS[code][1]
    return REJECTED.get(code) or UNREADABLE.get(code) or code


def flags_of(step: Step) -> tuple[Finding, ...]:
    """What the checks ask people to look at in a step's texts."""
    return tuple(Finding.from_json(flag) for flag in step.flags)


def overview(construction: Construction) -> Overview:
    """Count every row of the construction's dataset; a few queries for any number of rows."""
    pipeline = steps_of(construction)
    newest = newest_steps(construction)
    counts = {name: StepCounts(name) for name in pipeline}
    rows = [_state(pk, newest.get(pk, {}), pipeline, counts) for pk in _rows(construction)]
    return Overview(list(counts.values()), rows)


def trail(construction: Construction, row: SourceRow) -> list[Trail]:
    """Every step of the pipeline for one row."""
    pipeline = steps_of(construction)
    found = construction.steps.filter(source_row=row).select_related("version")
    tries = list(found.order_by("-attempt"))
    chain = current_chain({step.name: step for step in reversed(tries)}, pipeline)
    due = _next(chain, pipeline)
    current = {step.pk for step in chain}
    return [
        Trail(name, own, bool(own) and own[0].pk in current, name == due)
        for name in pipeline
        for own in [[step for step in tries if step.name == name]]
    ]


def scenario_of(row: SourceRow) -> Scenario | None:
    """The scenario made from the row, if the row still counts."""
    return Scenario.objects.filter(source_row=row).first()


def made_from(scenario: Scenario) -> list[Construction]:
    """The constructions that have asked about the scenario's source row."""
    if scenario.source_row_id is None:
        return []
    return list(Construction.objects.filter(steps__source_row=scenario.source_row_id).distinct())


def _rows(construction: Construction) -> list[int]:
    rows = SourceRow.objects.filter(dataset=construction.dataset_id, scenario__isnull=False)
    return list(rows.order_by("row_number", "pk").values_list("pk", flat=True).distinct())


def _state(
    pk: int,
    newest: Mapping[str, Step],
    pipeline: Sequence[StepName],
    counts: Mapping[StepName, StepCounts],
) -> RowState:
    chain = current_chain(newest, pipeline)
    due = _next(chain, pipeline)
    standing = {step.name for step in chain}
    stale = tuple(name for name in pipeline if name in newest and name not in standing)
    for step in chain:
        _count(counts[StepName(step.name)], step)
    for name in stale:
        counts[StepName(name)].stale += 1
    if due:
        counts[due].due += 1
    flags = tuple(flag for step in chain for flag in flags_of(step))
    return RowState(pk, chain[-1] if chain else None, due, stale, flags)


def _count(told: StepCounts, step: Step) -> None:
    setattr(told, step.verdict, getattr(told, step.verdict) + 1)
    told.flagged += bool(step.flags)
    if step.verdict != Step.Verdict.KEPT:
        told.reasons[step.verdict, step.reason_code] += 1


def _next(chain: Sequence[Step], pipeline: Sequence[StepName]) -> StepName | None:
    """The step that may be asked now; None at the end, or where the row was stopped."""
    if len(chain) == len(pipeline) or (chain and chain[-1].verdict != Step.Verdict.KEPT):
        return None
    return pipeline[len(chain)]
