"""Items that somebody skipped for good: their ratings are given to others, by the lead's decision."""

from __future__ import annotations

from typing import TypedDict

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django_stubs_ext import WithAnnotations

from annotation.models import SampledItem, Task, Validation
from annotation.services.validation import drafts
from annotation.services.validation.protocol import plan_from
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

_GONE = Q(tasks__annotator__active=False) | Q(tasks__annotator__finished_at__isnull=False)
_FIRST = Q(tasks__repeat=0)
_SKIPPED = _FIRST & Q(tasks__state=Task.State.SKIPPED) & _GONE


def lacking(validation: Validation) -> dict[int, int]:
    """Item's primary key -> ratings that its overlap lacks because whoever skipped it cannot answer
    any more: that person left, or has declared the answers final."""
    sharing = plan_from(validation.plan).sharing
    rows = _skipped(validation).values_list("pk", "position", "alive")
    missing = {pk: sharing.raters_of(position) - alive for pk, position, alive in rows}
    return {pk: number for pk, number in missing.items() if number > 0}


@transaction.atomic
def pass_on(*, validation: Validation, actor: User | None = None) -> int:
    """Give every lacking rating a free place, for whoever has not had the item; returns how many.

    Who skipped keeps the skip with its reason. Twice at the same moment gives no more than once.
    """
    fresh = drafts.locked(validation)
    if fresh.state != Validation.State.OPEN:
        raise BadInput("Items are given to others while a validation is open.", found=fresh.state)
    missing = lacking(fresh)
    made = Task.objects.bulk_create(
        Task(item_id=pk, slot=last + 1 + number, position=position)
        for pk, position, last in _skipped(fresh).values_list("pk", "position", "last")
        for number in range(missing.get(pk, 0))
    )
    if made:
        audit.record(
            verb="validation.passed_on",
            subject=drafts.subject(fresh),
            actor=actor,
            ratings=len(made),
        )
    return len(made)


class Counted(TypedDict):
    """What `_skipped` adds to an item."""

    lost: int
    alive: int
    last: int


def _skipped(validation: Validation) -> QuerySet[WithAnnotations[SampledItem, Counted]]:
    """Items skipped for good, with `alive` first ratings, given or to come, and the `last` slot."""
    items = validation.items.annotate(
        lost=Count("tasks", filter=_SKIPPED),
        alive=Count("tasks", filter=_FIRST) - F("lost"),
        last=Max("tasks__slot"),
    )
    return items.filter(lost__gt=0)
