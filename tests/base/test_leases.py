from datetime import timedelta

import pytest
from django.utils import timezone

from pact_site.base import owners
from pact_site.base.models import EAGER_CLAIMS, MAX_CLAIMS, Job, State

from . import processes


def make_job(**fields) -> Job:
    return Job.objects.create(**{"kind": "echo", "payload": {}} | fields)


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_expires=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
class TestClaim:
    def test_nothing_to_do_is_none(self):
        assert Job.objects.claim() is None

    def test_claimed_work_is_running_under_a_lease_of_the_set_length(self, settings):
        settings.PACT_LEASE_SECONDS = 600
        make_job()
        before = timezone.now()
        job = Job.objects.claim()
        assert (job.state, job.attempts) == (State.RUNNING, 1)
        assert before + timedelta(seconds=600) <= job.lease_expires
        assert job.started_at >= before

    def test_a_row_is_handed_out_once(self):
        make_job()
        assert Job.objects.claim() is not None
        assert Job.objects.claim() is None

    def test_order_is_priority_then_age(self):
        late, urgent, early = make_job(priority=5), make_job(priority=-1), make_job()
        claimed = [Job.objects.claim().pk for _ in range(3)]
        assert claimed == [urgent.pk, early.pk, late.pk]

    def test_only_rows_of_the_queryset_are_taken(self):
        make_job(kind="other")
        mine = make_job()
        assert Job.objects.filter(kind="echo").claim() == mine
        assert Job.objects.filter(kind="echo").claim() is None

    def test_work_that_is_not_due_waits(self):
        job = make_job(not_before=timezone.now() + timedelta(hours=1))
        assert Job.objects.claim() is None
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
        assert Job.objects.claim() == job

    @pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
    def test_ended_work_is_not_taken_again(self, state):
        make_job(state=state, lease_expires=timezone.now() - timedelta(hours=1))
        assert Job.objects.claim() is None

    def test_an_expired_lease_is_taken_over(self):
        make_job()
        first = Job.objects.claim()
        expire(first)
        second = Job.objects.claim()
        assert second == first
        assert second.attempts == 2
        assert second.lease_token != first.lease_token

    def test_a_row_that_kills_its_workers_is_given_up(self):
        job = make_job(state=State.RUNNING, attempts=MAX_CLAIMS)
        expire(job)
        assert Job.objects.claim() is None
        assert Job.objects.all().fail_exhausted() == 1
        job.refresh_from_db()
        assert job.state == State.FAILED
        assert str(MAX_CLAIMS) in job.error

    def test_abandoned_work_comes_first_but_what_kills_workers_comes_last(self):
        once, often, fresh = make_job(priority=5), make_job(), make_job()
        for job, attempts in ((once, 1), (often, EAGER_CLAIMS)):
            Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempts=attempts)
            expire(job)
        assert [Job.objects.claim() for _ in range(4)] == [once, fresh, often, None]

    def test_who_does_not_look_for_abandoned_work_takes_the_queue_alone(self):
        abandoned, fresh = make_job(), make_job(priority=5)
        assert Job.objects.claim() == abandoned
        expire(abandoned)
        taken = [Job.objects.claim(abandoned=look) for look in (False, False, True)]
        assert taken == [fresh, None, abandoned]

    def test_a_live_row_is_not_given_up(self):
        make_job(attempts=MAX_CLAIMS - 1)
        Job.objects.claim()
        assert Job.objects.all().fail_exhausted() == 0


@pytest.mark.django_db
class TestHolding:
    @pytest.fixture
    def job(self):
        make_job()
        return Job.objects.claim()

    @pytest.fixture
    def lost(self, job):
        """A job whose lease ran out and which somebody else has now."""
        expire(job)
        Job.objects.claim()
        return job

    def test_renewing_moves_the_end(self, job):
        expire(job)
        assert job.renew()
        assert Job.objects.get().lease_expires > timezone.now()

    def test_finishing_writes_state_and_columns_at_once(self, job):
        assert job.finish(result={"n": 3}, progress=1.0)
        stored = Job.objects.get()
        assert (stored.state, stored.result, stored.progress) == (State.DONE, {"n": 3}, 1.0)
        assert stored.finished_at
        assert stored.lease_expires is None

    def test_failing_for_good_keeps_the_reason(self, job):
        assert job.fail("why")
        stored = Job.objects.get()
        assert (stored.state, stored.error) == (State.FAILED, "why")
        assert Job.objects.claim() is None

    def test_failing_with_a_retry_waits_its_time(self, job):
        assert job.fail("why", retry_in=timedelta(hours=1))
        stored = Job.objects.get()
        assert (stored.state, stored.finished_at) == (State.QUEUED, None)
        assert stored.not_before > timezone.now() + timedelta(minutes=59)
        assert Job.objects.claim() is None

    def test_success_after_a_failure_clears_the_error(self, job):
        job.fail("why", retry_in=timedelta(0))
        assert Job.objects.claim().finish()
        assert Job.objects.get().error == ""

    @pytest.mark.parametrize(
        "act", [Job.renew, Job.finish, lambda job: job.fail("x")], ids=["renew", "finish", "fail"]
    )
    def test_a_lost_lease_changes_nothing(self, lost, act):
        before = Job.objects.values().get()
        assert act(lost) is False
        assert Job.objects.values().get() == before

    def test_a_cancelled_job_is_no_longer_held(self, job):
        Job.objects.update(state=State.CANCELLED)
        assert not job.finish()
        assert Job.objects.get().state == State.CANCELLED

    def test_finishing_twice_is_refused(self, job):
        assert job.finish()
        assert not job.finish()


def contender(mode, home):
    """A worker process; without pages it begins in half the time."""
    light = {"DJANGO_SETTINGS_MODULE": "pact_site.light_settings"}
    return processes.start("tests.base.contender", mode, home=home, **light)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestProcesses:
    """On SQLite by default, on PostgreSQL under `make test-services`."""

    def test_three_workers_share_the_work_without_loss_or_repeat(self, tmp_path):
        expected = {make_job().pk for _ in range(60)}
        workers = [contender(n, tmp_path) for n in range(3)]
        printed = [worker.communicate(timeout=120)[0].split() for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0, 0]
        finished = sorted(int(pk) for lines in printed for pk in lines)
        assert finished == sorted(expected)
        assert set(Job.objects.values_list("state", "attempts")) == {(State.DONE, 1)}

    @pytest.fixture
    def held(self, tmp_path):
        """A job in the hands of a process that will never come back, and the process."""
        job = make_job(kind="hang")
        worker = contender("hang", tmp_path)
        assert worker.stdout.readline() == "working\n"
        yield job, worker
        worker.kill()
        worker.wait()

    def test_a_job_is_taken_over_at_once_when_its_worker_was_killed_on_this_host(self, held):
        job, worker = held
        assert Job.objects.claim() is None  # its worker lives and holds it
        worker.kill()
        worker.wait()
        again = Job.objects.claim()
        assert (again, again.attempts) == (job, 2)
        assert (again.owner_host, again.owner_process) == (
            owners.this_host(), owners.this_process(),
        )  # fmt: skip
        assert again.finish()

    def test_a_worker_of_another_host_is_waited_for_until_its_lease_ends(self, held):
        job, worker = held
        worker.kill()
        worker.wait()
        Job.objects.update(owner_host="elsewhere")
        assert Job.objects.claim() is None
        expire(job)
        assert Job.objects.claim() == job
