"""Annotating: drafts, answers, skipping, going back. An answer is set, never toggled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotation import desk_statements
from annotation.models import Annotator, Criterion, Task, Validation
from annotation.services.validation.claiming import (
    criteria_of,
    lease_end,
    may_answer,
    next_task,
    own_tasks,
)
from annotation.services.validation.protocol import plan_from
from pact_site.base.errors import BadInput
from pact_site.base.services import audit

State = Task.State
MAX_TEXT: Final = 4000
LONGEST_VIEW: Final = 24 * 3600.0
"""Seconds: nobody looks at one item for longer."""


@dataclass(frozen=True)
class Given:
    """What an annotator says of one item: labels and reasons by criterion code."""

    values: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    flagged: bool = False
    seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """As a task's draft and history keep it."""
        return {**asdict(self), "values": dict(self.values), "reasons": dict(self.reasons)}


@dataclass
class Incomplete(BadInput):
    """An answer that cannot be taken yet; `problems` says what is missing, by criterion code."""

    problems: Mapping[str, str] = field(default_factory=dict)


def save_draft(*, seat: Annotator, task_id: int, given: Given, revision: int | None = None) -> bool:
    """Keep what was clicked and typed so far; False where the item is not one's own any more.

    What is submitted stays as it is until it is submitted again. With `revision`, a draft that
    comes later than a submission it did not know of is dropped. A free item's lease starts anew.
    """
    if not may_answer(seat):
        return False
    mine = Task.objects.filter(pk=task_id, annotator=seat)
    if revision is not None:
        mine = mine.filter(revision=revision)
    kept = mine.update(draft=given.as_json())
    mine.filter(state=State.OPEN, lease_expires__isnull=False).update(
        lease_expires=lease_end(plan_from(seat.validation.plan))
    )
    return bool(kept)


def answer(*, seat: Annotator, task_id: int, given: Given) -> Task | None:
    """Submit, and open the next item; None where nothing is left.

    Two short transactions rather than one: while one is open nobody else can write to SQLite. Who
    mended an earlier answer comes back to the item that was open before.
    """
    with transaction.atomic():
        was_open = _set(seat, task_id, given)
    return next_task(seat=seat, one_is_done=was_open)


@transaction.atomic
def submit(*, seat: Annotator, task_id: int, given: Given) -> Task:
    """Set the answers to one item. The same again changes nothing; others become a revision.

    Earlier submissions stay in the task's history. Raises Incomplete for missing answers or
    reasons, BadInput where the item is not one's own any more or answers are no longer taken.
    """
    _set(seat, task_id, given)
    return Task.objects.get(pk=task_id)


@transaction.atomic
def skip(*, seat: Annotator, task_id: int, reason: str) -> Task:
    """Leave an item without an answer, and say why. It can be answered later all the same."""
    reason = reason.strip()[:MAX_TEXT]
    if not reason:
        raise BadInput(
            "A skipped item needs a reason.", column="skip_reason", expected="a few words"
        )
    _refuse_final(seat)
    task = _held(seat, task_id)
    if task.state == State.SUBMITTED:
        raise BadInput(
            "This item has your answers already; change them instead, or flag it.",
            found="submitted",
            expected="an item without answers",
        )
    Task.objects.filter(pk=task.pk).update(
        state=State.SKIPPED, skip_reason=reason, lease_expires=None
    )
    _record("rating.skipped", seat, task)
    task.refresh_from_db()
    return task


def submitted_before(*, seat: Annotator, task: Task | None) -> Task | None:
    """The item submitted last; seen from a submitted one, the one submitted before it."""
    done = own_tasks(seat).filter(state=State.SUBMITTED).order_by("-submitted_at", "-pk")
    if task is not None and task.state == State.SUBMITTED and task.submitted_at:
        earlier = Q(submitted_at__lt=task.submitted_at)
        done = done.filter(earlier | Q(submitted_at=task.submitted_at, pk__lt=task.pk))
    return done.first()


def submitted(task: Task, criteria: Mapping[str, Criterion]) -> Given:
    """The answers that stand."""
    labels = {label.criterion_id: label for label in task.labels.all()}
    by_code = {code: labels[row.pk] for code, row in criteria.items() if row.pk in labels}
    return Given(
        values={code: label.value for code, label in by_code.items()},
        reasons={code: label.reason for code, label in by_code.items() if label.reason},
        note=task.note,
        flagged=task.flagged,
        seconds=task.seconds,
    )


