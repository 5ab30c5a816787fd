"""Runs planned once more from their manifests."""

import json
from decimal import Decimal

import pytest

from annotation.models import Release
from modeling.backends import Decoding
from modeling.models import ModelEndpoint, Run
from modeling.services import foreground, manifests, repeating, runs
from modeling.services.benchmark import plan_benchmark
from modeling.services.benchmark_design import benchmark
from modeling.services.benchmark_scenarios import scenarios_of
from modeling.services.costs import Prices
from modeling.services.endpoints import Endpoint, named
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.modeling.answered import make_answered
from tests.modeling.making import make_plan, make_release, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done():
    run = make_plan(make_release(1), limit=8).run
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def test_a_repeat_asks_the_same_cells_and_answers_them_alike(done):
    again = repeating.repeat(repeating.of_run(done))
    assert (again.state, again.repeat_of, again.cells) == (Run.State.PLANNED, done, done.cells)
    assert again.label == f"{done.label} #2"
    runs.start(run=again)
    foreground.see_through(again, lambda tick: None)
    said = [
        {(row["cell_key"], row["choice"], row["q"]) for row in stored_rows(run)}
        for run in (done, again)
    ]
    assert said[0] == said[1]
    assert repeating.differences(done.manifest, again.manifest) == []


def test_a_manifest_file_is_enough(done):
    manifest = json.loads(json.dumps(done.manifest))
    assert repeating.of_manifest(manifest).original == done
    done.delete()
    asked = repeating.of_manifest(manifest)
    assert asked.original is None
    again = repeating.repeat(asked)
    assert (again.repeat_of, again.design, again.cells) == (None, manifest["design"], 8)


def test_what_is_not_as_it_was_is_said(done, monkeypatch):
    monkeypatch.setattr(manifests, "code_version", lambda: "later")
    done.manifest["prompts"] = {"survey_form": "an older file"}
    asked = repeating.of_run(done, endpoint="baseline:uniform")
    found = {one.name: one for one in asked.differences}
    assert {"code", "prompts.survey_form", "endpoint.name", "endpoint.model"} <= set(found)
    assert found["code"].now == "later"
    assert [one.name for one in asked.firm] == ["prompts.survey_form"]
    assert asked.endpoint.model == "uniform"


@pytest.mark.parametrize("part", ["prompts", "release"])
def test_another_release_or_prompt_is_refused_unless_told(done, part):
    if part == "prompts":
        done.manifest["prompts"]["survey_form"] = "an older file"
    else:
        Release.objects.update(content_hash="frozen anew")
    asked = repeating.of_run(done)
    with pytest.raises(BadInput, match="not what they were") as refusal:
        repeating.repeat(asked)
    assert part in str(refusal.value)
    assert Run.objects.count() == 1
    assert repeating.repeat(asked, anyway=True).repeat_of == done
    assert AuditEvent.objects.get(verb="run.repeated").detail["anyway"] is True


def test_a_benchmark_run_is_repeated_too():
    release = make_release(2)
    design = benchmark(scenarios_of(release), limit=6)
    run = plan_benchmark(
        release=release, design=design, endpoint=named("baseline:noisy"), decoding=Decoding()
    ).run
    again = repeating.repeat(repeating.of_run(run))
    assert (again.kind, again.design, again.repeat_of) == ("benchmark", run.design, run)


def test_an_endpoint_keeps_the_address_it_had(settings):
    settings.PACT_BASE_URL, settings.PACT_MODEL = "http://127.0.0.1:9/v1", "another"
    endpoint = Endpoint(
        "env", "openai", "m", "http://127.0.0.1:8/v1", key_variable="OPENAI_API_KEY"
    )
    run = make_plan(make_release(1), endpoint=endpoint, limit=2).run
    asked = repeating.of_run(run)
    assert (asked.endpoint.model, asked.endpoint.base_url) == ("m", "http://127.0.0.1:8/v1")
    assert asked.differences == []


def test_a_budget_goes_along_where_prices_are_known():
    priced = Endpoint(
        "env", "openai", "m", "http://127.0.0.1:8/v1", prices=Prices(Decimal(1), Decimal(2))
    )
    ModelEndpoint.objects.create(
        name="priced", kind="openai", model="m", base_url="http://127.0.0.1:8/v1",
        prompt_price=1, completion_price=2,
    )  # fmt: skip
    run = make_plan(make_release(1), endpoint=priced, limit=2).run
    Run.objects.filter(pk=run.pk).update(budget=Decimal("5.00"))
    run.refresh_from_db()
    again = repeating.repeat(repeating.of_run(run, endpoint="priced"))
    assert again.budget == Decimal("5.00")
    assert repeating.of_run(run).budget is None, "nobody knows what `env` costs now"


def test_what_cannot_be_repeated_says_why(done):
    manifest = done.manifest
    imported = make_answered(done.release, [{}], imported=True)
    imported.manifest = {"import": {"parts": []}}
    for found, words in (
        (imported.manifest, "imported"),
        (manifest | {"kind": "judge"}, "where they were first"),
        (manifest | {"release": {"dataset": "gone", "number": 1}}, "not here"),
        ({"kind": "counterparts"}, "not here"),
        (manifest | {"decoding": {"heat": 1}}, "cannot be read"),
        (manifest | {"design": {"kind": "counterparts"}}, "cannot be read"),
        (manifest | {"endpoint": manifest["endpoint"] | {"kind": "openai", "base_url": "ftp://x"}},
         "no web address"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            repeating.of_manifest(found)
    assert Run.objects.count() == 2
