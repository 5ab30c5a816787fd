"""The operations page, its REST counterpart and Prometheus' text: the state of real rows."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as real_settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from pact_site import counts
from pact_site.base.models import Job, State
from pact_site.base.services import jobs
from pact_site.services.operations import operations, services

pytestmark = pytest.mark.django_db
REPORT = "analysis.report"


def queue(kind=REPORT):
    return next(queue for queue in operations().queues if queue.kind == kind)


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def work():
    """Of reports: one waits, one is held, one was abandoned, one failed with a word."""
    rows = [jobs.enqueue(kind=REPORT, payload={"number": number}) for number in range(4)]
    Job.objects.filter(pk=rows[0].pk).update(created_at=timezone.now() - timedelta(minutes=5))
    held, left, failed = (Job.objects.filter(pk=row.pk).claim() for row in rows[1:])
    Job.objects.filter(pk=left.pk).update(lease_expires=timezone.now() - timedelta(seconds=9))
    failed.fail("The disk is full.\nTraceback of many lines")
    return rows[0], held, left, failed


class TestWhatIsRead:
    def test_an_empty_installation_has_empty_queues(self):
        now = operations()
        assert {queue.kind for queue in now.queues} == {"chunks", *real_settings.PACT_JOB_HANDLERS}
        assert not any(queue.counts for queue in now.queues)
        assert (now.held, now.failures, now.runs) == ((), (), {})
        assert now.disk.free > 0

    def test_queues_count_states_waiting_and_abandoned(self, work):
        found = queue()
        assert found.counts == {"queued": 1, "running": 2, "failed": 1}
        assert found.abandoned == 1
        assert 290 < found.waiting_seconds < 400
        assert found.title == "Analysis: report"

    def test_leases_name_their_owner_and_whether_it_renewed(self, work):
        _, held, left, _ = work
        late = {lease.name: lease.late for lease in operations().held}
        assert late == {str(held): False, str(left): True}
        assert {lease.process for lease in operations().held} == {str(os.getpid())}

    def test_failures_say_their_last_words_in_one_line(self, work):
        (failure,) = operations().failures
        assert (failure.name, failure.state) == (str(work[3]), State.FAILED)
        assert failure.error == "The disk is full."

    def test_what_will_be_tried_again_is_a_failure_too(self, work):
        work[1].fail("A hiccup.", retry_in=timedelta(hours=1))
        again = next(f for f in operations().failures if f.state == State.QUEUED)
        assert again.error == "A hiccup."

    def test_work_that_nobody_takes_is_told_apart_from_a_busy_queue(self, work):
        assert operations().idle_since == 0.0  # somebody holds a lease
        Job.objects.filter(state=State.RUNNING).update(state=State.DONE)
        assert 290 < operations().idle_since < 400

    def test_services_of_one_machine_all_work(self, settings):
        settings.REDIS_URL = settings.PACT_BROKER_URL = ""
        assert all(service.ok for service in services())

    def test_a_cache_that_is_gone_is_said(self, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": settings.REDIS_URL}}
        cache = next(service for service in services() if service.name == "Cache")
        assert not cache.ok
        assert cache.words == "ConnectionError"


class TestPage:
    def test_it_shows_work_leases_and_failures(self, client, administrator, work):
        client.force_login(administrator)
        text = client.get("/operations/").content.decode()
        for word in (str(work[1]), "not renewed", "The disk is full.", "Analysis: report"):
            assert word in text
        assert "Traceback" not in text

    def test_it_renews_its_middle_alone(self, client, administrator):
        client.force_login(administrator)
        part = client.get("/operations/", headers={"hx-request": "true"}).content.decode()
        assert part.startswith('<div id="operations"')
        assert "<html" not in part

    def test_rest_tells_the_same_to_administrators_alone(self, client, administrator, researcher):
        client.force_login(researcher)
        assert client.get("/api/operations/").status_code == 403
        client.force_login(administrator)
        told = client.get("/api/operations/").json()
        assert {queue["kind"] for queue in told["queues"]} >= {"chunks", REPORT}
        assert [service["name"] for service in told["services"]] == ["Database", "Cache", "Broker"]


class TestReady:
    def test_not_before_its_migrations(self, client, monkeypatch):
        from pact_site import views

        monkeypatch.setattr(views, "_migrated", False)
        monkeypatch.setattr(views, "pending_migrations", lambda: 2)
        response = client.get("/ready/")
        assert response.status_code == 503
        assert response.json()["migrations"] == "2 to come"
        monkeypatch.setattr(views, "pending_migrations", lambda: 0)
        assert client.get("/ready/").status_code == 200


class TestPrometheus:
    def ask(self, client, token):
        return client.get("/metrics/", headers={"authorization": f"Bearer {token}"})

    def test_closed_without_the_token(self, client, settings, researcher):
        assert self.ask(client, "").status_code == 403
        settings.PACT_METRICS_TOKEN = "a-long-token"
        assert self.ask(client, "another").status_code == 403
        client.force_login(researcher)
        assert client.get("/metrics/").status_code == 403

    def test_open_to_the_token_and_to_administrators(self, client, settings, administrator):
        settings.PACT_METRICS_TOKEN = "a-long-token"
        assert self.ask(client, "a-long-token").status_code == 200
        client.force_login(administrator)
        assert client.get("/metrics/").status_code == 200

    def test_it_tells_the_work(self, work):
        told = samples(counts.exposed().decode())
        of_reports = ("kind", REPORT)
        assert told["pact_work", of_reports, ("state", "queued")] == 1
        assert told["pact_work_abandoned", of_reports] == 1
        assert told["pact_work_waiting_seconds", of_reports] > 290
        assert told["pact_disk_free_bytes",] > 0

    def test_processes_count_together_and_the_dead_are_forgotten(self, tmp_path):
        """Two processes that have ended, then one that still lives."""
        script = (
            "import django; django.setup(); from pact_site import counts;"
            "counts.count_request('GET', 's/<slug>/', 200, 0.003);"
            "counts.count_request('NONSENSE', 's/<slug>/', 400, 0.2)"
        )
        environment = os.environ | {
            "PACT_HOME": str(tmp_path),
            "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts"),
            "DJANGO_SETTINGS_MODULE": "pact_site.settings",
        }
        (tmp_path / "counts").mkdir()
        # Whoever is killed, or finds no room, between making the file and giving it its size.
        (tmp_path / "counts/histogram_1.db").touch()
        for _ in range(2):
            subprocess.run([sys.executable, "-c", script], env=environment, check=True)
        reading = (
            "import django; django.setup(); from pact_site import counts;"
            "from prometheus_client import CollectorRegistry, generate_latest, multiprocess;"
            "read = lambda: print(generate_latest(counts.requests_of_all()).decode());"
            "read(); counts.forget_dead_processes(); read()"
        )
        text = subprocess.run(
            [sys.executable, "-c", reading], env=environment, check=True, capture_output=True
        ).stdout.decode()
        line = 'pact_request_seconds_count{method="GET",route="s/<slug>/",status="200"}'
        assert re.findall(re.escape(line) + r" (\S+)", text) == ["2.0"]
        assert 'method="other"' in text
        assert "NONSENSE" not in text
