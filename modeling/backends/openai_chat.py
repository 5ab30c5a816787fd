"""Any server that speaks the OpenAI API, through the `openai` package: for hosted APIs.

Address, model and key come from the caller. What had to be changed to suit the server (no label
probabilities, another name for the token limit) is changed once and stated in `describe()`.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import httpx2
import openai

from modeling.backends.http_errors import from_openai
from modeling.backends.protocol import EndpointSpec
from modeling.backends.server import OPTIONS, ServerBackend, checked

DEFAULTS: Final[Mapping[str, object]] = OPTIONS


class OpenAIBackend(ServerBackend):
    """Requests through the `openai` client, which never retries by itself here."""

    kind = "openai"

    def __init__(self, spec: EndpointSpec, options: Mapping[str, Any]) -> None:
        super().__init__(spec, options)
        self._client = _client(spec, options)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _post(self, path: str, body: dict[str, Any]) -> bytes:
        try:
            # The body is plain JSON already: `create` would walk it along its type hints, which
            # costs more than sending it.
            raw = await self._client.post(path, cast_to=httpx2.Response, body=body)
        except openai.OpenAIError as error:
            raise from_openai(error, self._key) from error
        return raw.content


def _client(spec: EndpointSpec, options: Mapping[str, Any]) -> openai.AsyncOpenAI:
    """A client whose pool is as wide as the pace can get."""
    limit = options["max_in_flight"]
    http_client = openai.DefaultAioHttpClient(
        limits=httpx2.Limits(max_connections=limit, max_keepalive_connections=limit),
        timeout=httpx2.Timeout(options["timeout_s"], connect=options["connect_s"]),
        verify=_trusted(),
    )
    return openai.AsyncOpenAI(
        api_key=spec.api_key or "none",
        base_url=spec.base_url,
        max_retries=0,
        http_client=http_client,
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once: every client would read those 150 certificates anew."""
    return httpx2.create_ssl_context()


def make(spec: EndpointSpec) -> OpenAIBackend:
    """Build from a spec. Raises PermanentError for a missing address or an unknown option."""
    return OpenAIBackend(spec, checked(spec, DEFAULTS))
