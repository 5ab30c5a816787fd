"""The lane for bulk work on OpenAI-compatible servers: aiohttp and orjson, nothing between.

The same protocol, pace, errors and adaptations as the `openai` kind, at a fraction of its cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson

from modeling.backends.http_errors import from_status, no_answer, words_of
from modeling.backends.protocol import EndpointSpec
from modeling.backends.server import OPTIONS, ServerBackend, checked

DEFAULTS: Final[Mapping[str, object]] = {**OPTIONS, "start_in_flight": 128}


class LeanBackend(ServerBackend):
    """Requests through one aiohttp session, opened with the first of them."""

    kind = "lean"

    def __init__(self, spec: EndpointSpec, options: Mapping[str, Any]) -> None:
        super().__init__(spec, options)
        self._url = spec.base_url.rstrip("/")
        self._most = options["max_in_flight"]
        self._timeout_s = options["timeout_s"]
        self._connect_s = options["connect_s"]
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, path: str, body: dict[str, Any]) -> bytes:
        session = self._session = self._session or self._opened()
        try:
            # A redirected POST would arrive as another request, or at a stranger's with the key.
            async with (
                asyncio.timeout(self._timeout_s),
                session.post(
                    self._url + path, data=orjson.dumps(body), allow_redirects=False
                ) as response,
            ):
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise no_answer(error, self._key) from error
        if response.status != 200:
            words = _words(content) or response.reason or ""
            raise from_status(response.status, words, response.headers, self._key)
        return content

    def _opened(self) -> aiohttp.ClientSession:
        """A session as wide as the pace can get, without cookies and without the environment."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._most),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "Authorization": f"Bearer {self._key or 'none'}",
                "Content-Type": "application/json",
            },
            # The whole is timed by `_post`, at a third of what the session's own clock costs.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_s),
        )


def _words(content: bytes) -> str:
    """The server's words in an error's body, whatever it is."""
    try:
        return words_of(orjson.loads(content))
    except orjson.JSONDecodeError:
        return content.decode(errors="replace")


def make(spec: EndpointSpec) -> LeanBackend:
    """Build from a spec. Raises PermanentError for a missing address or an unknown option."""
    return LeanBackend(spec, checked(spec, DEFAULTS))