def _set(seat: Annotator, task_id: int, given: Given) -> bool:
    """Store the answers; True where the item was open and nothing had been submitted before."""
    _refuse_final(seat)
    criteria = criteria_of(seat.validation)
    _check(seat.validation, criteria, given)
    first = desk_statements.submit_first(
        task_id=task_id,
        annotator_id=seat.pk,
        note=given.note,
        flagged=given.flagged,
        seconds=_seconds(given),
    )
    if first:
        _store_labels(task_id, criteria, given)
        return True
    _refuse_final(Annotator.objects.select_related("validation").get(pk=seat.pk))  # as it is by now
    task = _held(seat, task_id)
    if task.state == State.SUBMITTED:
        before = submitted(task, criteria)
        if _same(before, given):
            return False
        task.history = [*task.history, _kept(task, before)]
        _record("rating.revised", seat, task, revision=task.revision + 1)
    changed = {**_columns(given), "revision": task.revision + 1, "history": task.history}
    Task.objects.filter(pk=task.pk).update(**changed)
    _store_labels(task.pk, criteria, given)
    return False


def _refuse_final(seat: Annotator) -> None:
    if seat.validation.state != Validation.State.OPEN:
        raise BadInput("This validation takes no answers any more.", found=seat.validation.state)
    if not seat.active or seat.finished_at is not None:
        raise BadInput("Your answers are final: nothing can be changed any more.")


def _held(seat: Annotator, task_id: int) -> Task:
    """The annotator's own task, locked; BadInput where somebody else has it by now."""
    task = Task.objects.select_for_update().filter(pk=task_id, annotator=seat).first()
    if task is None:
        raise BadInput(
            "This item waited too long and somebody else has taken it. Your answers to it do not "
            "count; please go on with the next one."
        )
    return task


def _check(validation: Validation, criteria: Mapping[str, Criterion], given: Given) -> None:
    plan = plan_from(validation.plan)
    problems = {}
    for code in criteria:
        value = given.values.get(code)
        if value not in validation.labels:
            problems[code] = "Please choose an answer."
        elif plan.reason_required and value in plan.reason_for and not given.reasons.get(code):
            problems[code] = f"Please say in a few words why {value}."
    unknown = sorted(set(given.values) - set(criteria))
    if unknown:
        raise BadInput("No such criterion.", found=unknown[0], expected=", ".join(criteria))
    if problems:
        raise Incomplete("Some answers are missing.", problems=problems)


def _same(before: Given, given: Given) -> bool:
    """Whether two submissions say the same; how long the item was in view does not matter."""
    return (before.values, before.reasons, before.note, before.flagged) == (
        given.values,
        _reasons(given),
        given.note,
        given.flagged,
    )


def _reasons(given: Given) -> dict[str, str]:
    return {code: reason for code, reason in given.reasons.items() if reason}


def _kept(task: Task, before: Given) -> dict[str, Any]:
    at = task.submitted_at.isoformat() if task.submitted_at else None
    return {"revision": task.revision, "submitted_at": at, **before.as_json()}


def _store_labels(task_id: int, criteria: Mapping[str, Criterion], given: Given) -> None:
    """One statement sets every label: new ones are added, earlier ones overwritten."""
    labels = [
        (criterion.pk, given.values[code], given.reasons.get(code, ""))
        for code, criterion in criteria.items()
    ]
    desk_statements.store_labels(task_id, labels)


def _columns(given: Given) -> dict[str, Any]:
    """What a submission sets besides the labels; an unknown time leaves the one before."""
    columns: dict[str, Any] = {
        "state": State.SUBMITTED,
        "submitted_at": timezone.now(),
        "note": given.note,
        "flagged": given.flagged,
        "skip_reason": "",
        "draft": {},
        "lease_expires": None,
    }
    if given.seconds is not None:
        columns["seconds"] = _seconds(given)
    return columns


def _seconds(given: Given) -> float | None:
    return None if given.seconds is None else max(0.0, min(given.seconds, LONGEST_VIEW))


def _record(verb: str, seat: Annotator, task: Task, **detail: object) -> None:
    subject = f"validation:{seat.validation.slug}/{seat.pseudonym}"
    audit.record(verb=verb, subject=subject, actor=seat.user, task=task.pk, **detail)
