"""Queueing and running jobs. The database is the queue; a broker only wakes workers."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import takewhile
from typing import Protocol

from django.conf import settings
from django.db import OperationalError, close_old_connections, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from pact_site.base.errors import BadInput, is_full, system_words
from pact_site.base.models import Job, L, Leased, LeasedQuerySet, State, User
from pact_site.base.tracing import working_on

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
MOST_MESSAGES = 256


class Context(Protocol):
    """What a handler may say while it works."""

    def report(self, progress: float, message: str = "") -> None:
        """Store progress between 0 and 1; raises LeaseLost when the job was taken or cancelled."""


class LeaseLost(RuntimeError):  # noqa: N818 - an event, not a fault of the program
    """The job is no longer ours: cancelled, or taken by another worker after our lease ran out."""


Handler = Callable[[dict[str, object], Context], "dict[str, object] | None"]


class JobContext:
    """Writes a handler's progress where the lease is still ours."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def report(self, progress: float, message: str = "") -> None:
        """See Context.report."""
        held = Job.objects.filter(
            pk=self.job.pk, lease_token=self.job.lease_token, state=State.RUNNING
        )
        if not held.update(progress=progress, message=message[:200]):
            raise LeaseLost(str(self.job))


def enqueue(
    *, kind: str, payload: dict[str, object], actor: User | None = None, priority: int = 0
) -> Job:
    """Queue a job and wake a worker after commit. `kind` must be in settings.PACT_JOB_HANDLERS."""
    if kind not in settings.PACT_JOB_HANDLERS:
        raise BadInput(
            "Unknown kind of job.", found=kind, expected=", ".join(settings.PACT_JOB_HANDLERS)
        )
    job = Job.objects.create(kind=kind, payload=payload, created_by=actor, priority=priority)
    log.info("Queued %s", job)
    dispatch_after_commit("base.run_job", job)
    return job


def dispatch_after_commit(task: str, row: Leased) -> None:
    """Send the row's id to the broker, if there is one; without one the worker loop finds it."""
    if not settings.PACT_BROKER_URL:
        return
    type(row)._default_manager.filter(pk=row.pk).update(dispatched_at=timezone.now())
    transaction.on_commit(lambda: _send(task, row.pk))


def _send(task: str, pk: int) -> bool:
    from celery import current_app
    from kombu.exceptions import OperationalError as BrokerError

    try:
        current_app.send_task(task, args=[pk])
    except BrokerError as error:
        log.warning("Broker unreachable; beat will dispatch %s %s again: %s", task, pk, error)
        return False
    return True


def run_claimed(job: Job) -> None:
    """Run a job whose lease we hold, to done, failed, or back in the queue.

    What it leaves behind in circles (a report's charts and tables) goes before the next one comes: a
    worker that also asks models looks through old objects too rarely for that.
    """
    with working_on(str(job)):
        _run(job)
    gc.collect()


def give_back(job: Job) -> bool:
    """Return a job to the queue as if it had never been taken; False where it is not ours.

    Its handler learns of it when it next reports (LeaseLost), and what it does besides is nobody's:
    the next to take the job begins anew, as after a worker's death.
    """
    back = {"lease_expires": None, "dispatched_at": None, "progress": 0.0, "message": ""}
    return bool(job.held().update(state=State.QUEUED, attempts=F("attempts") - 1, **back))


def _run(job: Job) -> None:
    handler: Handler = import_string(settings.PACT_JOB_HANDLERS[job.kind])
    try:
        with renewing(job):
            result = handler(job.payload, JobContext(job))
    except LeaseLost:
        log.info("Lost the lease of %s", job)
    except BadInput as error:
        job.fail(str(error))
    except Exception as error:  # a handler's fault must not kill the worker; it is stored and shown
        log.exception("Job %s failed", job)
        retry = timedelta(seconds=2**job.attempts) if job.attempts < MAX_ATTEMPTS else None
        job.fail(_words(error), retry_in=retry)
    else:
        job.finish(result=result, progress=1.0)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and is_full(error):
        return system_words(error)
    return f"{type(error).__name__}: {error}"


@contextmanager
def renewing(row: Leased) -> Iterator[threading.Event]:
    """Renew a lease from a thread at a third of its length; the event is set when it is lost."""
    stop, lost = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(settings.PACT_LEASE_SECONDS / 3):
                if not _still_held(row):
                    lost.set()
                    return
        finally:
            connection.close()  # this thread's own

    thread = threading.Thread(target=beat, name=f"lease-{row.pk}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join()


def _still_held(row: Leased) -> bool:
    close_old_connections()
    try:
        return row.renew()
    except OperationalError as error:  # the lease outlives one missed beat: try at the next
        log.warning("Could not renew the lease of %s: %s", row, error)
        return True


def dispatch_waiting(task: str, rows: LeasedQuerySet[L], *, when_low: bool = False) -> int:
    """Send claimable rows that got no message for PACT_DISPATCH_SECONDS; returns how many.

    The broker may be flushed at any time: the database knows what is still to be done. And it is
    never flooded: what does not fit into its queue (`MOST_MESSAGES`) waits in the database. With
    `when_low` nothing is sent while the queue is half full.
    """
    rows.expire_dead()
    rows.fail_exhausted()
    room = _room_at_broker()
    if room <= (MOST_MESSAGES // 2 if when_low else 0):
        return 0
    stale = timezone.now() - timedelta(seconds=settings.PACT_DISPATCH_SECONDS)
    due = rows.claimable().filter(Q(dispatched_at__isnull=True) | Q(dispatched_at__lt=stale))
    with transaction.atomic():
        first = due.order_by("priority", "pk").select_for_update(skip_locked=True, of=("self",))
        pks = list(first.values_list("pk", flat=True)[:room])
        rows.model._default_manager.filter(pk__in=pks).update(dispatched_at=timezone.now())
    return sum(1 for _ in takewhile(lambda pk: _send(task, pk), pks))


def _room_at_broker() -> int:
    """How many more messages the broker's queue takes; none where the broker does not answer."""
    waiting = messages_waiting()
    return 0 if waiting is None else MOST_MESSAGES - waiting


def messages_waiting(timeout: float = 5) -> int | None:
    """How many messages wait at the broker; None where it does not answer within `timeout` s."""
    from celery import current_app
    from kombu.exceptions import OperationalError as BrokerError

    with current_app.connection_for_write() as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=timeout)
            name = current_app.conf.task_default_queue
            queue = connection.default_channel.queue_declare(queue=name, passive=True)
        except connection.channel_errors:  # there is no queue before the first message
            return 0
        except (BrokerError, *connection.connection_errors) as error:
            log.warning("Broker unreachable; nothing is dispatched for now: %s", error)
            return None
    return int(queue.message_count)
