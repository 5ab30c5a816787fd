"""Celery's doorways to jobs."""

from celery import shared_task

from .models import Job
from .services import jobs


@shared_task(name="base.run_job")
def run_job(pk: int) -> None:
    """Claim and run one job; quietly nothing if it is not claimable."""
    job = Job.objects.filter(pk=pk).claim()
    if job is not None:
        jobs.run_claimed(job)


@shared_task(name="base.dispatch_waiting")
def dispatch_waiting() -> int:
    """Send jobs again whose message or worker was lost."""
    return jobs.dispatch_waiting("base.run_job", Job.objects.all())
