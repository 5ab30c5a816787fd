"""Prompts out as a file, answered by vLLM's own batch runner, and in again."""

import json
import os
import subprocess

import pytest

from tests.modeling.platform import Platform
from tests.vllm.building import QUIET
from tests.vllm.conftest import ON_A_CPU, PYTHON
from tests.vllm.test_worker import COUNT, MAKE


@pytest.fixture
def platform(tmp_path):
    made = Platform(tmp_path / "platform", QUIET)
    made.manage("migrate", "--verbosity", "0")
    made.tell(MAKE)
    return made


PLAIN = """{{ bos_token }}{% for m in messages %}{% if not loop.first %}

{% endif %}{{ m.content }}{% endfor %}"""
"""A template that writes what the option `plain` would: how a base model is asked by files, since
`run-batch` answers no plain completions."""


def run_batch(model, prompts, answers, *more):
    command = [
        *(PYTHON, "-m", "vllm.entrypoints.openai.run_batch", "-i", prompts, "-o", answers),
        *("--model", model, "--served-model-name", "tiny", *ON_A_CPU, *more),
    ]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **QUIET}, timeout=300
    )


def exported(platform, tmp_path, **options):
    """A planned run of 60 cells on a `files` endpoint, and the file of its prompts."""
    given = json.dumps({"constrain": True, **options})
    platform.manage(
        "set_endpoint", "away", "--kind", "files", "--model", "tiny", "--options", given
    )
    said = platform.manage(
        "run_models", "--dataset", "little", "--endpoint", "away", "--limit", "60", "--queue"
    )
    run, prompts = said.split()[-1], tmp_path / "prompts.jsonl"
    platform.manage("export_prompts", run, "--out", prompts)
    assert len(prompts.read_text().splitlines()) == 60
    return run, prompts


@pytest.mark.parametrize("model", ["model", "base"])
def test_answers_of_run_batch_complete_the_run(platform, model_folder, tmp_path, model):
    run, prompts = exported(platform, tmp_path)
    answers, template = tmp_path / "answers.jsonl", tmp_path / "plain.jinja"
    template.write_text(PLAIN)
    more = ("--chat-template", template) if model == "base" else ()
    done = run_batch(model_folder / model, prompts, answers, *more)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "60 prompts answered" in platform.manage("import_answers", run, answers)
    told = platform.tell(COUNT)
    assert (told["state"], told["as planned"], told["valid"]) == ("done", True, 60)


def test_run_batch_takes_no_plain_completions(platform, model_folder, tmp_path):
    _, prompts = exported(platform, tmp_path, template="plain")
    done = run_batch(model_folder / "base", prompts, tmp_path / "answers.jsonl")
    assert done.returncode != 0
    assert "/v1/completions" in prompts.read_text()
    assert "validation error" in done.stderr
