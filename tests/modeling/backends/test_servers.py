"""Clients of OpenAI-compatible servers against a real one on loopback, with every fault it has."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from modeling.backends import (
    BackendError,
    Decoding,
    EndpointSpec,
    PermanentError,
    make_backend,
    read_answer,
    read_answers,
)
from modeling.stub import FAULTS, StubOptions, running_stub
from tests.modeling.backends.endpoints import KEY, MODEL, SERVERS

PASSING = ["server_error", "garbage", "rate_limit"]
LASTING = {
    "server_error": "HTTP 500: The simulated server fell over. (tried 3 times)",
    "garbage": "not JSON: <html>Bad gateway",
    "hang": "did not answer in time",
}
PERMANENT = {
    "bad_request": "HTTP 400: This model's maximum context length is 2048 tokens",
    "unauthorized": r"HTTP 401: Incorrect API key provided: \[key\]",
}
BENT = {
    "refusal": "refusal",
    "reasoning_field": "reasoning_only",
    "ignored_constraint": "unparseable",
    "cut_json": "cut_off",
    "think_block": "",
    "missing_logprobs": "",
    "leading_space": "",
    "slow": "",
    "wrong_logprobs": "",
    "first_option": "",
}
ADAPTED = {"rejects_logprobs", "few_logprobs", "rejects_max_tokens", "rejects_schema"}
FILTERS = {"content_filter"}
BY_CHAT = {"no_template"}


def test_every_fault_of_the_stub_is_met_here():
    of_requests = {name for name in FAULTS if not name.startswith("batch_")}
    assert {*PASSING, *LASTING, *PERMANENT, *BENT, *ADAPTED, *FILTERS, *BY_CHAT} == of_requests


@pytest.fixture(params=SERVERS)
def spec_of(request):
    """`spec_of(stub, **options)`: how this client reaches that stub."""
    return SERVERS[request.param]


def is_plain(spec):
    return spec.options.get("template") == "plain"


def describe_after(spec, prompts, **decoding):
    async def run():
        backend = make_backend(spec)
        replies = [reply async for reply in backend.ask(prompts, Decoding(**decoding))]
        await backend.aclose()
        return replies, backend.describe()

    return asyncio.run(run())


def read(replies, prompts):
    by_key = {prompt.key: prompt for prompt in prompts}
    return [read_answer(reply, by_key[reply.key]) for reply in replies]


def test_server_that_serves_few_at_once_gets_every_question_answered_once(spec_of, make_prompts):
    """The pace falls to what the server takes; 429 are waited out and nothing is asked twice."""
    prompts = make_prompts(120)
    with running_stub(StubOptions(latency_ms=5, limit=8, retry_after_s=0.05)) as stub:
        replies, described = describe_after(spec_of(stub), prompts)
        stats = stub.stats()
    assert {reply.key for reply in replies} == {prompt.key for prompt in prompts}
    assert all(answer.valid for answer in read(replies, prompts))
    assert stats["answers"] == 120
    assert stats["repeated"] == []
    assert described["rate_limited"] == stats["faults"]["rate_limit"] > 0


@pytest.mark.parametrize("fault", PASSING)
def test_passing_faults_are_retried_until_answered(spec_of, fault, ask, make_prompts):
    prompts = make_prompts(60)
    with running_stub(StubOptions(faults={fault: 0.3}, retry_after_s=0.01)) as stub:
        replies = ask(spec_of(stub, max_tries=30), prompts)
        stats = stub.stats()
    assert all(answer.valid for answer in read(replies, prompts))
    assert stats["faults"][fault] > 0
    assert stats["answers"] == len(replies) == 60


def test_hanging_requests_time_out_and_are_asked_again(spec_of, ask, make_prompts):
    prompts = make_prompts(20)
    with running_stub(StubOptions(faults={"hang": 0.2})) as stub:
        replies = ask(spec_of(stub, timeout_s=0.5, max_tries=30), prompts)
        assert stub.stats()["faults"]["hang"] > 0
    assert all(answer.valid for answer in read(replies, prompts))
    assert len(replies) == 20


@pytest.mark.parametrize(("fault", "words"), LASTING.items())
def test_lasting_faults_end_as_failed_replies_with_the_reason(
    spec_of, fault, words, ask, make_prompts
):
    prompts = make_prompts(4)
    with running_stub(StubOptions(faults={fault: 1.0})) as stub:
        replies = ask(spec_of(stub, max_tries=3, timeout_s=0.3), prompts)
        assert stub.stats()["requests"] == 12
    assert Counter(reply.key for reply in replies) == Counter(prompt.key for prompt in prompts)
    assert all(words in reply.error for reply in replies)


def test_absent_server_is_said_to_be_absent(spec_of, ask, make_prompts):
    with running_stub() as stub:
        gone = spec_of(stub, max_tries=2)
    replies = ask(gone, make_prompts(3))
    assert len(replies) == 3
    assert all(reply.error.startswith("No connection to the server") for reply in replies)


@pytest.mark.parametrize(("fault", "words"), PERMANENT.items())
def test_permanent_errors_carry_the_servers_words_but_not_the_key(
    spec_of, fault, words, ask, make_prompts
):
    with running_stub(StubOptions(faults={fault: 1.0})) as stub:
        with pytest.raises(PermanentError, match=words) as caught:
            ask(spec_of(stub), make_prompts(50))
        assert stub.stats()["requests"] <= 50
    assert KEY not in str(caught.value)


def test_a_base_model_is_asked_by_plain_completion_only(spec_of, ask, make_prompts):
    prompts = make_prompts(5)
    with running_stub(StubOptions(faults={"no_template": 1.0})) as stub:
        spec = spec_of(stub)
        if is_plain(spec):
            assert all(0.0 < answer.q < 1.0 for answer in read(ask(spec, prompts), prompts))
            return
        with pytest.raises(PermanentError, match="HTTP 400: This model has no chat template"):
            ask(spec, prompts)


def test_a_key_repeated_in_a_strange_answer_is_blotted_out(spec_of, make_prompts):
    replies, _seen = against_a_server_that_says({"you sent": KEY}, spec_of, make_prompts(1))
    [reply] = replies
    assert "completion" in reply.error
    assert "[key]" in reply.error
    assert KEY not in reply.error


def test_a_redirect_is_not_followed_with_the_key(make_prompts):
    """`lean` only: the other client follows, as its users expect of it."""
    with pytest.raises(PermanentError, match="HTTP 307"):
        against_a_server_that_says(
            {}, SERVERS["lean"], make_prompts(1), status=307, headers={"Location": "/elsewhere"}
        )


def test_unknown_model_is_permanent(spec_of, ask, make_prompts):
    with running_stub() as stub:
        wrong = replace(spec_of(stub), model="gpt-0")
        with pytest.raises(PermanentError, match="HTTP 404: The model 'gpt-0' does not exist"):
            ask(wrong, make_prompts(1))


def test_refused_logprobs_fall_back_to_text_once_and_say_so(spec_of, make_prompts):
    prompts = make_prompts(150)
    with running_stub(StubOptions(faults={"rejects_logprobs": 1.0})) as stub:
        replies, described = describe_after(spec_of(stub), prompts)
        stats = stub.stats()
    assert {answer.q for answer in read(replies, prompts)} == {0.0, 1.0}
    assert described["adapted"]["logprobs"] == (
        "0 alternatives a token; the server said: HTTP 400: You are not allowed to request "
        "logprobs from this model."
    )
    assert stats["answers"] == 150
    assert stats["requests"] < 300, "only requests under way at the first refusal ask twice"


def test_fewer_alternatives_are_asked_for_before_none(spec_of, make_prompts):
    prompts = make_prompts(30)
    with running_stub(StubOptions(faults={"few_logprobs": 1.0})) as stub:
        replies, described = describe_after(spec_of(stub), prompts)
    assert all(0.0 < answer.q < 1.0 for answer in read(replies, prompts))
    assert all(len(reply.logprobs) <= 6 for reply in replies)
    assert described["adapted"]["logprobs"].startswith("5 alternatives a token; the server said:")


def test_a_filtered_prompt_is_a_refusal_and_not_the_end(spec_of, ask, make_prompts):
    prompts = make_prompts(40)
    with running_stub(StubOptions(faults={"content_filter": 0.3})) as stub:
        answers = read(ask(spec_of(stub), prompts), prompts)
        filtered = stub.stats()["faults"]["content_filter"]
    assert [a.invalid_reason for a in answers].count("refusal") == filtered > 0
    assert sum(answer.valid for answer in answers) == 40 - filtered


def test_token_limit_is_renamed_where_the_server_wants_that(spec_of, make_prompts):
    prompts = make_prompts(3)
    with running_stub(StubOptions(faults={"rejects_max_tokens": 1.0})) as stub:
        replies, described = describe_after(spec_of(stub), prompts)
    assert all(0.0 < answer.q < 1.0 for answer in read(replies, prompts))
    assert described["adapted"] == {"max_tokens": "sent as max_completion_tokens"}


@pytest.mark.parametrize(("fault", "reason"), BENT.items())
def test_bent_answers_are_read_or_named(spec_of, fault, reason, ask, make_prompts):
    prompts = make_prompts(5)
    with running_stub(StubOptions()) as plain:
        straight = {r.key: a for r, a in pairs(ask(spec_of(plain), prompts), prompts)}
    with running_stub(StubOptions(faults={fault: 1.0}, slow_s=0.01)) as stub:
        bent = pairs(ask(spec_of(stub), prompts), prompts)
        if is_plain(spec_of(stub)) and fault == "reasoning_field":
            reason = "empty"  # completions have no field for it
    for reply, answer in bent:
        assert answer.invalid_reason == reason
        assert answer.text or reason == "empty"
        if fault == "first_option":
            assert answer.choice == prompts[0].labels[0].code
        elif not reason:
            assert answer.choice == straight[reply.key].choice


def pairs(replies, prompts):
    return list(zip(replies, read(replies, prompts), strict=True))


def test_paper_answers_cut_short_are_invalid_each(spec_of, ask, make_prompts):
    [prompt] = make_prompts(1, mode="paper")
    with running_stub(StubOptions(faults={"cut_json": 1.0})) as stub:
        [reply] = ask(spec_of(stub), [prompt])
    assert {a.invalid_reason for a in read_answers(reply, prompt).values()} == {"cut_off"}


def test_counts_and_marks_of_the_server_are_kept(spec_of, make_prompts):
    prompts = make_prompts(2)
    with running_stub(StubOptions(faults={"missing_logprobs": 1.0})) as stub:
        replies, described = describe_after(spec_of(stub), prompts)
    assert all(reply.prompt_tokens > 50 and reply.completion_tokens == 1 for reply in replies)
    assert all(reply.latency_s > 0 and reply.finish_reason == "stop" for reply in replies)
    assert described["system_fingerprint"] == "pact-stub-simulated"
    assert described["served_model"] == MODEL
    assert described["replies_without_label_probabilities"] == 2


def test_the_environment_is_not_consulted(spec_of, monkeypatch, ask, make_prompts):
    """The 401 repeats the key it got: blotted out, so it was the one handed in."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with (
        running_stub(StubOptions(faults={"unauthorized": 1.0})) as stub,
        pytest.raises(PermanentError, match=r"provided: \[key\]"),
    ):
        ask(spec_of(stub), make_prompts(1))


