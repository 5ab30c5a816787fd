"""Tables that every app may use: users with a role, leased work, the audit trail."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone

from . import owners


class Role(models.TextChoices):
    """What an account may do. Participants are never accounts."""

    ADMINISTRATOR = "administrator"
    RESEARCHER = "researcher"
    ANNOTATOR = "annotator"


class User(AbstractUser):
    """A member of staff: administrator, researcher or annotator."""

    role = models.CharField(max_length=16, choices=Role, default=Role.ANNOTATOR)

    def __str__(self) -> str:
        """The name people see."""
        return self.get_full_name() or self.username

    @property
    def is_administrator(self) -> bool:
        """Administrators, and whoever was made a superuser on the command line."""
        return self.is_superuser or self.role == Role.ADMINISTRATOR

    @property
    def is_researcher(self) -> bool:
        """Administrators may do what researchers may."""
        return self.is_administrator or self.role == Role.RESEARCHER


class State(models.TextChoices):
    """The life of a piece of leased work."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


L = TypeVar("L", bound="Leased")


# A row whose workers die again and again is not handed out for ever, and soon comes last.
MAX_CLAIMS = 25
EAGER_CLAIMS = 5


class LeasedQuerySet(models.QuerySet[L]):
    """Claiming work by changing it."""

    def waiting(self) -> LeasedQuerySet[L]:
        """Rows in the queue that are due."""
        now = timezone.now()
        due = models.Q(not_before__isnull=True) | models.Q(not_before__lte=now)
        return self.filter(due, state=State.QUEUED, attempts__lt=MAX_CLAIMS)

    def abandoned(self) -> LeasedQuerySet[L]:
        """Rows whose worker let its lease run out."""
        return self.filter(state=State.RUNNING, lease_expires__lt=timezone.now())

    def claimable(self) -> LeasedQuerySet[L]:
        """Rows that a worker may take now: queued and due, or running with an expired lease."""
        return self.waiting() | self.abandoned().filter(attempts__lt=MAX_CLAIMS)

    def claim(self, *, abandoned: bool = True) -> L | None:
        """Take a claimable row of this queryset, or None: abandoned rows first, then the queue.

        A row that has been abandoned again and again waits until the queue is empty, so that what
        kills workers does not keep the rest from being done. Who claims many times a second need not
        look for `abandoned` rows each time.
        """
        if abandoned:
            self.expire_dead()
        for rows in self._in_turn() if abandoned else (self.waiting(),):
            if rows.exists() and (row := rows._take()):
                return row
        return None

    def expire_dead(self) -> int:
        """End the leases of this host's processes that are no more; returns how many."""
        here = self.filter(state=State.RUNNING, owner_host=owners.this_host())
        live_leases = here.filter(lease_expires__gte=timezone.now())
        processes = live_leases.order_by().values_list("owner_process", flat=True).distinct()
        dead = [process for process in processes if not owners.lives(process)]
        if not dead:
            return 0
        ended = timezone.now() - timedelta(milliseconds=1)
        return live_leases.filter(owner_process__in=dead).update(lease_expires=ended)

    def _in_turn(self) -> tuple[LeasedQuerySet[L], ...]:
        abandoned = self.abandoned().filter(attempts__lt=MAX_CLAIMS)
        return abandoned.filter(attempts__lt=EAGER_CLAIMS), self.waiting(), abandoned

    def _take(self) -> L | None:
        """Take the first of these rows by changing it.

        One statement decides who has it: on PostgreSQL the inner select skips rows that others are
        taking, on SQLite writers come one after the other.
        """
        token = uuid.uuid4()
        manager = self.model._default_manager
        with transaction.atomic():
            first = (
                self.order_by("priority", "pk")
                .select_for_update(skip_locked=True, of=("self",))
                .values("pk")[:1]
            )
            taken = manager.filter(pk=models.Subquery(first)).update(
                state=State.RUNNING,
                lease_token=token,
                lease_expires=lease_end(),
                owner_host=owners.this_host(),
                owner_process=owners.this_process(),
                attempts=models.F("attempts") + 1,
                started_at=timezone.now(),
            )
        return manager.get(lease_token=token) if taken else None

    def fail_exhausted(self) -> int:
        """Fail abandoned rows that have been claimed too often; returns how many."""
        return (
            self.abandoned()
            .filter(attempts__gte=MAX_CLAIMS)
            .update(
                state=State.FAILED,
                lease_expires=None,
                finished_at=timezone.now(),
                error=f"Its worker died {MAX_CLAIMS} times.",
            )
        )


def lease_end() -> datetime:
    """When a lease taken or renewed now runs out."""
    return timezone.now() + timedelta(seconds=settings.PACT_LEASE_SECONDS)


class Leased(models.Model):
    """Work that exactly one worker holds at a time, for as long as it renews its lease.

    The owner is who holds it, or held it last (`pact_site.base.owners`): a process that has died on
    this host is not waited for.
    """

    state = models.CharField(max_length=12, choices=State, default=State.QUEUED, db_index=True)
    priority = models.SmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False, unique=True)
    lease_expires = models.DateTimeField(null=True, blank=True, editable=False)
    owner_host = models.CharField(max_length=120, blank=True, editable=False)
    owner_process = models.CharField(max_length=40, blank=True, editable=False)
    not_before = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True

    def held(self) -> models.QuerySet[Leased]:
        """This row, if the lease is still mine. Update through it; zero rows means it is lost."""
        manager: models.Manager[Leased] = type(self)._default_manager
        return manager.filter(pk=self.pk, lease_token=self.lease_token, state=State.RUNNING)

    def renew(self) -> bool:
        """Extend the lease; False when somebody else has taken or cancelled the work."""
        return bool(self.held().update(lease_expires=lease_end()))

    def finish(self, **fields: object) -> bool:
        """Mark done where the lease is still mine; further columns are set in the same statement."""
        return bool(
            self.held().update(
                state=State.DONE, finished_at=timezone.now(), lease_expires=None, error="", **fields
            )
        )

    def fail(self, error: str, *, retry_in: timedelta | None = None) -> bool:
        """Give the work back to the queue after `retry_in`, or for good without it."""
        state = State.QUEUED if retry_in is not None else State.FAILED
        due = timezone.now() + retry_in if retry_in is not None else None
        finished = None if retry_in is not None else timezone.now()
        return bool(
            self.held().update(
                state=state, error=error, not_before=due, lease_expires=None, finished_at=finished
            )
        )


class Job(Leased):
    """A long piece of work asked for by a person: a report, an import. `kind` names its handler."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=64, db_index=True)
    payload = models.JSONField(default=dict)
    progress = models.FloatField(default=0.0)
    message = models.CharField(max_length=200, blank=True)
    result = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LeasedQuerySet["Job"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "priority", "id"])]

    def __str__(self) -> str:
        """Kind and short id."""
        return f"{self.kind} {str(self.public_id)[:8]}"


class AuditEvent(models.Model):
    """Who did what to what, and when. Rows are only ever added."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        """Verb and subject."""
        return f"{self.verb} {self.subject}"
