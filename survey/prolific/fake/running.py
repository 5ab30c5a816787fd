"""Start and stop the fake: for ever, or beside a test in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from survey.prolific.fake.app import API, Fake, make_app
from survey.prolific.fake.faults import Weather
from survey.prolific.fake.post import PostOffice

HOST = "127.0.0.1"
TOKEN = "fake-token"  # noqa: S105 - of a fake


def make_fake(
    *,
    webhook: str = "",
    secret: str = "",
    faults: set[str] | None = None,
    memory: Path | None = None,
) -> Fake:
    """A fake with nobody in it yet; webhooks go to `webhook`, signed with `secret`.

    With `memory` it starts from what that file holds, and keeps it up to date.
    """
    weather = Weather(faults or set())
    return Fake(TOKEN, PostOffice(webhook, secret, weather), weather, memory)


async def _start(fake: Fake, port: int) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(make_app(fake), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, runner.addresses[0][1]


def serve(port: int, fake: Fake, *, say: Callable[[str], None] = print) -> None:
    """Serve until interrupted, after saying `fake Prolific: http://127.0.0.1:PORT/api/v1`."""

    async def run() -> None:
        runner, real = await _start(fake, port)
        say(f"fake Prolific: http://{HOST}:{real}{API}")
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    asyncio.run(run())


@dataclass(frozen=True)
class RunningFake:
    """A fake that is up."""

    fake: Fake
    port: int

    @property
    def url(self) -> str:
        """What PACT_PROLIFIC_URL takes."""
        return f"http://{HOST}:{self.port}{API}"

    @property
    def people_url(self) -> str:
        """Where the simulated people act."""
        return f"http://{HOST}:{self.port}/fake"


@contextmanager
def running_fake(fake: Fake | None = None, *, port: int = 0) -> Iterator[RunningFake]:
    """Run a fake in a thread while the block lasts."""
    made = fake or make_fake()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="pact-fake-prolific", daemon=True)
    thread.start()
    runner = None
    try:
        starting = asyncio.run_coroutine_threadsafe(_start(made, port), loop)
        runner, real = starting.result(timeout=30)
        yield RunningFake(made, real)
    finally:
        if runner is not None:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()
