"""What a model server says of itself: which models, which version. Two small requests, no prompt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from modeling.backends.http_errors import redact
from modeling.backends.protocol import EndpointSpec

TIMEOUT_S: Final = 20.0
MOST_BYTES: Final = 2_000_000
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """`models` maps ids to what the server says of each, None where it lists none.

    `status` is None without any connection; `words` are the server's own where it gave no list.
    """

    status: int | None = None
    models: Mapping[str, Mapping[str, Any]] | None = None
    words: str = ""
    version: str = ""


async def look(spec: EndpointSpec) -> ServerSeen:
    """GET BASE/models, and the version that vLLM gives beside its API. Never raises for a server."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    headers = {"Authorization": f"Bearer {spec.api_key}"} if spec.api_key else {}
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        try:
            status, server, content = await _get(session, f"{spec.base_url.rstrip('/')}/models")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return ServerSeen(words=redact(_cause(error), spec.api_key))
        words = redact(_words(content), spec.api_key)
        if status != 200:
            return ServerSeen(status, words=words)
        models = _models(content)
        version = await _version(session, spec.base_url) or server
        return ServerSeen(status, models, "" if models is not None else words, version)


async def _get(session: aiohttp.ClientSession, url: str) -> tuple[int, str, bytes]:
    """Status, the Server header and the content; redirections are not followed."""
    async with session.get(url, allow_redirects=False) as response:
        content = await response.content.read(MOST_BYTES)
        return response.status, response.headers.get("Server", ""), content


async def _version(session: aiohttp.ClientSession, base_url: str) -> str:
    root = base_url.rstrip("/").removesuffix("/v1")
    try:
        status, _server, content = await _get(session, f"{root}/version")
        found = json.loads(content).get("version") if status == 200 else ""
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, AttributeError, RecursionError):
        return ""
    return f"vLLM {found}" if isinstance(found, str) and found else ""


def _models(content: bytes) -> dict[str, Mapping[str, Any]] | None:
    try:
        listed = json.loads(content)["data"]
        return {str(model["id"]): model for model in listed}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _words(content: bytes) -> str:
    """What the server wrote, its error message where there is one, in one line."""
    text = content.decode(errors="replace")
    try:
        error = json.loads(text)["error"]
        text = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return " ".join(text.split())[:SHOWN]


def _cause(error: BaseException) -> str:
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return "it did not answer in time"
    return str(error) or type(error).__name__
