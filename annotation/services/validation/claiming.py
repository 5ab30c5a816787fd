"""Handing out items: who gets which next, and free ones to exactly one person at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from annotation import desk_statements
from annotation.models import Annotator, Criterion, Task, Validation
from annotation.services.validation.protocol import Plan, plan_from

State = Task.State
TRIES: Final = 20
"""How often a free item is sought while others are quicker."""


def next_task(*, seat: Annotator, one_is_done: bool = False) -> Task | None:
    """The item to rate now, opened: one begun before, else the next of one's own list, else one
    that nobody has taken. None where nothing is left for this annotator.

    After an open item is done, another open one would be in another window: it is looked for last.
    """
    if not may_answer(seat):
        return None
    for _ in range(TRIES):
        begun = None if one_is_done else _begun(seat)
        task = begun or _from_own_list(seat) or _from_pool(seat) or _begun(seat)
        if task is not None:
            return task
        if not _left(seat):
            return None
    return None


def own_tasks(seat: Annotator) -> QuerySet[Task]:
    """The annotator's own tasks, with what a page shows of the item."""
    return Task.objects.filter(annotator=seat).select_related("item__version")


def criteria_of(validation: Validation) -> dict[str, Criterion]:
    """The criteria by code, in order. Frozen ones never change: a process reads them once."""
    if validation.frozen_at is None:
        return {row.code: row for row in validation.criteria.all()}
    return _frozen_criteria(validation.pk, validation.frozen_at)


@lru_cache(maxsize=64)
def _frozen_criteria(pk: int, _frozen_at: datetime) -> dict[str, Criterion]:
    rows = Criterion.objects.filter(validation=pk).order_by("position", "pk")
    return {row.code: row for row in rows}


def may_answer(seat: Annotator) -> bool:
    """Whether this annotator's answers are taken at all."""
    open_now = seat.validation.state == Validation.State.OPEN
    return open_now and seat.active and seat.finished_at is None


def lease_end(plan: Plan) -> datetime:
    """When a free item taken now may be taken by somebody else."""
    return timezone.now() + timedelta(minutes=plan.lease_minutes)


def _begun(seat: Annotator) -> Task | None:
    """What the annotator has open; a lease that ran out unnoticed starts anew."""
    task = own_tasks(seat).filter(state=State.OPEN).order_by("position").first()
    if task is None or task.lease_expires is None or task.lease_expires > timezone.now():
        return task
    task.lease_expires = lease_end(plan_from(seat.validation.plan))
    still_mine = Task.objects.filter(pk=task.pk, annotator=seat, state=State.OPEN)
    return task if still_mine.update(lease_expires=task.lease_expires) else None


def _from_own_list(seat: Annotator) -> Task | None:
    """The next item of a planned list. It has no lease: it waits for its annotator for ever."""
    if seat.validation.plan.get("mode") == "free":
        return None
    return _opened(_take(_NEXT_OF_LIST, seat))


def _from_pool(seat: Annotator) -> Task | None:
    """Take a free item by one conditional update: zero rows changed means somebody else has it."""
    task = _opened(_take(_BEHIND_THE_LAST, seat))
    if task is not None:
        return task
    for still_free, candidates in _candidates(seat):
        first = candidates.select_for_update(skip_locked=True, of=("self",)).values("pk")[:1]
        try:
            with transaction.atomic():
                taken = Task.objects.filter(still_free, pk=Subquery(first)).update(
                    annotator=seat,
                    state=State.OPEN,
                    lease_expires=lease_end(plan_from(seat.validation.plan)),
                    opened_at=timezone.now(),
                    draft={},
                )
        except IntegrityError:  # another tab of the same annotator took a slot of this item
            return None
        if taken:
            return own_tasks(seat).filter(state=State.OPEN).order_by("-opened_at").first()
    return None


# The two everyday cases, by hand: putting these statements together through the ORM took five
# times as long as running them, and one of them runs for every answer.
_NEXT_OF_LIST: Final = """
UPDATE annotation_task SET state = 'open', opened_at = COALESCE(opened_at, %(now)s)
WHERE annotator_id = %(seat)s AND state = 'waiting' AND id = (
  SELECT id FROM annotation_task WHERE annotator_id = %(seat)s AND state = 'waiting'
  ORDER BY position LIMIT 1)
RETURNING id
"""

_BEHIND_THE_LAST: Final = """
UPDATE annotation_task SET annotator_id = %(seat)s, state = 'open', draft = '{}',
  opened_at = %(now)s, lease_expires = %(until)s
WHERE annotator_id IS NULL AND state = 'waiting' AND id = (
  SELECT free.id FROM annotation_task AS free
  JOIN annotation_sampleditem AS item ON item.id = free.item_id
  WHERE free.annotator_id IS NULL AND free.state = 'waiting' AND free.repeat = 0
    AND item.validation_id = %(validation)s
    AND free.position > (
      SELECT MAX(position) FROM annotation_task
      WHERE annotator_id = %(seat)s AND state = 'submitted')
    AND NOT EXISTS (
      SELECT 1 FROM annotation_task AS own
      WHERE own.item_id = free.item_id AND own.annotator_id = %(seat)s)
  ORDER BY free.position LIMIT 1 {lock})
RETURNING id
"""


def _take(statement: str, seat: Annotator) -> int | None:
    """Run one of the two; the primary key of the item that is now the annotator's, or None."""
    lock = "FOR UPDATE OF free SKIP LOCKED" if connection.features.has_select_for_update else ""
    stamp = connection.ops.adapt_datetimefield_value
    values = {
        "seat": seat.pk,
        "validation": seat.validation_id,
        "now": stamp(timezone.now()),
        "until": stamp(lease_end(plan_from(seat.validation.plan))),
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.replace("{lock}", lock), values)
            row = cursor.fetchone()
    except IntegrityError:  # another tab of the same annotator took a slot of this item
        return None
    return int(row[0]) if row else None


def _opened(pk: int | None) -> Task | None:
    return None if pk is None else desk_statements.shown(pk)


def _candidates(seat: Annotator) -> Iterator[tuple[Q, QuerySet[Task]]]:
    """Where to look for a free item: anywhere, then among those whose holder has let the lease run
    out. Each with the condition that makes it free."""
    rated = Task.objects.filter(item=OuterRef("item"), annotator=seat)
    foreign = Task.objects.filter(
        ~Exists(rated), item__validation=seat.validation_id, repeat=0
    ).order_by("position")
    untaken = Q(annotator__isnull=True, state=State.WAITING)
    yield untaken, foreign.filter(untaken)
    left_lying = Q(state=State.OPEN, lease_expires__lt=timezone.now())
    holders = Q(annotator__validation=seat.validation_id)
    yield left_lying, foreign.filter(left_lying, holders)


def _left(seat: Annotator) -> bool:
    own = seat.tasks.filter(state__in=[State.WAITING, State.OPEN]).exists()
    return own or any(candidates.exists() for _, candidates in _candidates(seat))
