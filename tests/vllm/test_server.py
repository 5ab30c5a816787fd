"""What the `openai` endpoint promises, held against a real vLLM server; and what vLLM really does."""

import asyncio
import json
import math
from collections import Counter
from dataclasses import replace

import httpx
import pytest

from modeling.backends import Decoding, PermanentError, make_backend, read_answer, read_answers

LETTERS = {"A", "B"}
MASKED = -9999.0
"""What vLLM writes for the log-probability of a token that a constraint rules out."""


def post(server, **body):
    message = {"role": "user", "content": "A or B?"}
    body = {"model": "tiny", "messages": [message], "max_tokens": 1, **body}
    return httpx.post(f"{server}/chat/completions", json=body, timeout=60)


def first_token(response):
    return response.json()["choices"][0]["logprobs"]["content"][0]


def answers(ask, spec, prompts, **decoding):
    by_key = {prompt.key: prompt for prompt in prompts}
    replies = ask(spec, prompts, **decoding)
    assert Counter(reply.key for reply in replies) == Counter(by_key.keys())
    return {reply.key: read_answer(reply, by_key[reply.key]) for reply in replies}


def test_every_prompt_is_answered_once_with_log_probabilities(spec, ask, make_prompts):
    replies = ask(spec, make_prompts(100))
    assert len({reply.key for reply in replies}) == 100
    assert all(reply.error is None and reply.logprobs for reply in replies)
    assert all(reply.completion_tokens >= 1 for reply in replies)
    assert all(math.isfinite(value) for reply in replies for value in reply.logprobs.values())


def test_greedy_answers_are_the_same_again(spec, ask, make_prompts):
    """To rounding: what else is in a batch and what is cached changes the last digits."""
    prompts = make_prompts(30)
    first, second = answers(ask, spec, prompts), answers(ask, spec, prompts)
    masses = [first[key].invalid_mass for key in first]
    assert [second[key].invalid_mass for key in first] == pytest.approx(masses, abs=0.02)


def test_a_random_model_mostly_says_no_label_and_that_is_read_as_such(spec, ask, make_prompts):
    """Nothing is guessed: what is not a letter is invalid, with its text and its mass kept."""
    found = answers(ask, spec, make_prompts(40)).values()
    assert {answer.valid for answer in found} <= {True, False}
    unread = [answer for answer in found if not answer.valid]
    assert unread
    assert all(answer.invalid_reason and answer.invalid_mass > 0.5 for answer in unread)


def test_a_constraint_is_obeyed(spec, ask, make_prompts):
    constrained = replace(spec, options={"constrain": True})
    prompts = make_prompts(40)
    assert {reply.text for reply in ask(constrained, prompts)} <= LETTERS
    found = answers(ask, constrained, prompts).values()
    assert all(answer.valid and 0 < answer.q < 1 for answer in found)


def test_log_probabilities_are_those_after_the_constraint(server):
    """So a constrained call cannot tell the invalid mass: that takes an unconstrained one."""
    response = post(
        server, logprobs=True, top_logprobs=20, structured_outputs={"choice": ["A", "B"]}
    )
    token = first_token(response)
    shown = {one["token"]: one["logprob"] for one in token["top_logprobs"]}
    assert math.exp(shown["A"]) + math.exp(shown["B"]) == pytest.approx(1, abs=1e-3)
    assert {value for name, value in shown.items() if name not in LETTERS} == {MASKED}


def test_the_old_name_of_the_constraint_is_ignored_without_a_word(server):
    said = {
        post(server, guided_choice=["A", "B"], temperature=1.0, seed=seed).json()["choices"][0][
            "message"
        ]["content"]
        for seed in range(10)
    }
    assert not said <= LETTERS


def test_a_schema_shapes_the_reply(server):
    schema = {
        "type": "object",
        "properties": {"choice": {"enum": ["A", "B"]}},
        "required": ["choice"],
        "additionalProperties": False,
    }
    response = post(
        server,
        max_tokens=60,
        structured_outputs={"json": schema, "disable_any_whitespace": True},
    )
    content = response.json()["choices"][0]["message"]["content"]
    assert json.loads(content)["choice"] in LETTERS


def test_an_adapter_is_reached_by_its_name(spec, ask, make_prompts):
    prompts = make_prompts(20)
    plain = {reply.key: reply.logprobs for reply in ask(spec, prompts)}
    adapted = {
        reply.key: reply.logprobs for reply in ask(replace(spec, model="tiny-adapted"), prompts)
    }
    assert plain.keys() == adapted.keys()
    assert all(plain[key] != adapted[key] for key in plain)


def test_paper_mode_fills_both_frames_or_says_why_not(spec, ask, make_prompts):
    prompts = make_prompts(5, mode="paper")
    by_key = {prompt.key: prompt for prompt in prompts}
    for reply in ask(spec, prompts):
        pair = read_answers(reply, by_key[reply.key])
        assert set(pair) == {"personal", "norm"}
        assert all(answer.valid or answer.invalid_reason for answer in pair.values())


def test_more_alternatives_than_the_server_gives_are_done_without(server):
    response = post(server, logprobs=True, top_logprobs=30)
    assert response.status_code == 400
    assert "logprobs" in response.json()["error"]["message"]


def test_an_unknown_model_ends_the_asking_with_the_servers_words(spec, make_prompts):
    async def run():
        backend = make_backend(replace(spec, model="nobody"))
        try:
            return [reply async for reply in backend.ask(make_prompts(3), Decoding())]
        finally:
            await backend.aclose()

    with pytest.raises(PermanentError, match="nobody"):
        asyncio.run(run())


def test_a_prompt_too_long_ends_the_asking_with_the_servers_words(spec, make_prompts):
    async def run():
        backend = make_backend(spec)
        try:
            [prompt] = make_prompts(1)
            message = {"role": "user", "content": "far too long " * 5000}
            prompts = [prompt._replace(messages=(message,))]
            return [reply async for reply in backend.ask(prompts, Decoding())]
        finally:
            await backend.aclose()

    with pytest.raises(PermanentError, match=r"(?i)context|length|token"):
        asyncio.run(run())


def test_the_server_says_which_model_it_serves(spec, make_prompts):
    async def run():
        backend = make_backend(spec)
        async for _ in backend.ask(make_prompts(1), Decoding()):
            pass
        await backend.aclose()
        return backend.describe()

    described = asyncio.run(run())
    assert described["served_model"] == "tiny"
    assert described["system_fingerprint"].startswith("vllm-")
