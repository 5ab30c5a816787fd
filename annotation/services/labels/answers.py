"""Items with everything that was said of them, by whom and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.models import (
    Adjudication,
    Criterion,
    Label,
    SampledItem,
    Task,
    Validation,
    Verdict,
)

State = Task.State


@dataclass(frozen=True)
class Sheet:
    """One annotator's answers to one item, in the order of the criteria; None where one is missing."""

    task: Task
    labels: Sequence[Label | None]

    @property
    def pseudonym(self) -> str:
        """Who answered."""
        return self.task.annotator.pseudonym if self.task.annotator else ""

    @property
    def reasons(self) -> list[Label]:
        """The labels that a reason was given for."""
        return [label for label in self.labels if label is not None and label.reason]


@dataclass(frozen=True)
class ItemAnswers:
    """An item, its sheets, and what was settled about it, by the criterion's primary key."""

    item: SampledItem
    sheets: Sequence[Sheet]
    outcomes: Mapping[int, Adjudication] = field(default_factory=dict)
    disagreement: float | None = None

    @property
    def flagged(self) -> bool:
        """Whether any annotator wants it looked at."""
        return any(sheet.task.flagged for sheet in self.sheets)

    def of(self, criterion: Criterion) -> list[tuple[Sheet, Label]]:
        """Everybody's answer under one criterion."""
        return [
            (sheet, label)
            for sheet in self.sheets
            for label in sheet.labels
            if label is not None and label.criterion_id == criterion.pk
        ]

    def differs(self, criterion: Criterion) -> bool:
        """Whether first answers under a criterion differ."""
        first = [label for sheet, label in self.of(criterion) if not sheet.task.repeat]
        return len({label.value for label in first}) > 1


def answers(
    validation: Validation,
    items: Iterable[SampledItem],
    disagreements: Mapping[str, float | None] | None = None,
) -> list[ItemAnswers]:
    """What was said of these items, in their order. Skipped items are there with their reason."""
    wanted = list(items)
    criteria = list(validation.criteria.all())
    tasks = (
        Task.objects.filter(item__in=wanted, state__in=[State.SUBMITTED, State.SKIPPED])
        .select_related("annotator")
        .prefetch_related("labels__criterion")
        .order_by("annotator__pseudonym", "repeat")
    )
    sheets: dict[int, list[Sheet]] = {}
    for task in tasks:
        given = {label.criterion_id: label for label in task.labels.all()}
        labels = [given.get(criterion.pk) for criterion in criteria]
        sheets.setdefault(task.item_id, []).append(Sheet(task, labels))
    settled: dict[int, dict[int, Adjudication]] = {}
    for outcome in Adjudication.objects.filter(item__in=wanted).select_related("decided_by"):
        settled.setdefault(outcome.item_id, {})[outcome.criterion_id] = outcome
    known = disagreements or {}
    return [
        ItemAnswers(item, sheets.get(item.pk, []), settled.get(item.pk, {}), known.get(item.key))
        for item in wanted
    ]


def verdicts(item: SampledItem, criteria: Iterable[Criterion]) -> dict[str, list[Verdict]]:
    """What judges said of an item, by the criterion's code."""
    found: dict[str, list[Verdict]] = {criterion.code: [] for criterion in criteria}
    if item.version_id is None:
        return found
    rows = Verdict.objects.filter(version=item.version_id, criterion__in=list(found))
    for verdict in rows.select_related("judge").order_by("judge__name", "repeat"):
        found[verdict.criterion].append(verdict)
    return found


def earlier(task: Task, criteria: Iterable[Criterion]) -> list[dict[str, Any]]:
    """The submissions that a later one replaced, oldest first, values by criterion in order."""
    codes = [criterion.code for criterion in criteria]
    return [
        {
            "revision": kept.get("revision"),
            "at": kept.get("submitted_at"),
            "values": [(code, kept.get("values", {}).get(code, "")) for code in codes],
            "note": kept.get("note", ""),
        }
        for kept in task.history
    ]
