"""Service mode: PostgreSQL holds the chunks, brokers only wake workers, Celery workers may die."""

import os
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from modeling.models import Chunk, Run
from modeling.services import runs
from modeling.services.endpoints import Endpoint
from modeling.stub import StubOptions, running_stub
from pact_site.base.models import State
from pact_site.base.services import jobs
from pact_site.celery import app as celery_app
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["PACT_BROKER_URL", "REDIS_URL"])
def broker(request):
    """RabbitMQ or another broker, and Redis: an address that is promised must work."""
    return os.environ[request.param]


@pytest.fixture
def queue(broker):
    return f"pact-chunks-{os.getpid()}-{broker.partition(':')[0]}"


def stop_worker(worker):
    """Ask a worker whose work is done to go; Celery on Redis now and then does not hear it."""
    worker.terminate()
    try:
        worker.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def start_worker(broker, queue, settings):
    """A Celery worker with two processes, in a group of its own so that all of it can be killed."""
    db = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}",
        "PACT_HOME": str(settings.PACT_HOME),
        "PACT_SHARDS": settings.PACT_SHARDS,
        "PACT_BROKER_URL": broker,
        "PACT_LEASE_SECONDS": "3",
    }
    name = f"{uuid.uuid4().hex}@%h"  # two workers of one name lock each other out of RabbitMQ
    command = [sys.executable, "-m", "celery", "-A", "pact_site", "worker", "-Q", queue, "-c", "2", "-n", name,
               "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]  # fmt: skip
    return subprocess.Popen(command, env=environment, start_new_session=True)


def wait_until(true, seconds=120):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_celery_workers_are_killed_mid_run_and_no_cell_is_lost_or_doubled(broker, queue, settings):
    settings.PACT_BROKER_URL = ""  # messages go to a queue of this test alone
    settings.PACT_LEASE_SECONDS = 3
    app = Celery(broker=broker)

    def send_waiting():
        waiting = Chunk.objects.filter(run__state=Run.State.RUNNING).claimable()
        for pk in waiting.values_list("pk", flat=True):
            app.send_task("modeling.run_chunk", args=[pk], queue=queue)

    with running_stub(StubOptions(latency_ms=200)) as stub:
        endpoint = Endpoint("env", "openai", "pact-stub-1", stub.base_url)
        run = make_plan(make_release(4), endpoint=endpoint, chunk_size=25).run
        runs.start(run=run)
        send_waiting()
        send_waiting()  # every message twice: a redelivery does no harm
        done = run.chunks.filter(state=State.DONE)
        victim = start_worker(broker, queue, settings)
        try:
            wait_until(lambda: done.exists() and run.chunks.filter(state=State.RUNNING).exists())
        finally:
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
        assert 0 < done.count() < run.chunks.count()
        time.sleep(3.5)  # the leases of the dead run out
        send_waiting()
        helper = start_worker(broker, queue, settings)
        try:
            wait_until(lambda: Run.objects.get(pk=run.pk).state == Run.State.DONE)
        finally:
            stop_worker(helper)
    keys = [row["cell_key"] for row in stored_rows(run)]
    assert len(keys) == len(set(keys)) == run.cells
    assert sorted(keys) == sorted(planned_keys(run))


@pytest.fixture
def app(broker, queue, settings, monkeypatch):
    """The platform's Celery application on this broker, with a queue that is emptied afterwards."""
    settings.PACT_BROKER_URL = broker
    own = Celery(broker=broker)
    own.conf.task_default_queue = own.conf.task_default_routing_key = f"{queue}-dispatch"
    own.set_current()
    yield own
    with own.connection_for_write() as connection:
        connection.default_channel.queue_purge(own.conf.task_default_queue)
    celery_app.set_current()


def messages(app):
    with app.connection_for_write() as connection:
        name = app.conf.task_default_queue
        return connection.default_channel.queue_declare(queue=name, passive=True).message_count


def test_starting_a_run_sends_its_chunks_to_the_broker(app):
    run = make_plan(make_release(1), chunk_size=50).run
    assert runs.start(run=run)
    assert run.chunks.filter(dispatched_at__isnull=False).count() == run.chunks.count()
    assert messages(app) == run.chunks.count()
    assert runs.dispatch() == 0, "what was sent a moment ago is not sent again"


def test_a_large_run_does_not_flood_the_broker(app):
    run = make_plan(make_release(3), chunk_size=1).run
    assert run.chunks.count() > jobs.MOST_MESSAGES
    runs.start(run=run)
    sent = run.chunks.filter(dispatched_at__isnull=False)
    assert sent.count() == messages(app) == jobs.MOST_MESSAGES
    sent.update(dispatched_at=timezone.now() - timedelta(hours=1))
    assert runs.dispatch() == 0, "nobody has taken any: more would not help"
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(app.conf.task_default_queue)
    assert runs.dispatch(when_low=True) == jobs.MOST_MESSAGES, "flushed, they are sent again"
    assert runs.dispatch(when_low=True) == 0