def test_what_is_sent(spec_of, make_prompts):
    """The exact body, seen by a server: decoding, constraint, extra fields, and nothing of meta."""
    [prompt] = make_prompts(1)
    options = {"constrain": True, "extra_body": {"top_k": 3}}
    decoding = Decoding(temperature=0.7, top_p=0.9, seed=5, logprobs=7)
    path, body = sent(prompt, partial(spec_of, **options), decoding)
    asked = asked_of(prompt, path)
    assert body == {
        **asked,
        "model": MODEL,
        "max_tokens": prompt.max_tokens,
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": 5,
        **({"logprobs": True, "top_logprobs": 7} if "messages" in asked else {"logprobs": 7}),
        "structured_outputs": {"choice": ["A", "B"]},
        "top_k": 3,
    }
    _path, bare = sent(prompt, spec_of, Decoding(logprobs=0, max_tokens=3))
    assert bare == {**asked, "model": MODEL, "max_tokens": 3, "temperature": 0.0}


def asked_of(prompt, path):
    system, user = (message["content"] for message in prompt.messages)
    if path == "/v1/completions":
        return {"prompt": f"{system}\n\n{user}"}
    return {"messages": [dict(message) for message in prompt.messages]}


def sent(prompt, spec_of, decoding):
    """Path and body of the one request that a prompt costs."""
    choice = {"message": {"content": "A"}, "text": "A", "finish_reason": "stop"}
    [reply], [(path, body)] = against_a_server_that_says(
        {"choices": [choice]}, spec_of, [prompt], decoding=decoding
    )
    assert reply.text == "A"
    assert KEY not in json.dumps(body)
    return path, body


