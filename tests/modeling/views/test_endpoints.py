"""Endpoints on their pages: set up, changed, tried, put away; keys never shown."""

import pytest
from django.core.management import call_command

from modeling.models import ModelEndpoint
from modeling.services import endpoint_rows
from modeling.stub import StubOptions, running_stub
from pact_site.base.models import AuditEvent, Job
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/runs/endpoints/"
SECRET = "a-key-that-must-stay-in-the-environment"


@pytest.fixture
def rita(client, researcher):
    client.force_login(researcher)
    return client


def fields(**changes):
    given = {"name": "qwen", "kind": "openai", "model": "qwen-3", "options": "{}",
             "base_url": "http://127.0.0.1:8001/v1", "currency": "USD"}  # fmt: skip
    return given | changes


def test_one_is_set_up_changed_archived_and_restored(rita, researcher):
    assert "None yet" in rita.get(PAGE).content.decode()
    made = rita.post(f"{PAGE}new/", fields(prompt_price="0.15", completion_price="0.60"))
    assert made["Location"] == f"{PAGE}qwen/"
    row = ModelEndpoint.objects.get()
    assert (row.created_by, str(row.prompt_price)) == (researcher, "0.150000")
    text = rita.get(PAGE).content.decode()
    assert "0.15 USD" in text
    assert "0.6 USD" in text
    rita.post(f"{PAGE}qwen/edit/", fields(model="qwen-4", options='{"constrain": true}'))
    row.refresh_from_db()
    assert (row.name, row.model, row.options) == ("qwen", "qwen-4", {"constrain": True})
    assert row.prompt_price is None, "an emptied price is unknown, not nothing"
    rita.post(f"{PAGE}qwen/archive/")
    assert "It is archived" in rita.get(f"{PAGE}qwen/").content.decode()
    rita.post(f"{PAGE}qwen/archive/")
    assert AuditEvent.objects.filter(actor=researcher, verb__startswith="endpoint.").count() == 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Two words"}, "Enter a valid"),
        ({"name": "env"}, "no name for an endpoint"),
        ({"kind": "oracle"}, "Select a valid choice"),
        ({"base_url": "nowhere"}, "no web address"),
        ({"base_url": "http://me:pass@host/v1"}, "more than an address"),
        ({"key_variable": "PACT_SECRET_KEY"}, "may not hold"),
        ({"options": "{"}, "Enter a valid JSON"),
        ({"options": '{"guided_choice": 1}'}, "no such option"),
        ({"prompt_price": "-1"}, "greater than or equal to 0"),
        ({"currency": "12"}, "at least 3"),
    ],
)
def test_what_cannot_be_stands_beside_its_field_and_keeps_what_was_typed(rita, changes, words):
    response = rita.post(f"{PAGE}new/", fields(**changes))
    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert 'value="qwen-3"' in text
    assert not ModelEndpoint.objects.exists()


def test_the_pages_say_whether_the_key_is_set_and_never_what_it_is(rita, settings):
    rita.post(f"{PAGE}new/", fields(key_variable="PACT_KEY_QWEN"))
    for keys, words in (({}, "not set"), ({"PACT_KEY_QWEN": SECRET}, "is set for the web server")):
        settings.PACT_ENDPOINT_KEYS = keys
        pages = [rita.get(address).content.decode()
                 for address in (PAGE, f"{PAGE}qwen/", f"{PAGE}qwen/edit/")]  # fmt: skip
        assert words in pages[1]
        assert SECRET not in "".join(pages)


def test_trying_it_is_a_job_that_the_page_watches(rita):
    with running_stub(StubOptions(faults={"missing_logprobs": 1.0})) as stub:
        endpoint_rows.add(name="stub", kind="lean", model="pact-stub-1", base_url=stub.base_url)
        assert "not been tried" in rita.get(f"{PAGE}stub/").content.decode()
        rita.post(f"{PAGE}stub/try/")
        rita.post(f"{PAGE}stub/try/")
        assert Job.objects.count() == 1, "one at a time"
        waiting = rita.get(f"{PAGE}stub/tried/").content.decode()
        assert "Waiting for a worker" in waiting
        assert "hx-get" in waiting
        call_command("worker", until_idle=True)
    text = rita.get(f"{PAGE}stub/tried/").content.decode()
    assert "hx-get" not in text
    assert "10 of 10 answers came without label probabilities" in text
    assert "To do:" in text


def test_the_page_lists_the_runs_that_keep_a_copy(rita):
    endpoint_rows.add(name="qwen", kind="openai", model="qwen-3", base_url="http://h/v1")
    run = make_plan(make_release(1), endpoint="qwen").run
    assert f"/runs/{run.public_id}/" in rita.get(f"{PAGE}qwen/").content.decode()
    assert rita.get(f"{PAGE}nobody/").status_code == 404
