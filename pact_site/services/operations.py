"""What whoever runs an installation asks of it: queues, leases, failures, room, services, versions."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.db.models.functions import Coalesce
from django.utils import timezone

from analysis.reports.version import code_version
from modeling.models import Chunk, Run
from pact_site.base.models import Job, L, Leased, LeasedQuerySet, State
from pact_site.base.services import jobs
from survey.models import Participant

CHUNKS: Final = "chunks"
SHOWN: Final = 20
IDLE_SECONDS: Final = 120
PROBE_SECONDS: Final = 2
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Queue:
    """Work of one kind: how many pieces in which state, for how long the oldest due one has
    waited, and how many are held by nobody although they were begun."""

    kind: str
    counts: dict[str, int] = field(default_factory=dict)
    waiting_seconds: float = 0.0
    abandoned: int = 0

    @property
    def title(self) -> str:
        """The kind in words: `survey.poll` is "Survey: poll"."""
        app, _, what = self.kind.replace("_", " ").partition(".")
        return f"{app.capitalize()}: {what}" if what else app.capitalize()


@dataclass(frozen=True)
class Held:
    """A piece of work that a process holds, and until when; `late` where nobody renewed it."""

    name: str
    host: str
    process: str
    since: datetime | None
    expires: datetime | None
    attempts: int
    late: bool


@dataclass(frozen=True)
class Failure:
    """A piece of work that failed, or waits to be tried again, with its last words."""

    name: str
    state: str
    at: datetime | None
    error: str
    attempts: int


@dataclass(frozen=True)
class Disk:
    """Bytes: free and in all below PACT_HOME, and what models' answers take (0 in an object store)."""

    home: str
    free: int
    total: int
    shards_at: str
    shards: int


@dataclass(frozen=True)
class Service:
    """Something the installation stands on, whether it answered just now, and in which words."""

    name: str
    what: str
    ok: bool
    words: str


@dataclass(frozen=True)
class Operations:
    """The state of an installation, read at one moment. `participants` is by `cohort/state`."""

    at: datetime
    queues: tuple[Queue, ...]
    held: tuple[Held, ...]
    failures: tuple[Failure, ...]
    runs: dict[str, int]
    participants: dict[str, int]
    disk: Disk
    versions: tuple[tuple[str, str], ...]

    @property
    def idle_since(self) -> float:
        """Seconds that due work has waited while nothing at all is held: no worker is running, or
        none that takes this kind. 0 where that is not so, or not for long."""
        waited = max(queue.waiting_seconds for queue in self.queues)
        return waited if waited > IDLE_SECONDS and all(held.late for held in self.held) else 0.0


def operations() -> Operations:
    """Read it all; the same from every machine, but for the disk, which is this one's."""
    return Operations(
        at=timezone.now(),
        queues=tuple(_queues()),
        held=tuple(_held()),
        failures=tuple(_failures()),
        runs=_counted(Run.objects.values_list("state").annotate(Count("pk")).order_by("state")),
        participants=_participants(),
        disk=_disk(),
        versions=versions(),
    )


def versions() -> tuple[tuple[str, str], ...]:
    """Name and version of what runs here."""
    return (
        ("pact", code_version()),
        ("python", platform.python_version()),
        ("django", django.get_version()),
    )


def services() -> tuple[Service, ...]:
    """Ask everything that the environment names; none may keep a page waiting for long."""
    return (_database(), _cache(), _broker())


def _queues() -> Iterator[Queue]:
    yield _queue(CHUNKS, Chunk.objects.filter(run__state=Run.State.RUNNING), "run__started_at")
    for kind in settings.PACT_JOB_HANDLERS:
        yield _queue(kind, Job.objects.filter(kind=kind), "created_at")


def _queue(kind: str, rows: LeasedQuerySet[L], queued_at: str) -> Queue:
    found = rows.order_by()
    since = found.waiting().aggregate(at=Min(Coalesce("not_before", queued_at)))["at"]
    return Queue(
        kind=kind,
        counts=_counted(found.values_list("state").annotate(Count("pk"))),
        waiting_seconds=max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0,
        abandoned=found.abandoned().count(),
    )


def _held() -> Iterator[Held]:
    now = timezone.now()
    for rows in (Chunk.objects.all(), Job.objects.all()):
        running = rows.filter(state=State.RUNNING).order_by("started_at", "pk")
        for row in running[:SHOWN]:
            yield Held(
                name=_name(row),
                host=row.owner_host.partition("/")[0],
                process=row.owner_process.partition(":")[0],
                since=row.started_at,
                expires=row.lease_expires,
                attempts=row.attempts,
                late=bool(row.lease_expires and row.lease_expires < now),
            )


def _failures() -> list[Failure]:
    """What failed last, and what waits to be tried again, newest first."""
    found = [
        Failure(
            name=_name(row),
            state=row.state,
            at=row.finished_at or row.started_at,
            error=row.error.strip().splitlines()[0][:300],
            attempts=row.attempts,
        )
        for rows in (Chunk.objects.all(), Job.objects.all())
        for row in rows.filter(state__in=(State.FAILED, State.QUEUED))
        .exclude(error="")
        .order_by("-pk")[:SHOWN]
    ]
    return sorted(found, key=lambda failure: failure.at or _LONG_AGO, reverse=True)[:SHOWN]


def _name(row: Leased) -> str:
    return f"chunk {row}" if isinstance(row, Chunk) else str(row)


def _participants() -> dict[str, int]:
    rows = Participant.objects.order_by().values_list("cohort", "state").annotate(Count("pk"))
    return {f"{cohort}/{state}": number for cohort, state, number in sorted(rows)}


def _counted(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(rows))


def _disk() -> Disk:
    home = Path(settings.PACT_HOME)
    room = shutil.disk_usage(home)
    local = Chunk.objects.exclude(shard="").exists() and "://" not in settings.PACT_SHARDS
    files = Path(settings.PACT_SHARDS).rglob("*.parquet") if local else ()
    return Disk(
        home=str(home),
        free=room.free,
        total=room.total,
        shards_at=settings.PACT_SHARDS,
        shards=sum(path.stat().st_size for path in files),
    )


def _database() -> Service:
    what = connection.vendor
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ahead = pending_migrations()
    except DatabaseError as error:
        return Service("Database", what, False, str(error).strip())
    words = f"{ahead} migrations are not applied: manage.py migrate" if ahead else "answers"
    return Service("Database", f"{what} {_server_version()}".strip(), not ahead, words)


def pending_migrations() -> int:
    """How many migrations of this code the database does not have yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _server_version() -> str:
    found = connection.get_database_version()
    return ".".join(str(part) for part in found)


def _cache() -> Service:
    if not settings.REDIS_URL:
        return Service("Cache", "in each process", True, "no REDIS_URL: limits count per process")
    try:
        cache.set("pact-operations", "1", PROBE_SECONDS)
        ok = cache.get("pact-operations") == "1"
    except Exception as error:  # errors of redis and of sockets share no base
        return Service("Cache", "redis", False, type(error).__name__)
    return Service("Cache", "redis", ok, "answers" if ok else "forgets what it was told")


def _broker() -> Service:
    if not settings.PACT_BROKER_URL:
        return Service("Broker", "none", True, "no PACT_BROKER_URL: workers look into the database")
    what = settings.PACT_BROKER_URL.partition("://")[0]
    waiting = jobs.messages_waiting(timeout=PROBE_SECONDS)
    if waiting is None:
        return Service("Broker", what, False, "does not answer; beat sends again what is due")
    return Service("Broker", what, True, f"answers; {waiting:,} messages wait")
