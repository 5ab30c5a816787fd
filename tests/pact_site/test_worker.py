"""The worker loop: chunks and jobs side by side, until idle or told to stop."""

import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from modeling.backends import absent_kinds
from modeling.models import Run
from modeling.services import runs
from modeling.services.endpoints import Endpoint
from modeling.services.engine import run_one
from pact_site.base.errors import BadInput
from pact_site.base.models import MAX_CLAIMS, Job, State
from pact_site.base.services import jobs
from pact_site.services.working import Worker, chosen_endpoints, chosen_kinds, kinds_of_work
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _handlers(settings):
    compact = settings.PACT_JOB_HANDLERS["modeling.compact"]
    settings.PACT_JOB_HANDLERS = {
        "test.echo": "tests.services.handlers.echo",
        "modeling.compact": compact,
    }


def until_idle(*kinds, endpoints=()):
    Worker(chosen_kinds(kinds), until_idle=True, endpoints=endpoints).work()


def test_it_ends_at_once_where_there_is_nothing_to_do():
    until_idle()


def test_it_does_chunks_and_jobs_and_then_ends():
    run = make_plan(make_release(1), chunk_size=50).run
    runs.start(run=run)
    job = jobs.enqueue(kind="test.echo", payload={"word": "hello"})
    until_idle()
    run.refresh_from_db()
    job.refresh_from_db()
    assert run.state == Run.State.DONE
    assert sorted(row["cell_key"] for row in stored_rows(run)) == sorted(planned_keys(run))
    assert (job.state, job.result) == (State.DONE, {"said": "hello"})


def test_kinds_limit_what_it_takes():
    run = make_plan(make_release(1)).run
    runs.start(run=run)
    job = jobs.enqueue(kind="test.echo", payload={"word": "hello"})
    until_idle("test.echo")
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.state, job.state) == (Run.State.RUNNING, State.DONE)
    until_idle("chunks")
    run.refresh_from_db()
    assert run.state == Run.State.DONE


def test_endpoints_limit_whose_chunks_it_takes():
    release = make_release(1)
    noisy, uniform = (
        make_plan(release, endpoint=name).run for name in ("baseline:noisy", "baseline:uniform")
    )
    for run in (noisy, uniform):
        runs.start(run=run)
    until_idle(endpoints=("openai",))
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.RUNNING}
    until_idle("chunks", endpoints=("baseline:uniform",))
    states = [Run.objects.get(pk=run.pk).state for run in (noisy, uniform)]
    assert states == [Run.State.RUNNING, Run.State.DONE]
    until_idle(endpoints=("openai", "baseline"))
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.DONE}


def test_jobs_stands_for_every_kind_of_job(settings):
    every = ("test.echo", "modeling.compact")
    assert chosen_kinds(["jobs"]) == every
    assert chosen_kinds(["chunks", "jobs"]) == ("chunks", *every)


def test_a_run_whose_answers_are_imported_is_asked_by_nobody():
    run = make_plan(make_release(1)).run
    Run.objects.update(endpoint=run.endpoint | {"kind": "files"})
    runs.start(run=run)
    until_idle()
    assert run.chunks.get().state == State.QUEUED


@pytest.mark.skipif(not absent_kinds(), reason="every package is installed here")
def test_chunks_for_a_package_of_another_environment_wait_for_a_worker_there():
    run = make_plan(make_release(1), endpoint=Endpoint("gpu", "vllm", "some/model")).run
    runs.start(run=run)
    until_idle()
    run_one(run.chunks.get().pk)  # as Celery would
    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.RUNNING, "")
    assert (run.chunks.get().state, run.chunks.get().attempts) == (State.QUEUED, 0)


@pytest.mark.parametrize("words", [["fancy"], ["baseline", "baseline:fancy"]])
def test_an_endpoint_nobody_knows_is_named_with_those_there_are(words):
    with pytest.raises(BadInput, match=r"fancy.*baseline:noisy"):
        chosen_endpoints(words)


def test_planned_and_stopped_runs_are_left_alone():
    make_plan(make_release(1))
    until_idle()
    assert Run.objects.get().state == Run.State.PLANNED


def test_a_chunk_whose_workers_died_again_and_again_fails_and_its_run_ends():
    run = make_plan(make_release(1), chunk_size=72).run
    runs.start(run=run)
    first = run.chunks.order_by("number").first()
    run.chunks.filter(pk=first.pk).update(
        state=State.RUNNING,
        attempts=MAX_CLAIMS,
        lease_expires=timezone.now() - timezone.timedelta(1),
    )
    until_idle()
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "died" in run.error
    assert len(stored_rows(run)) == 72
    runs.start(run=run)
    until_idle()
    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.DONE, "")
    assert sorted(row["cell_key"] for row in stored_rows(run)) == sorted(planned_keys(run))


def test_it_stops_when_told_although_work_is_left():
    run = make_plan(make_release(1)).run
    runs.start(run=run)
    stopping = threading.Event()
    stopping.set()
    Worker(kinds_of_work(), stopping=stopping).work()
    assert run.chunks.get().state == State.QUEUED


def test_a_job_that_takes_too_long_is_given_back_when_told_to_stop(settings):
    settings.PACT_STOP_SECONDS = 0.1
    settings.PACT_JOB_HANDLERS = {"test.endless": "tests.services.handlers.endless"}
    job = jobs.enqueue(kind="test.endless", payload={})
    worker = Worker(kinds_of_work())
    threading.Thread(target=stop_once_running, args=(worker, job)).start()
    worker.work()
    job.refresh_from_db()
    assert worker.gave_back == job
    assert (job.state, job.attempts, job.message) == (State.QUEUED, 0, "")
    assert Job.objects.filter(pk=job.pk).claim(), "another worker may have it at once"


def test_a_job_that_ends_in_time_is_not_given_back(settings):
    settings.PACT_JOB_HANDLERS = {"test.endless": "tests.services.handlers.endless"}
    job = jobs.enqueue(kind="test.endless", payload={"seconds": 0.5})
    worker = Worker(kinds_of_work())
    threading.Thread(target=stop_once_running, args=(worker, job)).start()
    worker.work()
    job.refresh_from_db()
    assert (worker.gave_back, job.state) == (None, State.DONE)


def stop_once_running(worker, job):
    while not Job.objects.filter(pk=job.pk, message="at it").exists():
        time.sleep(0.02)
    connection.close()
    worker.stopping.set()


def test_an_unknown_kind_is_named_with_those_there_are():
    with pytest.raises(BadInput, match="fancy"):
        chosen_kinds(["fancy"])
    with pytest.raises(CommandError) as caught:
        call_command("worker", "--kinds", "fancy")
    assert caught.value.returncode == 2
    assert "chunks" in str(caught.value)


def test_a_failing_job_does_not_stop_the_worker():
    bad = jobs.enqueue(kind="test.echo", payload={})
    Job.objects.filter(pk=bad.pk).update(attempts=5)
    good = jobs.enqueue(kind="test.echo", payload={"word": "hello"})
    until_idle()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (State.FAILED, State.DONE)
    assert "KeyError" in bad.error


def test_sweep_shards_says_what_it_found(capsys, settings, tmp_path):
    call_command("sweep_shards", "--dry-run")
    assert "0 in use, 0 orphans would be removed" in capsys.readouterr().out
    with pytest.raises(CommandError) as caught:
        call_command("sweep_shards", "--older-than-hours", "-1")
    assert caught.value.returncode == 2
