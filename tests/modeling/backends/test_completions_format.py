"""One text in, its continuation out, with log-probabilities in the older API's shape."""

import pytest

from modeling.backends import Decoding, Prompt, TransientError
from modeling.backends.completions_format import plain_text, read_body, request_body

MESSAGES = ({"role": "system", "content": "Answer."}, {"role": "user", "content": "A or B?"})
PROMPT = Prompt("k", MESSAGES, (), 8)


def body(text="A", **logprobs):
    return {"choices": [{"text": text, "finish_reason": "length", "logprobs": logprobs or None}]}


def test_the_text_is_all_messages_and_nothing_else():
    assert plain_text(PROMPT) == "Answer.\n\nA or B?"
    asked = request_body("m", PROMPT, Decoding(logprobs=5))
    assert asked["prompt"] == plain_text(PROMPT)
    assert asked["logprobs"] == 5
    assert "messages" not in asked


def test_written_prompts_ask_for_no_logprobs():
    written = Prompt("k", MESSAGES, (), 8, mode="text")
    assert "logprobs" not in request_body("m", written, Decoding())


def test_first_token_with_a_letter_is_the_one_that_counts():
    reply = read_body(
        "k",
        body(
            tokens=["\n", " A"],
            token_logprobs=[-0.1, -0.3],
            top_logprobs=[{"\n": -0.1}, {" A": -0.3, " B": -1.4}],
        ),
        0.5,
    )
    assert reply.logprobs == {" A": -0.3, " B": -1.4}
    assert (reply.text, reply.finish_reason, reply.latency_s) == ("A", "length", 0.5)


def test_without_alternatives_the_drawn_token_stands_alone():
    reply = read_body("k", body(tokens=["A"], token_logprobs=[-0.3], top_logprobs=None), 0.0)
    assert reply.logprobs == {"A": -0.3}
    assert read_body("k", body(), 0.0).logprobs is None


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"choices": []},
        {"choices": [{"message": {"content": "A"}}]},
        body(text=["A"]),
        body(tokens=["A"], token_logprobs=[], top_logprobs=[]),
        body(tokens=["A"], token_logprobs=["high"], top_logprobs=[{}]),
    ],
)
def test_anything_else_is_no_completion(strange):
    with pytest.raises(TransientError, match="is no completion"):
        read_body("k", strange, 0.0)
