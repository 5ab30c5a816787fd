"""Removing files that no chunk and no run names: left by workers that lost their lease or their life, or
retired when their rows moved into a larger file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from modeling import shards
from modeling.models import Chunk, RetiredShard, Run
from modeling.services.questions import QUESTIONS


@dataclass(frozen=True)
class Swept:
    """How many files are named, were removed, and are nameless but too young to judge."""

    named: int
    removed: tuple[str, ...]
    young: int


def sweep(*, older_than: timedelta, dry_run: bool = False) -> Swept:
    """Remove nameless files that have not changed for `older_than`.

    Files are listed before names are read: a shard recorded in between is then seen as named.
    Retired files have a time of their own, from when they lost their name, and no longer.
    """
    now = timezone.now()
    found = list(shards.stored())
    names = set(Chunk.objects.exclude(shard="").values_list("shard", flat=True))
    names |= set(Run.objects.filter(kind=QUESTIONS).values_list("design__inputs__key", flat=True))
    since = dict(RetiredShard.objects.values_list("key", "retired_at"))
    grace = min(older_than, _grace())
    old = tuple(
        key
        for key, changed in found
        if key not in names and _is_over(now, since.get(key), grace, changed, older_than)
    )
    if not dry_run:
        for key in old:
            _remove(key)
    named = sum(key in names for key, _ in found)
    return Swept(named, old, len(found) - named - len(old))


def remove_retired() -> int:
    """Remove retired files whose time is over; returns how many."""
    over = RetiredShard.objects.filter(retired_at__lt=timezone.now() - _grace())
    keys = list(over.values_list("key", flat=True))
    for key in keys:
        _remove(key)
    return len(keys)


def _grace() -> timedelta:
    return timedelta(minutes=settings.PACT_SHARD_GRACE_MINUTES)


def _is_over(
    now: datetime,
    retired: datetime | None,
    grace: timedelta,
    changed: datetime,
    older_than: timedelta,
) -> bool:
    return retired < now - grace if retired else changed < now - older_than


def _remove(key: str) -> None:
    """The file first: a row without a file does no harm, a file without a row is an orphan."""
    shards.remove(key)
    RetiredShard.objects.filter(key=key).delete()
