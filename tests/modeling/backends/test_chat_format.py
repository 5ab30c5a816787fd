"""Response bodies of all sorts, and the first token that means something."""

import math

import pytest

from modeling.backends import TransientError
from modeling.backends.chat_format import first_logprobs, parse_body, read_body


def token(text, logprob=-0.1, **top):
    pairs = [{"token": name, "logprob": value} for name, value in top.items()]
    return {"token": text, "logprob": logprob, "top_logprobs": pairs}


def body(message, **choice):
    return {"choices": [{"message": message, **choice}]}


def test_first_token_with_a_letter_is_the_one_that_counts():
    """A bare space or a bracket first says nothing about the answer."""
    tokens = [token(" ", A=-9.0), token("(", A=-8.0), token("A", -0.2, A=-0.2, B=-1.7)]
    assert first_logprobs(tokens) == {"A": -0.2, "B": -1.7}
    assert first_logprobs([token(" ")]) is None
    assert first_logprobs([]) is None


def test_drawn_token_is_kept_when_it_is_not_among_the_alternatives():
    assert first_logprobs([token("Z", -6.0, A=-0.1)]) == {"A": -0.1, "Z": -6.0}


def test_alternatives_that_look_the_same_are_added():
    one = {"token": "A", "logprob": math.log(0.25)}
    other = {"token": "A", "logprob": math.log(0.5)}
    merged = first_logprobs([{"token": "A", "logprob": -1.4, "top_logprobs": [one, other]}])
    assert merged == {"A": pytest.approx(math.log(0.75))}
    impossible = [{"token": "A", "logprob": -math.inf}] * 2
    merged = first_logprobs([{"token": "A", "logprob": -math.inf, "top_logprobs": impossible}])
    assert merged == {"A": -math.inf}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>", "not JSON: <html>"),
        (b'{"choices": [', "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[1]", r"no JSON object: \[1\]"),
    ],
)
def test_contents_that_are_no_json_object_may_be_asked_for_again(content, words):
    with pytest.raises(TransientError, match=words):
        parse_body(content)


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_beside_the_answer_is_kept_apart(field):
    reply = read_body("k", body({"content": None, field: "Hm. A."}, finish_reason="stop"), 0.5)
    assert (reply.text, reply.reasoning, reply.latency_s) == ("", "Hm. A.", 0.5)


def test_a_refusal_field_is_a_refusal_with_its_words():
    reply = read_body("k", body({"content": None, "refusal": "No."}, finish_reason="stop"), 0.0)
    assert (reply.text, reply.finish_reason) == ("No.", "refusal")


def test_usage_may_be_missing():
    reply = read_body("k", body({"content": "A"}), 0.0)
    assert (reply.prompt_tokens, reply.completion_tokens, reply.finish_reason) == (0, 0, None)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"choices": []},
        {"choices": None},
        {"choices": ["A"]},
        {"choices": [{"message": None}]},
        body({"content": ["A"]}),
        body({"content": "A"}, logprobs={"content": [{"logprob": -1}]}),
        body({"content": "A"}, logprobs={"content": [{"token": "A", "logprob": "x"}]}),
    ],
)
def test_bodies_that_are_no_completion_may_be_asked_for_again(broken):
    with pytest.raises(TransientError, match="no chat completion"):
        read_body("k", broken, 0.0)
