"""The life of a run: start, stop, resume, and what happens when chunks end well or badly."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from modeling.backends import absent_kinds
from modeling.models import Chunk, Run
from modeling.services import compaction, harvesting, manifests, preflight
from pact_site.base.errors import BadInput
from pact_site.base.models import State, User
from pact_site.base.services import audit, jobs

OPEN: Final = (State.QUEUED, State.RUNNING)
STARTABLE: Final = (Run.State.PLANNED, Run.State.STOPPED, Run.State.FAILED)
NEVER_ASKED: Final = ("files",)
"""Kinds of endpoints that no worker asks: their answers are imported."""

_AFRESH: Final = {
    "state": State.QUEUED, "attempts": 0, "not_before": None, "failed": 0, "dispatched_at": None,
}  # fmt: skip
TOO_MANY_FAILED: Final = 3
"""After so many chunks that failed for good the run stops: the next would fail as well."""


def named(public_id: str) -> Run:
    """The run of this id; BadInput with the newest ones where there is none."""
    run = Run.objects.filter(public_id=public_id).first()
    if run is None:
        newest = ", ".join(Run.objects.values_list("public_id", flat=True)[:5])
        raise BadInput("There is no such run.", found=public_id, expected=newest or None)
    return run


def askable(
    run_pks: Collection[int] | None = None, endpoints: Collection[str] = ()
) -> QuerySet[Run]:
    """Running runs whose chunks workers ask, the oldest first: of these runs, or of any.

    `endpoints` (names or kinds) keep to runs that ask one of them. Kinds that need a package which
    is not in this environment are left to workers that have it.
    """
    running = Run.objects.filter(state=Run.State.RUNNING)
    running = running.exclude(endpoint__kind__in=[*NEVER_ASKED, *absent_kinds()])
    if run_pks is not None:
        running = running.filter(pk__in=run_pks)
    if endpoints:
        wanted = list(endpoints)
        running = running.filter(Q(endpoint__name__in=wanted) | Q(endpoint__kind__in=wanted))
    return running.order_by("pk")


def start(*, run: Run, actor: User | None = None) -> bool:
    """Start or resume: chunks that failed or wait for their back-off are due at once.

    False when the run is done or under way already. BadInput where its preflight failed and nobody
    has overridden that.
    """
    run.refresh_from_db(fields=["preflight"])
    if preflight.holds_back(run):
        raise BadInput(
            "The preflight of this run failed.",
            found=", ".join(preflight.failed_names(run.preflight)),
            expected="another preflight, or --skip-preflight to start all the same",
        )
    with transaction.atomic():
        if not _set_going(run):
            return False
        tried = Q(attempts__gt=0) | Q(not_before__isnull=False) | Q(dispatched_at__isnull=False)
        run.chunks.filter(Q(state=State.FAILED) | Q(state=State.QUEUED) & tried).update(**_AFRESH)
        audit.record(verb="run.started", subject=f"run {run.public_id}", actor=actor)
        transaction.on_commit(dispatch)
    run.refresh_from_db()
    return True


def retry_failed(*, run: Run, actor: User | None = None) -> int:
    """Ask what failed once more, in a run that is under way or stands still; returns the chunks.

    Their stored answers are kept, and nothing else is asked again.
    """
    with transaction.atomic():
        failed = run.chunks.filter(state=State.FAILED, run__imported=False).update(**_AFRESH)
        if not failed:
            return 0
        _set_going(run)
        audit.record(verb="run.retried", subject=f"run {run.public_id}", actor=actor, chunks=failed)
        transaction.on_commit(dispatch)
    run.refresh_from_db()
    return failed


def _set_going(run: Run) -> bool:
    started = Run.objects.filter(pk=run.pk, state__in=STARTABLE, imported=False).update(
        state=Run.State.RUNNING, error="", finished_at=None
    )
    Run.objects.filter(pk=run.pk, started_at=None).update(started_at=timezone.now())
    return bool(started)


def stop(*, run: Run, reason: str = "", actor: User | None = None) -> bool:
    """Hand out no further chunks; those under way finish and are kept. False if not running."""
    with transaction.atomic():
        stopped = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(
            state=Run.State.STOPPED, error=reason
        )
        if stopped:
            audit.record(
                verb="run.stopped", subject=f"run {run.public_id}", actor=actor, reason=reason
            )
    run.refresh_from_db()
    return bool(stopped)


def dispatch(*, when_low: bool = False) -> int:
    """Send waiting chunks of running runs to the broker, if there is one and it has room."""
    if not settings.PACT_BROKER_URL:
        return 0
    waiting = Chunk.objects.filter(run__in=askable())
    return jobs.dispatch_waiting("modeling.run_chunk", waiting, when_low=when_low)


def after_trouble(*, run: Run, error: str) -> None:
    """Show the server's words, and fail the run once too many chunks have failed for good."""
    running = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING)
    running.update(error=error)
    if run.chunks.filter(state=State.FAILED).count() >= TOO_MANY_FAILED:
        running.update(state=Run.State.FAILED, finished_at=timezone.now())


def settle(run: Run) -> None:
    """Close the run when none of its chunks is open: done, or failed if one of them is."""
    if run.chunks.filter(state__in=OPEN).exists():
        return
    run.refresh_from_db()
    failed = run.chunks.filter(state=State.FAILED).order_by("number").first()
    state = Run.State.FAILED if failed else Run.State.DONE
    with transaction.atomic():
        ended = Run.objects.filter(
            pk=run.pk, state__in=(Run.State.RUNNING, Run.State.STOPPED)
        ).update(
            state=state,
            error=failed.error if failed else "",
            finished_at=timezone.now(),
            manifest=manifests.with_results(run),
        )
        if ended and state == Run.State.DONE:  # whoever closes the run, once
            harvesting.enqueue(run)
            compaction.enqueue(run)


def give_up_exhausted() -> int:
    """Fail chunks whose workers died again and again, and close their runs; returns how many."""
    exhausted = Chunk.objects.filter(run__state=Run.State.RUNNING).fail_exhausted()
    if exhausted:
        for run in Run.objects.filter(state=Run.State.RUNNING):
            settle(run)
    return exhausted
