"""Removing shards that no chunk names: left by workers that lost their lease or their life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from modeling import shards
from modeling.models import Chunk


@dataclass(frozen=True)
class Swept:
    """How many files are named, were removed, and are nameless but too young to judge."""

    named: int
    removed: tuple[str, ...]
    young: int


def sweep(*, older_than: timedelta, dry_run: bool = False) -> Swept:
    """Remove nameless files that have not changed for `older_than`.

    Files are listed before names are read: a shard recorded in between is then seen as named.
    """
    before = timezone.now() - older_than
    found = list(shards.stored())
    names = set(Chunk.objects.exclude(shard="").values_list("shard", flat=True))
    nameless = [(key, changed) for key, changed in found if key not in names]
    old = tuple(key for key, changed in nameless if changed < before)
    if not dry_run:
        for key in old:
            shards.remove(key)
    return Swept(len(found) - len(nameless), old, len(nameless) - len(old))
