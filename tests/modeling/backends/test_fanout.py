"""Many questions at once: none lost, even when one of them ends everything."""

import asyncio

import pytest

from modeling.backends import PermanentError, Prompt, Reply, TransientError
from modeling.backends.fanout import as_finished, patiently
from modeling.backends.pacing import Pace, Patience

PROMPTS = [Prompt(str(i), (), (), 1) for i in range(10)]


def test_replies_come_as_they_finish():
    async def backwards(prompt):
        await asyncio.sleep((10 - int(prompt.key)) / 100)
        return Reply(prompt.key)

    async def run():
        return [reply.key async for reply in as_finished(backwards, PROMPTS)]

    assert asyncio.run(run()) == [str(i) for i in reversed(range(10))]


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
            async for reply in as_finished(one, PROMPTS):
                got.append(reply.key)

        with pytest.raises(PermanentError, match="no such model"):
            await collect()
        return got

    assert asyncio.run(run()) == ["0", "1", "2", "4", "5", "6", "7", "8"]
    assert ended == ["9"]


def test_patience_ends_in_a_failed_reply_and_tries_as_often_as_told():
    tries = []

    async def fail(prompt):
        tries.append(prompt.key)
        raise TransientError("HTTP 503: busy")

    async def run():
        patience = Patience(max_tries=4, backoff_s=0.001)
        return await patiently(fail, PROMPTS[0], pace=Pace(start=1, most=1), patience=patience)

    reply = asyncio.run(run())
    assert reply == Reply("0", error="HTTP 503: busy (tried 4 times)")
    assert len(tries) == 4


def test_429_are_counted_apart_from_failures():
    script = [TransientError("429", retry_after_s=0.0, rate_limited=True)] * 5
    script += [TransientError("500")]

    async def follow(prompt):
        if script:
            raise script.pop(0)
        return Reply(prompt.key, "A")

    async def run():
        patience = Patience(max_tries=2, backoff_s=0.001)
        return await patiently(follow, PROMPTS[0], pace=Pace(start=1, most=1), patience=patience)

    assert asyncio.run(run()).text == "A"
