"""The services that CI promises are there, and a job goes through all of them."""

import os
import subprocess
import sys
import time

import pytest
from celery import Celery
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from pact_site.base.models import Job, State
from pact_site.base.services import jobs

pytestmark = [pytest.mark.services]


@pytest.mark.django_db
def test_the_database_is_postgresql():
    assert connection.vendor == "postgresql"


def test_the_cache_is_redis():
    cache.set("pact-services-test", 42, 10)
    assert cache.get("pact-services-test") == 42
    assert "redis" in settings.CACHES["default"]["BACKEND"].lower()


@pytest.mark.parametrize("variable", ["PACT_BROKER_URL", "REDIS_URL"])
def test_the_broker_accepts_a_connection(variable):
    url = os.environ[variable]
    with Celery(broker=url).connection_for_write(connect_timeout=5) as broker:
        broker.ensure_connection(max_retries=1, timeout=5)
        assert broker.connected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("variable", ["PACT_BROKER_URL", "REDIS_URL"])
def test_a_celery_worker_runs_a_job_named_by_its_id(variable, settings):
    """RabbitMQ and Redis alike: enqueue, let a real worker process claim the row, see it done."""
    queue = f"pact-test-{os.getpid()}-{variable.lower()}"
    settings.PACT_BROKER_URL = ""  # the message goes to a queue of this test alone
    settings.PACT_JOB_HANDLERS = {"test.echo": "tests.services.handlers.echo"}
    environment = os.environ | {
        "DATABASE_URL": _url_of_test_database(),
        "PACT_BROKER_URL": os.environ[variable],
    }
    name = f"{queue}@%h"  # two workers of one name lock each other out of RabbitMQ
    command = [sys.executable, "-m", "celery", "-A", "tests.services.worker_app", "worker", "-Q", queue, "-n", name,
               "--pool", "solo", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]  # fmt: skip
    worker = subprocess.Popen(command, env=environment)
    try:
        job = jobs.enqueue(kind="test.echo", payload={"word": "hello"})
        Celery(broker=os.environ[variable]).send_task("base.run_job", args=[job.pk], queue=queue)
        finished = _wait_for(job.pk)
    finally:
        worker.terminate()
        worker.wait(20)
    assert finished.state == State.DONE
    assert finished.result == {"said": "hello"}
    assert finished.attempts == 1


def _wait_for(pk: int) -> Job:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = Job.objects.get(pk=pk)
        if job.state in (State.DONE, State.FAILED):
            return job
        time.sleep(0.2)
    return Job.objects.get(pk=pk)


def _url_of_test_database() -> str:
    options = connection.settings_dict
    return f"postgres://{options['USER']}:{options['PASSWORD']}@{options['HOST']}:{options['PORT']}/{options['NAME']}"
