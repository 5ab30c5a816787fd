"""The page before a run: size, preflight as a job, and a start that asks first."""

import pytest
from django.core.management import call_command

from modeling.models import Run
from modeling.services import endpoint_rows, preflight_jobs
from modeling.stub import StubOptions, running_stub
from pact_site.base.models import AuditEvent
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rita(client, researcher):
    client.force_login(researcher)
    return client


def planned(stub, **changes):
    given = {"kind": "lean", "model": "pact-stub-1", "base_url": stub.base_url,
             "prompt_price": 2, "completion_price": 8, "currency": "EUR"}  # fmt: skip
    endpoint_rows.add(name="stub", **given | changes)
    return make_plan(make_release(1), endpoint="stub").run


def test_from_the_plan_over_the_preflight_to_the_last_answer(rita):
    with running_stub() as stub:
        run = planned(stub)
        page = f"/runs/{run.public_id}/start/"
        text = rita.get(page).content.decode()
        assert "144" in text
        assert "EUR" in text
        assert "Start without a preflight" in text
        assert rita.post(f"/runs/{run.public_id}/preflight/")["Location"] == page
        assert "Waiting for a worker" in rita.get(f"{page}state/").content.decode()
        call_command("worker", until_idle=True)
        text = rita.get(f"{page}state/").content.decode()
        assert "own count" in text
        assert 'name="override"' not in text
        assert rita.post(page)["Location"] == f"/runs/{run.public_id}/"
        call_command("worker", until_idle=True)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert rita.get(page)["Location"] == f"/runs/{run.public_id}/"


def test_a_failed_preflight_is_overridden_by_a_box_that_names_what_failed(rita, researcher):
    with running_stub(StubOptions(faults={"missing_logprobs": 1.0})) as stub:
        run = planned(stub)
        preflight_jobs.of_run(run)
        call_command("worker", until_idle=True)
        page = f"/runs/{run.public_id}/start/"
        assert "Start although this failed: logprobs" in rita.get(page).content.decode()
        refused = rita.post(page)
        assert refused.status_code == 422
        assert "The preflight failed: logprobs" in refused.content.decode()
        run.refresh_from_db()
        assert run.state == Run.State.PLANNED
        rita.post(page, {"override": "on"})
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING
    assert run.preflight["overridden_by"]["who"] == "rita"
    assert AuditEvent.objects.get(verb="run.preflight_overridden").actor == researcher
    assert "overridden by rita" in rita.get(f"/runs/{run.public_id}/").content.decode()


def test_the_resume_button_starts_nothing_without_a_preflight(rita):
    with running_stub() as stub:
        run = planned(stub)
    response = rita.post(f"/runs/{run.public_id}/resume/")
    assert response["Location"] == f"/runs/{run.public_id}/start/"
    run.refresh_from_db()
    assert run.state == Run.State.PLANNED


def test_a_baseline_starts_without_one(rita):
    run = make_plan(make_release(1)).run
    text = rita.get(f"/runs/{run.public_id}/start/").content.decode()
    assert "needs none" in text
    assert "Nothing is charged" in text
    rita.post(f"/runs/{run.public_id}/preflight/")
    assert preflight_jobs.last_of_run(run) is None
    rita.post(f"/runs/{run.public_id}/start/")
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING
