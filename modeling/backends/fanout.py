"""Ask many at once, hand out each reply as it finishes, lose none."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any

from modeling.backends.pacing import Pace, Patience
from modeling.backends.protocol import Prompt, Reply, TransientError, require_distinct_keys

Ask = Callable[[Prompt], Coroutine[Any, Any, Reply]]


async def as_finished(ask: Ask, prompts: Sequence[Prompt]) -> AsyncGenerator[Reply, None]:
    """Yield one reply a prompt, in the order in which they finish.

    An exception from `ask` ends it, after every reply that had finished by then. Closing the
    generator early cancels the rest. Raises ValueError if two prompts share a key.
    """
    require_distinct_keys(prompts)
    finished: deque[asyncio.Task[Reply]] = deque()
    arrived = asyncio.Event()

    def note(task: asyncio.Task[Reply]) -> None:
        finished.append(task)
        arrived.set()

    tasks = [asyncio.create_task(ask(prompt)) for prompt in prompts]
    for task in tasks:
        task.add_done_callback(note)
    try:
        for _ in tasks:
            while not finished:
                arrived.clear()
                await arrived.wait()
            task = finished.popleft()
            if task.exception() is not None:
                async for reply in _already_there(finished):
                    yield reply
            yield task.result()
    finally:
        await _ended(tasks)


async def _already_there(finished: deque[asyncio.Task[Reply]]) -> AsyncGenerator[Reply, None]:
    await asyncio.sleep(0)
    while finished:
        task = finished.popleft()
        if task.exception() is None:
            yield task.result()


async def _ended(tasks: Sequence[asyncio.Task[Reply]]) -> None:
    """Cancel what is still under way, and look at every failure, so that none is called missed."""
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for task in tasks:
        if not task.cancelled():
            task.exception()


async def patiently(ask: Ask, prompt: Prompt, *, pace: Pace, patience: Patience) -> Reply:
    """Ask one prompt within the pace, again after passing failures, until patience is spent.

    The last failure then becomes the reply's `error`. Permanent errors pass through.
    """
    failures = rate_limited = 0
    while True:
        try:
            async with pace.slot(again=failures + rate_limited > 0):
                return await ask(prompt)
        except TransientError as error:
            failures += not error.rate_limited
            rate_limited += error.rate_limited
            if patience.spent(failures, rate_limited):
                return Reply(prompt.key, error=f"{error} (tried {failures + rate_limited} times)")
            await asyncio.sleep(patience.pause_s(error, failures, prompt.key))
