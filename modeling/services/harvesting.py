"""What follows a finished run: a job that reads its shards and writes results elsewhere."""

from __future__ import annotations

import time
from typing import Final

from modeling.models import Run
from modeling.services import questions
from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State
from pact_site.base.services import jobs
from pact_site.base.services.jobs import Context

JOB: Final = "modeling.harvest"
LOOK_EVERY_S: Final = 0.25


def enqueue(run: Run) -> Job | None:
    """Queue the harvest of a run that has just become done; None where its kind has none."""
    if run.imported or questions.kind_of(run).harvest is None:
        return None
    return jobs.enqueue(kind=JOB, payload={"run": run.public_id}, actor=run.created_by)


def run_job(payload: dict[str, object], context: Context) -> dict[str, object]:
    """Write what the run brought. Doing it twice writes nothing twice; BadInput without the run."""
    run = Run.objects.filter(public_id=payload.get("run")).first()
    if run is None:
        raise BadInput("There is no such run.", found=payload.get("run"))
    harvest = questions.kind_of(run).harvest
    if harvest is None or run.state != Run.State.DONE:
        return {}  # it has grown since: the harvest comes when it is done again
    return harvest(run, context)


def ensure(run: Run) -> Job | None:
    """See a done run harvested, and try again where the last try failed; its last job."""
    last = Job.objects.filter(kind=JOB, payload__run=run.public_id).order_by("-pk").first()
    if last is None or last.state == State.FAILED:
        enqueue(run)
    return see_through(run)


def see_through(run: Run) -> Job | None:
    """Harvest in this process, or wait for the worker that has taken the job; its last job."""
    waiting = Job.objects.filter(kind=JOB, payload__run=run.public_id)
    while (open_jobs := waiting.filter(state__in=(State.QUEUED, State.RUNNING))).exists():
        job = open_jobs.claim()
        if job:
            jobs.run_claimed(job)
        else:
            time.sleep(LOOK_EVERY_S)
    return waiting.order_by("-pk").first()
