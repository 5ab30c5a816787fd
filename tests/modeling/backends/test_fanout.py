"""Many questions at once: none lost, even when one of them ends everything."""

import asyncio
from contextvars import ContextVar

import pytest

from modeling.backends import PermanentError, Prompt, Reply, TransientError
from modeling.backends.fanout import as_finished, patiently
from modeling.backends.pacing import Pace, Patience, Slot

PROMPTS = [Prompt(str(i), (), (), 1) for i in range(10)]
LIMITED = TransientError("429", retry_after_s=0.0, rate_limited=True)


def asked(ask, prompts=PROMPTS, *, pace=None, patience=None):
    return as_finished(
        ask,
        prompts,
        pace=pace or Pace(start=len(prompts), most=len(prompts)),
        patience=patience or Patience(backoff_s=0.001),
    )


async def keys_of(replies):
    return [reply.key async for reply in replies]


async def echo(prompt):
    await asyncio.sleep(0)
    return Reply(prompt.key)


def test_replies_come_as_they_finish():
    async def backwards(prompt):
        await asyncio.sleep((10 - int(prompt.key)) / 100)
        return Reply(prompt.key)

    keys = asyncio.run(keys_of(asked(backwards)))
    assert keys == [str(i) for i in reversed(range(10))]


def test_a_permanent_error_comes_after_every_reply_that_was_there():
    """All but two answer at once; number 3 fails at once; number 9 would never end."""
    ended = []

    async def one(prompt):
        if prompt.key == "3":
            raise PermanentError("no such model")
        if prompt.key == "9":
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(prompt.key)
        return Reply(prompt.key)

    async def run():
        got = []

        async def collect():
            async for reply in asked(one):
                got.append(reply.key)

        with pytest.raises(PermanentError, match="no such model"):
            await collect()
        return got

    assert asyncio.run(run()) == ["0", "1", "2", "4", "5", "6", "7", "8"]
    assert ended == ["9"]


def test_a_prompt_that_fails_for_good_ends_a_batch_that_has_more_prompts_than_slots():
    async def one(prompt):
        await asyncio.sleep(0)
        if prompt.key == "7":
            raise PermanentError("too long")
        return Reply(prompt.key)

    pace = Pace(start=2, most=2)

    async def run():
        with pytest.raises(PermanentError, match="too long"):
            await keys_of(asked(one, pace=pace))

    asyncio.run(run())
    assert (pace.in_flight, pace.peak) == (0, 2)


def test_one_slot_after_the_other_is_used_for_all_prompts_in_their_order():
    pace = Pace(start=1, most=1)
    assert asyncio.run(keys_of(asked(echo, pace=pace))) == [prompt.key for prompt in PROMPTS]
    assert (pace.in_flight, pace.peak) == (0, 1)


def test_askers_grow_with_the_pace():
    pace = Pace(start=1, most=8)
    keys = asyncio.run(
        keys_of(asked(echo, [Prompt(str(i), (), (), 1) for i in range(200)], pace=pace))
    )
    assert len(set(keys)) == 200
    assert (pace.in_flight, pace.peak) == (0, 8)


def test_a_batch_that_came_first_is_asked_first():
    """Of two batches at one pace the first has all its prompts under way before the second begins."""
    started = []

    async def one(prompt):
        started.append(prompt.key)
        await asyncio.sleep(0)
        return Reply(prompt.key)

    async def run():
        pace = Pace(start=2, most=16)
        batches = [[Prompt(f"{name}{i}", (), (), 1) for i in range(20)] for name in "ab"]
        await asyncio.gather(*(keys_of(asked(one, batch, pace=pace)) for batch in batches))

    asyncio.run(run())
    assert [key[0] for key in started] == ["a"] * 20 + ["b"] * 20


def test_what_is_logged_while_asking_names_the_batch_that_asks():
    """Slots go from one batch to the other; what each has set for its own work stays with it."""
    batch = ContextVar("batch")
    seen = []

    async def one(prompt):
        seen.append((prompt.key[0], batch.get()))
        return await echo(prompt)

    async def ask_all(name, pace):
        batch.set(name)
        await keys_of(asked(one, [Prompt(f"{name}{i}", (), (), 1) for i in range(9)], pace=pace))

    async def run():
        pace = Pace(start=2, most=5)
        await asyncio.gather(ask_all("a", pace), ask_all("b", pace))

    asyncio.run(run())
    assert set(seen) == {("a", "a"), ("b", "b")}


def test_retries_come_before_the_prompts_that_wait():
    """Number 0 fails once; it is asked again long before the last of the others."""
    started, failing = [], ["0"]

    async def one(prompt):
        started.append(prompt.key)
        await asyncio.sleep(0)
        if prompt.key in failing:
            failing.remove(prompt.key)
            raise LIMITED
        return Reply(prompt.key)

    prompts = [Prompt(str(i), (), (), 1) for i in range(100)]
    keys = asyncio.run(keys_of(asked(one, prompts, pace=Pace(start=2, most=2))))
    assert len(keys) == len(set(keys)) == 100
    assert [place for place, key in enumerate(started) if key == "0"][1] <= 5


def test_prompts_whose_patience_ends_do_not_hold_the_others_back():
    async def one(prompt):
        await asyncio.sleep(0)
        if int(prompt.key) % 2:
            raise TransientError("HTTP 503: busy")
        return Reply(prompt.key)

    async def run():
        pace, patience = Pace(start=2, most=2), Patience(max_tries=2, backoff_s=0.001)
        replies = [reply async for reply in asked(one, pace=pace, patience=patience)]
        return pace, {reply.key: reply.error for reply in replies}

    pace, errors = asyncio.run(run())
    assert [key for key, error in sorted(errors.items()) if error] == ["1", "3", "5", "7", "9"]
    assert pace.in_flight == 0


def test_closing_gives_every_slot_back():
    async def run():
        pace = Pace(start=3, most=3)
        closed = asked(echo, pace=pace)
        await anext(closed)
        await closed.aclose()
        assert pace.in_flight == 0
        assert len(await keys_of(asked(echo, pace=pace))) == 10

    asyncio.run(run())


def test_patience_ends_in_a_failed_reply_and_tries_as_often_as_told():
    tries = []

    async def fail(prompt):
        tries.append(prompt.key)
        raise TransientError("HTTP 503: busy")

    reply = asyncio.run(asked_patiently(fail, Patience(max_tries=4, backoff_s=0.001)))
    assert reply == Reply("0", error="HTTP 503: busy (tried 4 times)")
    assert len(tries) == 4


def test_429_are_counted_apart_from_failures():
    script = [LIMITED] * 5 + [TransientError("500")]

    async def follow(prompt):
        if script:
            raise script.pop(0)
        return Reply(prompt.key, "A")

    assert asyncio.run(asked_patiently(follow, Patience(max_tries=2, backoff_s=0.001))).text == "A"


async def asked_patiently(ask, patience):
    pace = Pace(start=1, most=1)
    slot = Slot(pace, pace.turn())
    await slot.enter()
    return await patiently(ask, PROMPTS[0], slot, patience)
