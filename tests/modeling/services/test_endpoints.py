"""Endpoints of one's own: what may be set up, what a run keeps of it, and which keys may leave."""

from decimal import Decimal

import pytest
from django.core import serializers

from modeling.models import ModelEndpoint, Run
from modeling.services import endpoint_rows, endpoints
from modeling.services.addresses import KEY_NAME, key_of
from modeling.services.costs import FREE, Prices
from modeling.services.endpoints import Endpoint
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db

SECRET = "a-key-that-must-stay-in-the-environment"


def add(name="qwen", **changes):
    given = {"kind": "openai", "model": "qwen-3", "base_url": "http://127.0.0.1:8001/v1"}
    return endpoint_rows.add(name=name, **given | changes)


def test_an_endpoint_is_found_by_its_name_with_its_prices(settings):
    settings.PACT_ENDPOINT_KEYS = {"PACT_KEY_QWEN": SECRET}
    add(key_variable="PACT_KEY_QWEN", options={"constrain": True}, prompt_price=Decimal("0.15"),
        completion_price=Decimal("0.6"), currency="EUR")  # fmt: skip
    found = endpoints.named("qwen")
    assert (found.kind, found.model, found.options["constrain"]) == ("openai", "qwen-3", True)
    assert found.prices == Prices(Decimal("0.15"), Decimal("0.6"), "EUR")
    assert found.spec().api_key == SECRET
    assert SECRET not in str(found.as_json()) + repr(found.spec())


def test_a_run_keeps_its_own_copy_of_the_endpoint_and_of_the_prices():
    row = add(prompt_price=Decimal("0.15"), completion_price=Decimal("0.6"))
    run = make_plan(make_release(1), endpoint="qwen").run
    endpoint_rows.change(row=row, model="qwen-4", prompt_price=Decimal(9))
    endpoint_rows.archive(row=row)
    run.refresh_from_db()
    assert endpoints.stored(run.endpoint).model == "qwen-3"
    assert run.prices == {"prompt": 0.15, "completion": 0.6, "currency": "USD"}


def test_prices_and_the_name_of_the_key_make_no_other_plan_and_options_do():
    row, release = add(), make_release(1)
    run = make_plan(release, endpoint="qwen").run
    endpoint_rows.change(row=row, prompt_price=Decimal(2), key_variable="PACT_KEY_OTHER")
    assert make_plan(release, endpoint="qwen").run == run
    endpoint_rows.change(row=row, options={"constrain": True})
    assert make_plan(release, endpoint="qwen").run != run


@pytest.mark.parametrize(
    ("model", "options", "label"),
    [
        ("Qwen/Qwen3-4B", {}, "Qwen/Qwen3-4B"),
        ("/data/models/llama", {"adapter": ""}, "llama"),
        ("Qwen/Qwen3-4B", {"adapter": "/adapters/polite/"}, "Qwen/Qwen3-4B + polite"),
    ],
)
def test_tables_name_a_folder_of_weights_by_its_last_part_and_the_adapter(model, options, label):
    assert Endpoint("gpu", "vllm", model, options=options).label == label


@pytest.mark.parametrize(
    ("kind", "url", "cells"),
    [
        ("openai", "https://api.example.org/v1", 100),
        ("lean", "http://127.0.0.1:8001/v1", 500),
        ("vllm", "", 500),
    ],
)
def test_chunks_are_small_where_each_answer_may_cost_money(kind, url, cells):
    release = make_release(8)
    run = make_plan(release, endpoint=Endpoint("one", kind, "m", url)).run
    first = run.chunks.order_by("number").first()
    assert first.stop - first.start == cells


def test_baselines_are_free_and_an_unknown_price_is_not_nothing():
    assert make_plan(make_release(1)).run.prices["prompt"] == 0
    assert FREE.cost(10**9, 10**9) == 0
    assert Prices(Decimal(2), None).cost(1_000_000, 1) is None
    assert Prices(Decimal(2), None).cost(500_000, 0) == 1
    assert Prices(Decimal(2), Decimal(8)).cost(1_000_000, 250_000) == 4
    again = Prices(Decimal("0.15"), None, "EUR")
    assert Prices.from_json(again.as_json()) == again
    assert Prices.from_json({}) == Prices()


