"""Endpoints over REST."""

import pytest
from django.core.management import call_command

from modeling.models import ModelEndpoint
from modeling.services import endpoint_rows
from modeling.stub import running_stub
from pact_site.base.models import AuditEvent
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)

ENDPOINTS = "/api/endpoints/"
NEW = {"name": "qwen", "kind": "openai", "model": "qwen-3", "base_url": "http://127.0.0.1:1/v1"}
SECRET = "a-key-that-must-stay-in-the-environment"


@pytest.fixture
def rest(client, researcher):
    client.force_login(researcher)

    def ask(method, address, body=None, expect=200):
        response = getattr(client, method)(address, body, content_type="application/json")
        assert response.status_code == expect, response.content
        return response.json()

    return ask


def test_one_is_set_up_changed_and_archived(rest, researcher, settings):
    settings.PACT_ENDPOINT_KEYS = {"PACT_KEY_QWEN": SECRET}
    told = rest(
        "post", ENDPOINTS, NEW | {"key_variable": "PACT_KEY_QWEN", "prompt_price": "0.15"}, 201
    )
    assert (told["has_key"], told["prompt_price"], told["completion_price"]) == (
        True,
        "0.150000",
        None,
    )
    told = rest("patch", f"{ENDPOINTS}qwen/", {"model": "qwen-4", "archived": True})
    assert (told["model"], told["archived"], told["base_url"]) == ("qwen-4", True, NEW["base_url"])
    listed = rest("get", f"{ENDPOINTS}?archived=true")
    assert [one["name"] for one in listed["results"]] == ["qwen"]
    assert SECRET not in str(listed)
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", "actor")
    assert list(verbs) == [
        (f"endpoint.{verb}", researcher.pk) for verb in ("added", "changed", "archived")
    ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"kind": "oracle"}, "kind", "Unknown kind"),
        ({"key_variable": "DATABASE_URL"}, "key_variable", "may not hold"),
        ({"base_url": "http://169.254.169.254/"}, "base_url", "no address of a model"),
        ({"options": {"nothing": 1}}, "options", "no such option"),
        ({"name": "env"}, "name", "no name for"),
        ({"prompt_price": "-1"}, "prompt_price", "out of range"),
    ],
)
def test_what_cannot_be_is_refused_by_field(rest, changes, field, words):
    told = rest("post", ENDPOINTS, NEW | changes, 400)
    assert words in str(told[field])
    assert not ModelEndpoint.objects.exists()


def test_the_name_stays_and_nothing_is_deleted(rest):
    rest("post", ENDPOINTS, NEW, 201)
    assert "keeps its name" in str(rest("patch", f"{ENDPOINTS}qwen/", {"name": "other"}, 400))
    rest("delete", f"{ENDPOINTS}qwen/", expect=405)
    rest("put", f"{ENDPOINTS}qwen/", NEW, expect=405)


def test_a_preflight_is_queued_and_its_checks_are_told(rest):
    with running_stub() as stub:
        endpoint_rows.add(**NEW | {"model": "pact-stub-1", "base_url": stub.base_url})
        assert rest("get", f"{ENDPOINTS}qwen/preflight/")["state"] is None
        assert rest("post", f"{ENDPOINTS}qwen/preflight/", expect=202)["state"] == "queued"
        call_command("worker", until_idle=True)
    told = rest("get", f"{ENDPOINTS}qwen/preflight/")
    assert (told["state"], told["passed"]) == ("done", True)
    assert {"model", "logprobs", "order"} <= {one["name"] for one in told["checks"]}
    rest("post", f"{ENDPOINTS}nobody/preflight/", expect=404)


def test_a_runs_preflight_is_queued_and_kept_on_the_run(rest):
    with running_stub() as stub:
        endpoint_rows.add(**NEW | {"model": "pact-stub-1", "base_url": stub.base_url})
        run = make_plan(make_release(1), endpoint="qwen").run
        address = f"/api/runs/{run.public_id}/preflight/"
        assert rest("get", address)["state"] is None
        assert "no preflight yet" in str(rest("post", f"/api/runs/{run.public_id}/start/", {}, 400))
        assert rest("post", address, expect=202)["state"] == "queued"
        call_command("worker", until_idle=True)
        told = rest("get", address)
        assert (told["state"], told["passed"], told["checks"][0]["name"]) == ("done", True, "model")
        assert rest("post", f"/api/runs/{run.public_id}/start/", {})["state"] == "running"
    rest("post", address, expect=400)


def test_the_schema_knows_them(rest, client):
    schema = client.get("/api/schema/", headers={"accept": "application/json"}).json()
    assert "/api/endpoints/{name}/preflight/" in schema["paths"]
