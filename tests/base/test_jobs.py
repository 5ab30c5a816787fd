import threading
from datetime import timedelta

import pytest
from celery import Celery, current_app
from django.db import OperationalError
from django.utils import timezone

from pact_site.base.checks import job_handlers
from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State
from pact_site.base.services import jobs
from pact_site.base.tasks import dispatch_waiting, run_job

from .handlers import KINDS


@pytest.fixture(autouse=True)
def handlers(settings):
    settings.PACT_JOB_HANDLERS = KINDS


@pytest.fixture
def no_broker():
    """A Celery application of its own, without pooled connections, told of a broker where nobody
    listens."""
    before = current_app._get_current_object()
    lonely = Celery(broker="amqp://127.0.0.1:1//")
    lonely.conf.broker_transport_options = before.conf.broker_transport_options
    lonely.set_current()
    yield lonely.conf.broker_url
    before.set_current()


def run(kind, **payload) -> Job:
    """Queue a job, claim it and run it; as it stands afterwards."""
    jobs.enqueue(kind=kind, payload=payload)
    jobs.run_claimed(Job.objects.claim())
    return Job.objects.get()


@pytest.mark.django_db
class TestRunning:
    def test_done_keeps_result_and_full_progress(self):
        job = run("echo", word="hello")
        assert (job.state, job.result, job.progress) == (State.DONE, {"said": "hello"}, 1.0)
        assert job.message == "half way"

    def test_bad_input_fails_at_once_with_its_message(self):
        job = run("refuse")
        assert (job.state, job.error, job.attempts) == (State.FAILED, "a.csv, row 2: No.", 1)

    def test_a_fault_is_tried_again_later_and_then_given_up(self):
        job = run("break")
        waits = []
        while job.state == State.QUEUED:
            waits.append(job.not_before)
            Job.objects.update(not_before=None)
            jobs.run_claimed(Job.objects.claim())
            job.refresh_from_db()
        assert (job.state, job.attempts) == (State.FAILED, jobs.MAX_ATTEMPTS)
        assert job.error == "RuntimeError: a fault"
        assert len(waits) == jobs.MAX_ATTEMPTS - 1
        assert all(wait > timezone.now() - timedelta(minutes=1) for wait in waits)

    def test_a_cancelled_job_stops_at_its_next_report_and_stays_cancelled(self):
        job = jobs.enqueue(kind="cancelled", payload={})
        Job.objects.update(payload={"pk": job.pk})
        jobs.run_claimed(Job.objects.claim())
        assert Job.objects.get().state == State.CANCELLED

    def test_unknown_kind_is_refused_before_it_is_queued(self):
        with pytest.raises(BadInput, match="Unknown kind"):
            jobs.enqueue(kind="dance", payload={})
        assert not Job.objects.exists()

    def test_the_task_runs_only_what_is_claimable(self):
        job = jobs.enqueue(kind="echo", payload={"word": "once"})
        run_job(job.pk)
        run_job(job.pk)
        run_job(job.pk + 1)
        assert Job.objects.get().attempts == 1

    def test_who_asked_is_kept(self, researcher):
        job = jobs.enqueue(kind="echo", payload={}, actor=researcher, priority=3)
        assert (job.created_by, job.priority) == (researcher, 3)


@pytest.mark.django_db(transaction=True)
class TestRenewing:
    @pytest.fixture
    def job(self, settings):
        settings.PACT_LEASE_SECONDS = 0.3
        jobs.enqueue(kind="echo", payload={})
        return Job.objects.claim()

    def test_the_lease_is_renewed_while_work_goes_on(self, job):
        first = job.lease_expires
        with jobs.renewing(job) as lost:
            for _ in range(200):
                if Job.objects.get().lease_expires > first or lost.wait(0.05):
                    break
        assert not lost.is_set()
        assert Job.objects.get().lease_expires > first

    def test_a_lost_lease_is_noticed(self, job):
        with jobs.renewing(job) as lost:
            Job.objects.update(state=State.CANCELLED)
            assert lost.wait(20)

    def test_the_thread_ends_with_the_work(self, job):
        with jobs.renewing(job):
            assert f"lease-{job.pk}" in {thread.name for thread in threading.enumerate()}
        assert f"lease-{job.pk}" not in {thread.name for thread in threading.enumerate()}

    def test_a_database_that_stumbles_does_not_lose_the_lease(self, job, monkeypatch):
        beats = iter([OperationalError("locked"), True, False])

        def renew(self):
            beat = next(beats)
            if isinstance(beat, Exception):
                raise beat
            return beat

        monkeypatch.setattr(Job, "renew", renew)
        with jobs.renewing(job) as lost:
            assert lost.wait(20)
        assert next(beats, "all used") == "all used"


@pytest.mark.django_db
class TestDispatch:
    def test_without_a_broker_nothing_is_stamped(self, settings):
        settings.PACT_BROKER_URL = ""
        jobs.enqueue(kind="echo", payload={})
        assert Job.objects.get().dispatched_at is None

    def test_waiting_rows_are_sent_once_a_minute(self, monkeypatch):
        sent = []
        monkeypatch.setattr(jobs, "_send", lambda task, pk: sent.append((task, pk)) or True)
        monkeypatch.setattr(jobs, "_room_at_broker", lambda: jobs.MOST_MESSAGES)
        job = Job.objects.create(kind="echo")
        Job.objects.create(kind="echo", state=State.DONE)
        assert dispatch_waiting() == 1
        assert dispatch_waiting() == 0
        Job.objects.update(dispatched_at=timezone.now() - timedelta(seconds=61))
        assert dispatch_waiting() == 1
        assert sent == [("base.run_job", job.pk)] * 2

    def test_an_unreachable_broker_does_not_break_the_request(
        self, settings, no_broker, django_capture_on_commit_callbacks, caplog
    ):
        settings.PACT_BROKER_URL = no_broker
        with django_capture_on_commit_callbacks(execute=True):
            jobs.enqueue(kind="echo", payload={})
        assert "Broker unreachable" in caplog.text
        assert Job.objects.get().dispatched_at is not None


class TestCheck:
    def test_handlers_that_exist_pass(self):
        assert job_handlers(None) == []

    def test_a_handler_that_cannot_be_imported_is_named(self, settings):
        settings.PACT_JOB_HANDLERS = {"dance": "nowhere.dance"}
        (problem,) = job_handlers(None)
        assert problem.id == "base.E001"
        assert "dance" in problem.msg
