"""Start and stop the stub: for ever, or beside a test in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from aiohttp import web

from modeling.stub.app import make_app
from modeling.stub.options import StubOptions

HOST = "127.0.0.1"


async def start(options: StubOptions, port: int) -> tuple[web.AppRunner, int]:
    """Listen on loopback; port 0 takes a free one. Returns the runner and the real port.

    Raises OSError where the port is taken.
    """
    runner = web.AppRunner(
        make_app(options), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    site = web.TCPSite(runner, HOST, port, backlog=2048)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, runner.addresses[0][1]


def serve(port: int, options: StubOptions, *, say: Callable[[str], None] = print) -> None:
    """Serve until interrupted, after saying `stub: http://127.0.0.1:PORT/v1`."""

    async def run() -> None:
        runner, real_port = await start(options, port)
        say(f"stub: http://{HOST}:{real_port}/v1")
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    asyncio.run(run())


@dataclass(frozen=True, slots=True)
class RunningStub:
    """A stub that is up. `base_url` ends in /v1."""

    port: int

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return f"http://{HOST}:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        """The counters of /stub/stats."""
        with urlopen(f"http://{HOST}:{self.port}/stub/stats", timeout=10) as response:
            counters: dict[str, Any] = json.load(response)
            return counters

    def release(self) -> None:
        """Let go what `hold_after` holds back."""
        urlopen(f"http://{HOST}:{self.port}/stub/release", data=b"", timeout=10).close()


async def _stop(runner: web.AppRunner) -> None:
    """Close the server, and end what still hangs on purpose."""
    await runner.cleanup()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def running_stub(options: StubOptions | None = None, *, port: int = 0) -> Iterator[RunningStub]:
    """Run a stub in a thread while the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="pact-stub", daemon=True)
    thread.start()
    runner = None
    try:
        starting = asyncio.run_coroutine_threadsafe(start(options or StubOptions(), port), loop)
        runner, real_port = starting.result(timeout=30)
        yield RunningStub(real_port)
    finally:
        if runner is not None:
            asyncio.run_coroutine_threadsafe(_stop(runner), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()
