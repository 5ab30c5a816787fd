"""Chunks that need somebody's eye: failed, waiting for a batch, or resting after an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import F, QuerySet, Sum

from modeling.models import Chunk, Run
from modeling.services import batches
from pact_site.base.models import State

SHOWN: Final = 20


@dataclass(frozen=True)
class Trouble:
    """Chunks of one sort: how many, how many of their cells have no answer, and the first few."""

    n: int
    cells: int
    chunks: list[Chunk]


def failed(run: Run) -> Trouble:
    """Chunks that gave up; retrying asks their missing cells again."""
    return _trouble(run.chunks.filter(state=State.FAILED))


def in_batches(run: Run) -> Trouble:
    """Chunks that a batch at the endpoint is working on."""
    return _trouble(batches.under_way(run))


def resting(run: Run) -> Trouble:
    """Chunks that had an error and will be tried again by themselves."""
    waiting = run.chunks.filter(~Chunk.IN_BATCH, state=State.QUEUED).exclude(error="")
    return _trouble(waiting)


def _trouble(chunks: QuerySet[Chunk]) -> Trouble:
    """Counted in one query, looked at in another."""
    unanswered = Sum(F("stop") - F("start") - F("rows"), default=0)
    counted = chunks.aggregate(cells=unanswered)
    shown = list(chunks.order_by("number")[:SHOWN])
    n = len(shown) if len(shown) < SHOWN else chunks.count()
    return Trouble(n, counted["cells"], shown)
