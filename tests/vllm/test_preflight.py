"""What a preflight says of a real vLLM: of its server, and of its engine in a worker."""

import json
from dataclasses import replace

import pytest

from modeling.services import preflight
from modeling.services.endpoints import Endpoint
from tests.modeling.platform import Platform
from tests.vllm.building import QUIET
from tests.vllm.conftest import PYTHON


@pytest.fixture
def tried(server):
    """`tried(kind, model, **options)`: the result's verdict, and the first check of each name."""

    def check(kind="lean", model="tiny", url=server, **options):
        result = preflight.of_endpoint(Endpoint("one", kind, model, url, options))
        first = {one["name"]: one for one in reversed(result["checks"])}
        return result["passed"], first

    return check


@pytest.mark.parametrize("kind", ["openai", "lean"])
def test_a_model_held_to_the_letters_passes(tried, kind):
    passed, checks = tried(kind, constrain=True)
    assert passed, checks
    assert "4096 tokens" in checks["model"]["words"]
    assert "0.32.0" in checks["version"]["words"]
    assert all(checks[name]["passed"] for name in ("template", "answers", "logprobs", "constraint"))


def test_an_adapter_passes_by_its_name(tried):
    passed, checks = tried(model="tiny-adapted", constrain=True)
    assert passed
    assert "tiny-adapted is served" in checks["model"]["words"]


def test_random_weights_left_to_themselves_do_not_pass(tried):
    passed, checks = tried()
    assert not passed
    assert not checks["answers"]["passed"]
    assert checks["logprobs"]["passed"], "they are there, whatever they say"


def test_a_constraint_by_its_old_name_is_found_to_be_ignored(tried):
    passed, checks = tried(extra_body={"guided_choice": ["A", "B"]})
    assert not passed
    assert "ignored" in checks["constraint"]["advice"]


def test_an_unknown_model_is_named_with_those_there_are(tried):
    passed, checks = tried(model="nobody")
    assert not passed
    assert "tiny, tiny-adapted" in checks["model"]["words"]


def test_a_base_model_cannot_chat_and_passes_plainly(tried, base_server):
    passed, checks = tried(url=base_server, constrain=True)
    assert not passed
    assert "plain" in checks["template"]["advice"]
    passed, checks = tried(url=base_server, constrain=True, template="plain")
    assert passed, checks


def test_the_engine_in_a_worker_is_tried_where_it_is(tmp_path, model_folder):
    web = Platform(tmp_path / "platform", QUIET)
    web.manage("migrate", "--verbosity", "0")
    options = {"enforce_eager": True, "max_model_len": 2048, "constrain": True}
    for name, model in {"gpu": "model", "base": "base"}.items():
        folder = model_folder / model
        web.manage("set_endpoint", name, "--kind", "vllm", "--model", folder, "--options",
                   json.dumps(options))  # fmt: skip
    assert "docs/how-to/run-vllm.md" in web.manage("preflight", "--endpoint", "gpu", expect=2)
    gpu = replace(web, python=PYTHON)
    there = ("preflight", "--settings", "pact_site.light_settings", "--endpoint")
    said = gpu.manage(*there, "gpu")
    assert ": passed" in said.splitlines()[0]
    assert "the model answered" in said
    assert "The preflight failed: template" in gpu.manage(*there, "base", expect=1)
