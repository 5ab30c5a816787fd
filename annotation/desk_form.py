"""The desk's form: criteria of the protocol as fields, read without judging and drawn with hints.

Not a Django form: whether an answer is complete is the service's to say, a draft may be half, and
the desk draws it for every item, so it has to be quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from annotation.models import Criterion, Task, Validation
from annotation.services.validation.annotating import MAX_TEXT, Given, submitted
from annotation.services.validation.claiming import criteria_of
from annotation.services.validation.protocol import plan_from

YES_NO_KEYS: Final = {"yes": ("1", "y"), "no": ("0", "n")}


@dataclass(frozen=True)
class Choice:
    """One label of a criterion, with its keys."""

    label: str
    keys: tuple[str, ...]
    chosen: bool
    wants_reason: bool


@dataclass(frozen=True)
class Field:
    """One criterion as the desk draws it."""

    criterion: Criterion
    choices: list[Choice]
    reason: str
    problem: str


class DeskForm:
    """What was sent, or what is stored, of one item's answers."""

    def __init__(self, validation: Validation, data: QueryDict | None = None) -> None:
        self.validation = validation
        self.plan = plan_from(validation.plan)
        self.criteria = list(criteria_of(validation).values())
        self.problems: dict[str, str] = {}
        self.given = self._read(data) if data is not None else Given({})
        self.skip_reason = data.get("skip_reason", "") if data is not None else ""
        self.revision = _whole(data.get("revision", "")) if data is not None else None

    @classmethod
    def of_task(cls, validation: Validation, task: Task) -> DeskForm:
        """The draft where there is one, else the answers that stand, else nothing."""
        form = cls(validation)
        form.skip_reason = task.skip_reason
        if task.draft:
            form.given = Given(**task.draft)
        elif task.state == Task.State.SUBMITTED:
            form.given = submitted(task, {row.code: row for row in form.criteria})
        return form

    @property
    def fields(self) -> list[Field]:
        """The criteria in their order."""
        return [
            Field(
                criterion=criterion,
                choices=[self._choice(criterion, number) for number in range(len(self.labels))],
                reason=self.given.reasons.get(criterion.code, ""),
                problem=self.problems.get(criterion.code, ""),
            )
            for criterion in self.criteria
        ]

    @property
    def is_empty(self) -> bool:
        """Whether no question has an answer, a reason or a problem."""
        return not (self.given.values or self.given.reasons or self.problems)

    @property
    def labels(self) -> list[str]:
        """The protocol's label set, in order."""
        found: list[str] = self.validation.labels
        return found

    @property
    def seconds(self) -> str:
        """Seconds in view so far, for the clock of the script to go on from."""
        return f"{self.given.seconds or 0:.1f}"

    @property
    def problem(self) -> str:
        """What is wrong with none of the criteria in particular."""
        return self.problems.get("", "")

    @property
    def skip_problem(self) -> str:
        """What is wrong with the reason for skipping."""
        return self.problems.get("skip_reason", "")

    def _choice(self, criterion: Criterion, number: int) -> Choice:
        label = self.labels[number]
        return Choice(
            label=label,
            keys=YES_NO_KEYS[label] if set(self.labels) == set(YES_NO_KEYS) else (str(number + 1),),
            chosen=self.given.values.get(criterion.code) == label,
            wants_reason=label in self.plan.reason_for,
        )

    def _read(self, data: QueryDict) -> Given:
        values = _texts(data, "c-", self.criteria)
        reasons = _texts(data, "r-", self.criteria)
        asked = {code for code, value in values.items() if value in self.plan.reason_for}
        return Given(
            values=values,
            reasons={code: reason for code, reason in reasons.items() if code in asked},
            note=_text(data, "note"),
            flagged=bool(data.get("flagged")),
            seconds=_number(data.get("seconds", "")),
        )


def _texts(data: QueryDict, prefix: str, criteria: list[Criterion]) -> Mapping[str, str]:
    found = {row.code: _text(data, prefix + row.code) for row in criteria}
    return {code: text for code, text in found.items() if text}


def _text(data: QueryDict, name: str) -> str:
    return data.get(name, "").replace("\r\n", "\n").replace("\x00", "").strip()[:MAX_TEXT]


def _number(text: str) -> float | None:
    """Seconds as sent; None where the script sent none, or nonsense."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