@pytest.mark.parametrize(
    ("changes", "argument", "words"),
    [
        ({"name": "env"}, "name", "no name for an endpoint"),
        ({"name": "Two Words"}, "name", "no name for an endpoint"),
        ({"kind": "oracle"}, "kind", "openai"),
        ({"kind": "baseline"}, "kind", "openai"),
        ({"model": " "}, "model", "name of a model"),
        ({"base_url": ""}, "base_url", "no web address"),
        ({"base_url": "ftp://host/v1"}, "base_url", "no web address"),
        ({"base_url": "file:///etc/passwd"}, "base_url", "no web address"),
        ({"base_url": "http://me:sekret@host/v1"}, "base_url", "more than an address"),
        ({"base_url": "http://host/v1?key=sekret"}, "base_url", "more than an address"),
        ({"base_url": "http://169.254.169.254/latest"}, "base_url", "no address of a model"),
        ({"base_url": "http://[::ffff:169.254.169.254]/v1"}, "base_url", "no address of a model"),
        ({"base_url": "http://metadata.google.internal/v1"}, "base_url", "no address of a model"),
        ({"base_url": "http://0.0.0.0:80/v1"}, "base_url", "no address of a model"),
        ({"options": {"guided_choice": ["A"]}}, "options", "constrain"),
        ({"options": {"constrain": "yes"}}, "options", "another kind"),
        ({"options": {"max_in_flight": True}}, "options", "another kind"),
        ({"options": {"extra_body": {"key": "sk-0123456789abcdef"}}}, "options", "like a key"),
        ({"options": []}, "options", "JSON object"),
        ({"prompt_price": Decimal(-1)}, "prompt_price", "out of range"),
        ({"currency": "euro"}, "currency", "three letters"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused_and_not_stored(changes, argument, words):
    with pytest.raises(BadInput) as caught:
        add(**changes)
    assert words in str(caught.value)
    assert "sekret" not in str(caught.value)
    assert caught.value.argument == argument
    assert not ModelEndpoint.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["PACT_SECRET_KEY", "DATABASE_URL", "PACT_PROLIFIC_TOKEN", "PATH", "pact_key_a", "PACT_KEY_",
     "AWS_SECRET_ACCESS_KEY", "PACT_KEY_A\n", "OPENAI_API_KEY2"],
)  # fmt: skip
def test_no_other_secret_of_the_environment_can_be_named_as_a_key(name, settings):
    with pytest.raises(BadInput, match="may not hold an endpoint's key"):
        add(key_variable=name)
    ModelEndpoint.objects.create(name="sly", kind="openai", model="m", key_variable=name,
                                 base_url="http://127.0.0.1:1/v1")  # fmt: skip
    assert endpoints.named("sly").spec().api_key == ""


def test_the_settings_keep_only_keys_meant_for_endpoints(settings):
    assert all(name.startswith("PACT_KEY_") for name in settings.PACT_ENDPOINT_KEYS)
    assert KEY_NAME.fullmatch("PACT_KEY_MISTRAL_2")
    settings.OPENAI_API_KEY = SECRET
    assert key_of("OPENAI_API_KEY") == SECRET
    assert key_of("PACT_KEY_NOT_SET") == key_of("") == ""


def test_hosts_can_be_limited(settings):
    settings.PACT_ENDPOINT_HOSTS = ["models.example.org"]
    with pytest.raises(BadInput, match="PACT_ENDPOINT_HOSTS"):
        add()
    assert add(base_url="https://models.example.org/v1/").base_url.endswith("/v1")


def test_every_change_leaves_a_trail_and_no_change_leaves_none(researcher):
    row = add(actor=researcher)
    row = endpoint_rows.change(row=row, model="qwen-4", actor=researcher)
    endpoint_rows.change(row=row, model="qwen-4", actor=researcher)
    endpoint_rows.archive(row=row, actor=researcher)
    endpoint_rows.archive(row=row, actor=researcher)
    endpoint_rows.archive(row=row, archived=False, actor=researcher)
    trail = AuditEvent.objects.order_by("pk")
    assert [event.verb for event in trail] == [
        "endpoint.added", "endpoint.changed", "endpoint.archived", "endpoint.restored",
    ]  # fmt: skip
    assert trail[1].detail["changed"] == {"model": {"was": "qwen-3", "is": "qwen-4"}}
    assert {event.actor for event in trail} == {researcher}


def test_a_refused_change_changes_nothing():
    row = add()
    with pytest.raises(BadInput):
        endpoint_rows.change(row=row, model="qwen-4", base_url="nowhere")
    with pytest.raises(BadInput, match="Unknown field"):
        endpoint_rows.change(row=row, archived=True)
    row.refresh_from_db()
    assert row.model == "qwen-3"


def test_an_archived_endpoint_is_found_no_more_and_an_unknown_one_lists_those_there_are():
    row = add()
    with pytest.raises(BadInput, match=r"baseline:uniform.*qwen"):
        endpoints.named("gpt-9")
    assert "qwen" in dict(endpoints.choices())
    endpoint_rows.archive(row=row)
    assert "qwen" not in dict(endpoints.choices())
    with pytest.raises(BadInput, match="archived"):
        endpoints.named("qwen")


def test_the_real_endpoints_come_before_the_baselines(settings):
    settings.PACT_BASE_URL, settings.PACT_MODEL = "http://127.0.0.1:1/v1", "m"
    add()
    assert [name for name, _ in endpoints.choices()][:3] == ["env", "qwen", "baseline:uniform"]
    assert [name for name, _ in endpoints.writers()] == [
        "env", "qwen", "baseline:noisy", "baseline:uniform",
    ]  # fmt: skip


def test_no_key_is_in_any_row(settings):
    settings.PACT_ENDPOINT_KEYS = {"PACT_KEY_QWEN": SECRET}
    add(key_variable="PACT_KEY_QWEN")
    run = make_plan(make_release(1), endpoint="qwen").run
    rows = [*ModelEndpoint.objects.all(), *Run.objects.all(), *AuditEvent.objects.all()]
    assert run in rows
    assert SECRET not in serializers.serialize("json", rows)
