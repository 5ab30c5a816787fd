"""Preflights asked for on pages: jobs, since a worker may have to wait for a server."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from modeling.models import ModelEndpoint, Run
from modeling.services import preflight
from modeling.services.endpoints import of_row
from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State, User
from pact_site.base.services import jobs
from pact_site.base.services.jobs import Context

JOB: Final = "modeling.preflight"
OPEN: Final = (State.QUEUED, State.RUNNING)


def of_run(run: Run, *, actor: User | None = None) -> Job:
    """Queue a preflight of the run; the one that is under way, if there is one."""
    return _once({"run": run.public_id}, actor)


def of_endpoint(row: ModelEndpoint, *, actor: User | None = None) -> Job:
    """Queue a preflight of the endpoint by itself; its result stays on the job."""
    return _once({"endpoint": row.name}, actor)


def last_of_run(run: Run) -> Job | None:
    """The newest preflight of the run that was asked for on a page."""
    return _jobs({"run": run.public_id}).first()


def last_of_endpoint(row: ModelEndpoint) -> Job | None:
    """The newest preflight of the endpoint by itself."""
    return _jobs({"endpoint": row.name}).first()


def run_job(payload: dict[str, object], context: Context) -> dict[str, object]:
    """Do it. BadInput where run or endpoint are gone."""
    if "endpoint" in payload:
        row = ModelEndpoint.objects.filter(name=payload["endpoint"]).first()
        if row is None:
            raise BadInput("There is no such endpoint.", found=payload["endpoint"])
        return preflight.of_endpoint(of_row(row))
    run = Run.objects.filter(public_id=payload.get("run")).first()
    if run is None:
        raise BadInput("There is no such run.", found=payload.get("run"))
    return {"passed": preflight.of_run(run)["passed"]}


def _once(payload: dict[str, object], actor: User | None) -> Job:
    with transaction.atomic():
        waiting = _jobs(payload).filter(state__in=OPEN).first()
        return waiting or jobs.enqueue(kind=JOB, payload=payload, actor=actor)


def _jobs(payload: dict[str, object]) -> QuerySet[Job]:
    ((name, value),) = payload.items()
    return Job.objects.filter(kind=JOB, **{f"payload__{name}": value}).order_by("-pk")