def against_a_server_that_says(said, spec_of, prompts, *, decoding=None, status=200, headers=None):
    """The replies, and path and body of each request, where every answer is the same."""
    seen = []

    async def answer(request):
        seen.append((request.path, await request.json()))
        return web.json_response(said, status=status, headers=headers)

    async def run():
        app = web.Application()
        app.router.add_post("/v1/{path:.*}", answer)
        async with TestServer(app) as server:
            where = SimpleNamespace(base_url=str(server.make_url("/v1")))
            backend = make_backend(spec_of(where, max_tries=1))
            try:
                return [reply async for reply in backend.ask(prompts, decoding or Decoding())]
            finally:
                await backend.aclose()

    return asyncio.run(run()), seen


@pytest.mark.parametrize("kind", ["openai", "lean"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_url": ""}, "needs a URL, found ''"),
        ({"base_url": "localhost:8000"}, "needs a URL"),
        ({"model": ""}, "name of a model"),
        ({"base_url": "http://me:secret@localhost/v1"}, "user name or password"),
        ({"api_key": "secret\nX-Other: 1"}, "no HTTP header may hold"),
        ({"options": {"speed": 9}}, "speed"),
        ({"options": {"template": "alpaca"}}, "'alpaca'; known: chat, plain"),
    ],
)
def test_wrong_specs_are_refused_in_plain_words(kind, change, words):
    good = EndpointSpec(kind, MODEL, "http://localhost:8000/v1")
    with pytest.raises(BackendError, match=words) as caught:
        make_backend(replace(good, **change))
    assert "secret" not in str(caught.value)
