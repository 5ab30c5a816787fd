"""The stub's front door: completions in plain asyncio, all else through the aiohttp application.

A client in Python costs more for each request than this does, so that the stub is not what a
measurement of clients measures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, cast

from modeling.stub.completing import PATHS, Completions, Said, refused

HEAD_END: Final = b"\r\n\r\n"
LONGEST_START: Final = 64 * 1024
STARTS: Final = tuple(f"POST {path} HTTP/1.1\r\n".encode() for path in PATHS)
UNUSUAL: Final = (b"\r\nconnection: close", b"\r\ntransfer-encoding:", b"\r\nexpect:")
"""Headers of requests that are left to aiohttp."""

MakeProtocol = Callable[[], asyncio.Protocol]


class Front(asyncio.Protocol):
    """One connection. It answers completions until something else comes, then hands itself over.

    While it is its own it stands among `connections`.
    """

    def __init__(
        self, completions: Completions, rest: MakeProtocol, connections: set[Front]
    ) -> None:
        self._completions = completions
        self._rest = rest
        self._connections = connections
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever hangs up is not answered."""
        self._connections.discard(self)
        self._transport = None
        if self._task:
            self._task.cancel()

    def hang_up(self) -> None:
        """Drop the connection and what is being answered on it."""
        if self._transport:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._received = self._received + data if self._received else data
        if self._task is None:
            self._next()

    def _next(self) -> None:
        """Begin to answer the request that has arrived, as soon as it is whole."""
        end = self._received.find(HEAD_END)
        if end < 0 and self._may_become_a_completion():
            return
        head = self._received[: end + 2]
        lowered = head.lower()
        if not head.startswith(STARTS) or any(name in lowered for name in UNUSUAL):
            self._hand_over()
            return
        start = end + len(HEAD_END)
        stop = start + int(_header(head, lowered, b"content-length") or 0)
        if len(self._received) >= stop:
            key = _header(head, lowered, b"authorization").decode("latin-1")
            content, self._received = self._received[start:stop], self._received[stop:]
            self._task = asyncio.create_task(self._answer(content, key.removeprefix("Bearer ")))

    def _may_become_a_completion(self) -> bool:
        received = self._received
        return len(received) < LONGEST_START and any(
            received.startswith(start) or start.startswith(received) for start in STARTS
        )

    async def _answer(self, content: bytes, key: str) -> None:
        try:
            said = await self._completions.answer(content, key)
        except Exception as error:
            said = refused(500, f"the stub itself failed: {error!r}")
        self._task = None
        if self._transport:
            self._transport.write(_response(said))
            if self._received:
                self._next()

    def _hand_over(self) -> None:
        """From here on this connection is aiohttp's."""
        protocol, transport = self._rest(), self._transport
        self._connections.discard(self)
        if transport:
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            protocol.data_received(self._received)


def _header(head: bytes, lowered: bytes, name: bytes) -> bytes:
    """A header's value, empty without the header."""
    mark = b"\r\n" + name + b":"
    start = lowered.find(mark)
    if start < 0:
        return b""
    start += len(mark)
    return head[start : head.index(b"\r\n", start)].strip()


def _response(said: Said) -> bytes:
    retry = f"Retry-After: {said.retry_after}\r\n" if said.retry_after else ""
    head = (
        f"HTTP/1.1 {said.status} {HTTPStatus(said.status).phrase}\r\nContent-Type: {said.media_type}; charset=utf-8\r\n"
        f"Content-Length: {len(said.content)}\r\n{retry}\r\n"
    )
    return head.encode() + said.content
