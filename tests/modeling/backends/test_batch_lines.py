"""Lines of batch files in the shapes that servers really write."""

import json

import pytest

from modeling.backends import Decoding, PermanentError, TransientError
from modeling.backends.batch_lines import (
    read_result,
    read_results,
    reply_in,
    request_line,
    write_requests,
)
from modeling.backends.files import form_of

CHAT = {
    "model": "m",
    "choices": [{"index": 0, "message": {"content": "A"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}
KEY = "sk-planted-secret-0123456789"


def line(**differs):
    response = {"status_code": 200, "request_id": "r", "body": CHAT}
    return json.dumps({"id": "1", "custom_id": "k", "response": response, "error": None} | differs)


def read(**differs):
    return reply_in(read_result(line(**differs).encode(), KEY), form_of("m", {}))


def test_an_answer_is_read_with_its_tokens():
    reply = read()
    assert (reply.key, reply.text, reply.prompt_tokens, reply.completion_tokens) == ("k", "A", 9, 1)


def failed(status, body, error=None):
    return {"response": {"status_code": status, "body": body}, "error": error}


VLLM_REFUSES = {
    "error": {
        "message": "max_tokens=99999 cannot be greater than max_model_len=4096.",
        "type": "BadRequestError", "param": "max_tokens", "code": 400,
    }
}  # fmt: skip
EXPIRED = {"code": "batch_expired", "message": "This request could not be executed in time."}


@pytest.mark.parametrize(
    ("differs", "kind", "words"),
    [
        (failed(400, None, VLLM_REFUSES), PermanentError, "HTTP 400: max_tokens=99999 cannot"),
        (failed(400, {"error": {"message": "too long"}}), PermanentError, "HTTP 400: too long"),
        (failed(429, {"error": {"message": "slow down"}}), TransientError, "HTTP 429: slow down"),
        (failed(500, None, "fell over"), TransientError, "HTTP 500: fell over"),
        ({"response": None, "error": EXPIRED}, TransientError, "not be executed in time"),
        (failed(200, None), TransientError, "says 200 and holds no response"),
        (failed(200, {"choices": []}), TransientError, "no chat completion"),
        (failed(401, {"error": {"message": f"wrong key {KEY}"}}), PermanentError, r"\[key\]"),
    ],
)
def test_a_failed_line_passes_or_stays_and_says_why(differs, kind, words):
    with pytest.raises(kind, match=words):
        read(**differs)


def test_a_filter_stopped_the_prompt():
    reply = read(**failed(400, {"error": {"message": "stopped", "code": "content_filter"}}))
    assert reply.finish_reason == "content_filter"


def test_requests_stop_where_one_file_is_full(tmp_path, make_prompts):
    form = form_of("m", {"constrain": True})
    lines = [request_line(form, prompt, Decoding(seed=3)) for prompt in make_prompts(5)]
    path = tmp_path / "requests.jsonl"
    assert write_requests(path, lines, most_lines=3) == 3
    assert path.read_bytes() == b"".join(lines[:3])
    assert write_requests(path, lines, most_bytes=len(lines[0]) * 2 + 10) == 2
    body = json.loads(lines[0])["body"]
    assert (body["seed"], body["structured_outputs"]) == (3, {"choice": ["A", "B"]})


def test_what_is_no_result_is_left_out(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text("\n".join(["<html>", line(), '{"custom_id": 3}', line(custom_id="b")[:-9]]))
    assert [result.key for result in read_results(path, "")] == ["k"]


def test_an_unknown_template_is_refused():
    with pytest.raises(PermanentError, match="known: chat, plain"):
        form_of("m", {"template": "jinja"})
