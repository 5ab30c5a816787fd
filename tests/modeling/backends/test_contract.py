"""One suite over every backend. A new kind is added to `ENDPOINTS` or the first test is red."""

import asyncio
import json
from collections import Counter

import pytest

from modeling.backends import (
    KINDS,
    Decoding,
    EndpointSpec,
    PermanentError,
    make_backend,
    read_answers,
)
from tests.modeling.backends.endpoints import ELSEWHERE, ENDPOINTS, KEY
from tests.modeling.platform import ROOT


def test_every_kind_is_under_contract():
    assert {name.split()[0] for name in ENDPOINTS} == set(KINDS) - set(ELSEWHERE)
    assert all((ROOT / path).is_file() for path in ELSEWHERE.values())


def test_what_is_never_asked_says_how_its_answers_come():
    with pytest.raises(PermanentError, match="import_answers"):
        make_backend(EndpointSpec("files", "some-model"))


@pytest.fixture(params=sorted(ENDPOINTS))
def spec(request):
    with ENDPOINTS[request.param]() as spec:
        yield spec


def run(spec, use):
    """Run `await use(backend)` with a backend that is closed afterwards, and once more."""

    async def main():
        backend = make_backend(spec)
        try:
            return await use(backend)
        finally:
            await backend.aclose()
            await backend.aclose()

    return asyncio.run(main())


async def collect(backend, prompts, **decoding):
    return [reply async for reply in backend.ask(prompts, Decoding(**decoding))]


def readings(replies, prompts):
    by_key = {prompt.key: prompt for prompt in prompts}
    return {reply.key: read_answers(reply, by_key[reply.key]) for reply in replies}


def assert_alike(some, others):
    """The same answers, to rounding: what else is in a batch changes a real engine's last digits."""
    assert some.keys() == others.keys()
    for key, answers in some.items():
        for frame, answer in answers.items():
            other = others[key][frame]
            assert (answer.choice, answer.text) == (other.choice, other.text)
            assert answer.q == pytest.approx(other.q, abs=1e-3)


def test_every_prompt_is_answered_exactly_once(spec, make_prompts):
    prompts = make_prompts(150)
    replies = run(spec, lambda backend: collect(backend, prompts))
    assert Counter(reply.key for reply in replies) == Counter(prompt.key for prompt in prompts)
    assert all(reply.error is None for reply in replies)
    answers = [answer for pair in readings(replies, prompts).values() for answer in pair.values()]
    assert all(answer.valid and 0.0 < answer.q < 1.0 for answer in answers)
    assert len({answer.q for answer in answers}) > 100


def test_answers_do_not_depend_on_order_or_company(spec, make_prompts):
    prompts = make_prompts(40)
    together = run(spec, lambda backend: collect(backend, prompts))

    async def in_two_calls_at_once(backend):
        return await asyncio.gather(
            collect(backend, prompts[:15:-1]), collect(backend, prompts[15::-1])
        )

    first, second = run(spec, in_two_calls_at_once)
    assert_alike(readings(first + second, prompts), readings(together, prompts))


def test_closing_early_leaves_nothing_running_and_the_backend_usable(spec, make_prompts):
    prompts = make_prompts(60)

    async def stop_early(backend):
        replies = backend.ask(prompts, Decoding())
        early = [await anext(replies) for _ in range(3)]
        await replies.aclose()
        names = {t.get_coro().__qualname__ for t in asyncio.all_tasks() - {asyncio.current_task()}}
        return early, names, await collect(backend, prompts)

    early, left, after = run(spec, stop_early)
    assert len({reply.key for reply in early}) == 3
    assert not {name for name in left if "_Askers" in name}
    assert {reply.key for reply in after} == {prompt.key for prompt in prompts}


def test_cancelling_the_asker_does_not_starve_others(spec, make_prompts):
    async def cancel_one_of_two(backend):
        doomed = asyncio.create_task(collect(backend, make_prompts(100)))
        kept = asyncio.create_task(collect(backend, make_prompts(100)))
        await asyncio.sleep(0.01)
        doomed.cancel()
        return len(await asyncio.wait_for(kept, timeout=60))

    assert run(spec, cancel_one_of_two) == 100


def test_paper_mode_fills_both_frames(spec, make_prompts):
    prompts = make_prompts(20, mode="paper")
    answers = readings(run(spec, lambda b: collect(b, prompts)), prompts)
    assert all(set(pair) == {"personal", "norm"} for pair in answers.values())
    assert all(answer.valid for pair in answers.values() for answer in pair.values())


def test_a_reason_is_kept_and_probabilities_still_stand_at_the_letter(spec, make_prompts):
    prompts = make_prompts(20, mode="rationale")
    replies = run(spec, lambda b: collect(b, prompts))
    assert all(reply.logprobs for reply in replies)
    answers = [pair["personal"] for pair in readings(replies, prompts).values()]
    assert all(answer.rationale is not None for answer in answers)
    assert all(answer.invalid_mass is not None for answer in answers)


def test_without_logprobs_the_text_is_read(spec, make_prompts):
    prompts = make_prompts(5)
    answers = readings(run(spec, lambda b: collect(b, prompts, logprobs=0)), prompts)
    assert {pair["personal"].q for pair in answers.values()} <= {0.0, 1.0}
    assert all(pair["personal"].invalid_mass is None for pair in answers.values())


def test_nothing_asked_nothing_answered(spec):
    assert run(spec, lambda backend: collect(backend, [])) == []


def test_a_repeated_key_is_refused(spec, make_prompts):
    with pytest.raises(ValueError, match="share a key"):
        run(spec, lambda backend: collect(backend, make_prompts(1) * 2))


def test_description_is_json_and_holds_no_secret(spec, make_prompts):
    async def described(backend):
        await collect(backend, make_prompts(3))
        return json.dumps(backend.describe())

    text = run(spec, described)
    assert json.loads(text)["kind"] == spec.kind
    assert json.loads(text)["model"] == spec.model
    assert KEY not in text
    assert KEY not in repr(spec)
