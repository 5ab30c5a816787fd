"""Ask many at once, hand out each reply as it finishes, lose none."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any

from modeling.backends.pacing import Pace, Patience, Slot
from modeling.backends.protocol import Prompt, Reply, TransientError, require_distinct_keys

Ask = Callable[[Prompt], Coroutine[Any, Any, Reply]]


async def as_finished(
    ask: Ask, prompts: Sequence[Prompt], *, pace: Pace, patience: Patience
) -> AsyncGenerator[Reply, None]:
    """Yield one reply a prompt, in the order in which they finish, asking within the pace.

    An exception from `ask` ends it, after every reply that had finished by then; passing failures
    are tried again (see `patiently`). Closing the generator early cancels the rest. Raises
    ValueError if two prompts share a key.
    """
    require_distinct_keys(prompts)
    askers = _Askers(ask, prompts, pace, patience)
    try:
        for _ in prompts:
            yield await askers.next_reply()
    finally:
        await askers.end()


class _Askers:
    """Askers of one batch: each has a slot, and asks in it one prompt after the other.

    A task and a place in the queue for every prompt would double what this costs. So the batch waits
    for slots as a whole (`Waiting`), and each one it gets makes an asker, who leaves when the pace
    has other plans for the slot or no prompt is left.
    """

    def __init__(self, ask: Ask, prompts: Sequence[Prompt], pace: Pace, patience: Patience) -> None:
        self._ask = ask
        self._pace = pace
        self._patience = patience
        self._left = deque(prompts)
        self._finished: deque[Reply] = deque()
        self._problem: BaseException | None = None
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._context = copy_context()  # what is logged while asking names this batch's chunk
        self._turn = pace.turn()
        pace.join(self._turn, self)

    @property
    def wants(self) -> bool:
        """See Waiting."""
        return bool(self._left)

    def take(self) -> None:
        """See Waiting."""
        slot = Slot(self._pace, self._turn, held=True)
        work = self._ask_on(self._left.popleft(), slot)
        asker = asyncio.create_task(work, context=self._context)
        self._tasks.add(asker)
        asker.add_done_callback(partial(self._note_end, slot))

    async def next_reply(self) -> Reply:
        """The next that finishes. Raises what ended an asker, once every reply has been taken."""
        while not self._finished:
            if self._problem:
                await asyncio.sleep(0)  # others may have finished at the same moment
                if not self._finished:
                    raise self._problem
            else:
                self._news.clear()
                await self._news.wait()
        return self._finished.popleft()

    async def end(self) -> None:
        """Cancel what is still under way."""
        self._left.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask_on(self, prompt: Prompt, slot: Slot) -> None:
        """Ask this prompt, and the next ones for as long as the slot is ours."""
        while True:
            self._finished.append(await patiently(self._ask, prompt, slot, self._patience))
            self._news.set()
            if not (self._left and slot.keeps()):
                return
            prompt = self._left.popleft()

    def _note_end(self, slot: Slot, asker: asyncio.Task[None]) -> None:
        """Give the slot back. Not in a `finally`: who is cancelled before it begins never gets there."""
        self._tasks.discard(asker)
        if not asker.cancelled() and asker.exception():
            self._problem = self._problem or asker.exception()
            self._news.set()
        slot.leave()


async def patiently(ask: Ask, prompt: Prompt, slot: Slot, patience: Patience) -> Reply:
    """Ask one prompt in this slot, again after passing failures, until patience is spent.

    The last failure then becomes the reply's `error`. Between tries, and after such an end, the
    slot is not held. Permanent errors pass through.
    """
    failures = rate_limited = 0
    while True:
        try:
            return await slot.use(ask(prompt))
        except TransientError as error:
            slot.leave()
            failures += not error.rate_limited
            rate_limited += error.rate_limited
            if patience.spent(failures, rate_limited):
                return Reply(prompt.key, error=f"{error} (tried {failures + rate_limited} times)")
            pause = patience.pause_s(error, failures, prompt.key)
        await asyncio.sleep(pause)
        await slot.enter(again=True)
