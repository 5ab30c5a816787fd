"""The worker: one process that leases jobs and chunks from the database until told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from modeling.backends import KINDS
from modeling.backends.baseline import RULES
from modeling.models import ModelEndpoint
from modeling.services import chunks, runs, sweeping
from modeling.services.endpoints import BASELINE, ENVIRONMENT
from modeling.services.engine import Engine
from pact_site.base.errors import BadInput
from pact_site.base.models import Job
from pact_site.base.patience import Pause
from pact_site.base.services import jobs

log = logging.getLogger(__name__)

CHUNKS: Final = "chunks"
JOBS: Final = "jobs"
SWEEP_EVERY_S: Final = 600.0


def kinds_of_work() -> tuple[str, ...]:
    """Everything a worker can lease: chunks of runs, and each kind of job."""
    return (CHUNKS, *settings.PACT_JOB_HANDLERS)


def chosen_kinds(words: Collection[str]) -> tuple[str, ...]:
    """These kinds, or all where none is named; `jobs` is every kind of job. BadInput for others."""
    unknown = sorted(set(words) - {*kinds_of_work(), JOBS})
    if unknown:
        raise BadInput(
            "--kinds has an unknown kind of work.", found=", ".join(unknown),
            expected=", ".join((CHUNKS, JOBS, *settings.PACT_JOB_HANDLERS)),
        )  # fmt: skip
    named = [kind for kind in words if kind != JOBS]
    every_job = settings.PACT_JOB_HANDLERS if JOBS in words else ()
    return tuple(dict.fromkeys((*named, *every_job))) or kinds_of_work()


def chosen_endpoints(words: Collection[str]) -> tuple[str, ...]:
    """These names or kinds of endpoints; BadInput for one that nothing goes by."""
    rows = set(ModelEndpoint.objects.values_list("name", flat=True))
    shipped = {ENVIRONMENT, *(f"{BASELINE}:{rule}" for rule in RULES)}
    known = {*KINDS, *shipped, *rows}
    unknown = sorted(set(words) - known)
    if unknown:
        raise BadInput(
            "--endpoints names no endpoint and no kind of one.", found=", ".join(unknown),
            expected=", ".join((*KINDS, *sorted(shipped | rows))),
        )  # fmt: skip
    return tuple(words)


@dataclass
class Worker:
    """Chunks in the calling thread, jobs one at a time in a thread beside it.

    A report that takes minutes so never keeps the leases of chunks from being renewed. `endpoints`
    (names or kinds) keep to chunks of runs that ask one of them. `gave_back` is a job that was not
    over `PACT_STOP_SECONDS` after we were told to stop: its thread may still be at it, to no effect
    but on what it has hidden, so the process had better end.
    """

    kinds: tuple[str, ...]
    until_idle: bool = False
    endpoints: tuple[str, ...] = ()
    stopping: threading.Event = field(default_factory=threading.Event)
    gave_back: Job | None = None
    _job: Job | None = None
    _swept: float = -SWEEP_EVERY_S

    def work(self) -> None:
        """Work until stopped, or until nothing is left to do. What is in flight is given back."""
        lane = threading.Thread(target=self._run_jobs, name="jobs", daemon=True)
        lane.start()
        try:
            self._run_chunks()
        finally:
            told = self.stopping.is_set()
            self.stopping.set()
            lane.join(settings.PACT_STOP_SECONDS if told else None)
            if lane.is_alive():
                self._give_back_job()

    def _give_back_job(self) -> None:
        """Let others have the job that takes longer than we may take to stop."""
        if self._job and jobs.give_back(self._job):
            log.warning("Gave back %s: told to stop while at it", self._job)
            self.gave_back = self._job

    @property
    def job_kinds(self) -> list[str]:
        """The kinds of jobs among `kinds`."""
        return [kind for kind in self.kinds if kind != CHUNKS]

    def work_is_left(self) -> bool:
        """Whether anything is queued or running, here or elsewhere; a dead worker's lease counts."""
        if CHUNKS in self.kinds and chunks.open_chunks(self.endpoints):
            return True
        return Job.objects.filter(kind__in=self.job_kinds, state__in=runs.OPEN).exists()

    def _run_chunks(self) -> None:
        pause = Pause(self.stopping)
        with Engine(endpoints=self.endpoints) as engine:
            while not self.stopping.is_set():
                try:
                    busy = CHUNKS in self.kinds and engine.step()
                    if not busy and self._is_over():
                        return
                except DatabaseError as error:
                    pause.after_trouble(error)
                else:
                    pause.after_step(busy=busy)

    def _run_jobs(self) -> None:
        pause = Pause(self.stopping)
        while not self.stopping.is_set():
            try:
                job = (
                    Job.objects.filter(kind__in=self.job_kinds).claim() if self.job_kinds else None
                )
                if job:
                    self._job = job
                    jobs.run_claimed(job)
            except DatabaseError as error:
                pause.after_trouble(error)
            else:
                pause.after_step(busy=job is not None)
        connection.close()

    def _is_over(self) -> bool:
        close_old_connections()
        runs.give_up_exhausted()
        Job.objects.all().fail_exhausted()
        if time.monotonic() - self._swept > SWEEP_EVERY_S:
            self._swept = time.monotonic()
            sweeping.remove_retired()
        return self.until_idle and not self.work_is_left()
