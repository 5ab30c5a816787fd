"""Exported prompts through `vllm run-batch`: what it writes is what an import reads."""

import json
import os
import subprocess

import pytest

from modeling.backends import Decoding, PermanentError, read_answers
from modeling.backends.batch_lines import read_results, reply_in, request_line
from modeling.backends.files import form_of
from tests.vllm.building import QUIET
from tests.vllm.conftest import PYTHON

FORM = form_of("tiny", {})


@pytest.fixture(scope="module")
def answered(model_folder, tmp_path_factory):
    """`answered(lines)`: the file that run-batch leaves behind for these lines."""

    def run(lines):
        folder = tmp_path_factory.mktemp("batch")
        (folder / "prompts.jsonl").write_bytes(b"".join(lines))
        command = [
            PYTHON, "-m", "vllm.entrypoints.openai.run_batch", "-i", folder / "prompts.jsonl",
            "-o", folder / "answers.jsonl", "--model", model_folder / "model",
            "--served-model-name", "tiny", "--enforce-eager", "--max-model-len", "4096",
            "--dtype", "float32",
        ]  # fmt: skip
        done = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return folder / "answers.jsonl"

    return run


def test_exported_prompts_come_back_by_key_and_errors_in_words(answered, make_prompts):
    prompts = make_prompts(4)
    lines = [request_line(FORM, prompt, Decoding()) for prompt in prompts]
    wrong = json.loads(lines[3])
    wrong["body"]["max_tokens"] = 100_000
    results = {
        r.key: r for r in read_results(answered([*lines[:3], json.dumps(wrong).encode()]), "")
    }
    assert set(results) == {prompt.key for prompt in prompts}
    for prompt in prompts[:3]:
        reply = reply_in(results[prompt.key], FORM)
        assert reply.prompt_tokens > 0
        assert reply.logprobs
        assert read_answers(reply, prompt)
    with pytest.raises(PermanentError, match="HTTP 400: max_tokens"):
        reply_in(results[prompts[3].key], FORM)
