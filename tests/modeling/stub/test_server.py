"""The stub over HTTP, through the official client and by hand."""

import asyncio
import json
import tracemalloc
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import openai
import pytest

from modeling.stub import FINGERPRINT, OWNER, StubOptions, running_stub
from modeling.stub.completing import Completions

MODEL = "pact-stub-1"
QUESTION = [{"role": "user", "content": "Shoes?\nA: off\nB: on\nAnswer:"}]


@pytest.fixture
def stub():
    with running_stub() as stub:
        yield stub


def client_of(stub) -> openai.OpenAI:
    return openai.OpenAI(api_key="any", base_url=stub.base_url, max_retries=0)


def post(stub, path, body: bytes):
    headers = {"Content-Type": "application/json"}
    return urlopen(Request(stub.base_url + path, body, headers), timeout=10)


def test_it_says_that_it_is_simulated(stub):
    with client_of(stub) as client:
        [model] = client.models.list().data
        reply = client.chat.completions.create(model=MODEL, messages=QUESTION)
    assert (model.id, model.owned_by) == (MODEL, OWNER)
    assert reply.system_fingerprint == FINGERPRINT
    with urlopen(stub.base_url.removesuffix("/v1") + "/health", timeout=10) as response:
        assert json.load(response) == {"status": "ok", "model": MODEL, "simulated": True}


def test_equal_requests_get_equal_answers_and_are_counted(stub):
    with client_of(stub) as client:
        ask = client.chat.completions.create
        one, other = (ask(model=MODEL, messages=QUESTION) for _ in range(2))
        ask(model=MODEL, messages=QUESTION, seed=1)
    assert one == other
    stats = stub.stats()
    assert (stats["requests"], stats["answers"], stats["prompts"]) == (3, 3, 2)
    assert len(stats["repeated"]) == 1
    assert sorted(stats["answered"].values()) == [1, 2]
    assert stats["in_flight"] == 0


def test_answers_that_are_not_kept_are_made_again_and_are_the_same():
    prompts = [[{"role": "user", "content": f"{n}?\nA: off\nB: on\nAnswer:"}] for n in range(4)]
    with running_stub(StubOptions(keep=1)) as stub, client_of(stub) as client:
        first, again = (
            [client.chat.completions.create(model=MODEL, messages=one) for one in prompts]
            for _ in range(2)
        )
        stats = stub.stats()
    assert first == again
    assert (stats["answers"], stats["prompts"], stats["unnamed"]) == (8, 4, 0)


def test_memory_does_not_grow_with_what_is_asked():
    async def asked(number: int) -> Completions:
        completions = Completions(StubOptions(keep=100))
        completions.stats.most_named = 100
        body = {"model": MODEL, "messages": QUESTION}
        for seed in range(number):
            await completions.answer(json.dumps(body | {"seed": seed}).encode(), "")
        return completions

    tracemalloc.start()
    try:
        few = asyncio.run(asked(200))
        before = tracemalloc.get_traced_memory()[0]
        many = asyncio.run(asked(2_000))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 2 * before, "ten times as many questions take no more memory"
    assert (many.stats.answers, many.stats.unnamed) == (2_000, 2 * (2_000 - 100))
    assert few.stats.answers == 200


def test_logprobs_only_when_asked_for(stub):
    with client_of(stub) as client:
        plain = client.chat.completions.create(model=MODEL, messages=QUESTION)
        rich = client.chat.completions.create(
            model=MODEL, messages=QUESTION, logprobs=True, top_logprobs=4
        )
    assert plain.choices[0].logprobs is None
    [token] = rich.choices[0].logprobs.content
    assert token.token == rich.choices[0].message.content
    assert len(token.top_logprobs) == 4
    assert rich.usage.total_tokens == rich.usage.prompt_tokens + rich.usage.completion_tokens


def test_plain_completions(stub):
    with client_of(stub) as client:
        reply = client.completions.create(model=MODEL, prompt=QUESTION[0]["content"], logprobs=5)
    assert reply.choices[0].text in {"A", "B"}
    assert len(reply.choices[0].logprobs.top_logprobs[0]) == 5


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "not a JSON object"),
        (b'{"model": "gpt-0", "messages": [{}]}', 404, "does not exist"),
        (b'{"model": "pact-stub-1"}', 400, "missing or empty"),
        (b'{"model": "pact-stub-1", "messages": []}', 400, "missing or empty"),
        (b'{"model": "pact-stub-1", "messages": [{}], "top_logprobs": 21}', 400, "at most 20"),
    ],
)
def test_requests_that_no_server_takes(stub, body, status, words):
    with pytest.raises(HTTPError) as caught:
        post(stub, "/chat/completions", body)
    assert caught.value.code == status
    assert words in json.load(caught.value)["error"]["message"]
    assert stub.stats()["answers"] == 0


def test_rate_limit_states_when_to_come_back():
    options = StubOptions(faults={"rate_limit": 1.0}, retry_after_s=0.5)
    with (
        running_stub(options) as stub,
        client_of(stub) as client,
        pytest.raises(openai.RateLimitError) as caught,
    ):
        client.chat.completions.create(model=MODEL, messages=QUESTION)
    assert caught.value.response.headers["retry-after"] == "0.5"


def test_hanging_requests_end_with_the_client():
    with running_stub(StubOptions(faults={"hang": 1.0})) as stub:
        with client_of(stub) as client, pytest.raises(openai.APITimeoutError):
            client.with_options(timeout=0.1).chat.completions.create(model=MODEL, messages=QUESTION)
        assert stub.stats()["faults"] == {"hang": 1}


def test_two_stubs_do_not_share_anything():
    with running_stub() as one, running_stub(StubOptions(model="other")) as two:
        assert one.port != two.port
        with client_of(one) as client:
            client.chat.completions.create(model=MODEL, messages=QUESTION)
        assert (one.stats()["requests"], two.stats()["requests"]) == (1, 0)


def test_a_taken_port_is_an_error_and_leaves_nothing_behind(stub):
    with pytest.raises(OSError, match="address already in use"), running_stub(port=stub.port):
        pass
