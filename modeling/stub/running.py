"""Start and stop the stub: for ever, or beside a test in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.request import urlopen

from aiohttp import web

from modeling.stub.app import make_app
from modeling.stub.completing import Completions
from modeling.stub.front import Front, MakeProtocol
from modeling.stub.options import StubOptions

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listening:
    """A stub that listens on `port` in this event loop."""

    server: asyncio.Server
    runner: web.AppRunner
    connections: set[Front]

    @property
    def port(self) -> int:
        """The real port, also where a free one was asked for."""
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Listen no longer and drop every connection."""
        self.server.close()
        for connection in list(self.connections):
            connection.hang_up()
        await self.runner.cleanup()


async def start(options: StubOptions, port: int) -> Listening:
    """Listen on loopback; port 0 takes a free one. Raises OSError where the port is taken."""
    completions = Completions(options)
    runner = web.AppRunner(
        make_app(completions), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    rest = cast(MakeProtocol, runner.server)
    connections: set[Front] = set()
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: Front(completions, rest, connections), HOST, port, backlog=2048
        )
    except OSError:
        await runner.cleanup()
        raise
    return Listening(server, runner, connections)


def serve(port: int, options: StubOptions, *, say: Callable[[str], None] = print) -> None:
    """Serve until interrupted, after saying `stub: http://127.0.0.1:PORT/v1`."""

    async def run() -> None:
        listening = await start(options, port)
        say(f"stub: http://{HOST}:{listening.port}/v1")
        try:
            await asyncio.Event().wait()
        finally:
            await listening.stop()

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


async def _stop(listening: Listening) -> None:
    """Close the server, and end what still hangs on purpose."""
    await listening.stop()
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
    listening = None
    try:
        starting = asyncio.run_coroutine_threadsafe(start(options or StubOptions(), port), loop)
        listening = starting.result(timeout=30)
        yield RunningStub(listening.port)
    finally:
        if listening is not None:
            asyncio.run_coroutine_threadsafe(_stop(listening), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()
