"""The life of a run: start, stop, resume, and what happens when chunks end well or badly."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from modeling.models import Chunk, Run
from modeling.services import harvesting, manifests
from pact_site.base.models import State, User
from pact_site.base.services import audit, jobs

OPEN: Final = (State.QUEUED, State.RUNNING)
STARTABLE: Final = (Run.State.PLANNED, Run.State.STOPPED, Run.State.FAILED)
TOO_MANY_FAILED: Final = 3
"""After so many chunks that failed for good the run stops: the next would fail as well."""


def start(*, run: Run, actor: User | None = None) -> bool:
    """Start or resume: chunks that failed or wait for their back-off are due at once.

    False when the run is done or under way already.
    """
    with transaction.atomic():
        started = Run.objects.filter(pk=run.pk, state__in=STARTABLE, imported=False).update(
            state=Run.State.RUNNING, error="", finished_at=None
        )
        if not started:
            return False
        Run.objects.filter(pk=run.pk, started_at=None).update(started_at=timezone.now())
        run.chunks.filter(state__in=(State.QUEUED, State.FAILED)).update(
            state=State.QUEUED, attempts=0, not_before=None, failed=0, dispatched_at=None
        )
        audit.record(verb="run.started", subject=f"run {run.public_id}", actor=actor)
        transaction.on_commit(dispatch)
    run.refresh_from_db()
    return True


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


def dispatch() -> int:
    """Send waiting chunks of running runs to the broker, if there is one."""
    if not settings.PACT_BROKER_URL:
        return 0
    waiting = Chunk.objects.filter(run__state=Run.State.RUNNING)
    return jobs.dispatch_waiting("modeling.run_chunk", waiting)


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


def give_up_exhausted() -> int:
    """Fail chunks whose workers died again and again, and close their runs; returns how many."""
    exhausted = Chunk.objects.filter(run__state=Run.State.RUNNING).fail_exhausted()
    if exhausted:
        for run in Run.objects.filter(state=Run.State.RUNNING):
            settle(run)
    return exhausted
