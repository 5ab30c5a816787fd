"""Any server that speaks the OpenAI chat-completions API, through the `openai` package.

Address, model and key come from the caller. What had to be changed to suit the server (no label
probabilities, another name for the token limit) is changed once and stated in `describe()`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import openai

from modeling.backends.chat_format import (
    MOST_LOGPROBS,
    parse_body,
    read_body,
    request_body,
)
from modeling.backends.fanout import as_finished, patiently
from modeling.backends.http_errors import RefusedError, from_openai, redact
from modeling.backends.pacing import Pace, Patience
from modeling.backends.protocol import (
    Decoding,
    EndpointSpec,
    PermanentError,
    Prompt,
    Reply,
    TransientError,
)

DEFAULTS: Final[Mapping[str, object]] = {
    "timeout_s": 120.0,
    "connect_s": 10.0,
    "start_in_flight": 20,
    "max_in_flight": 256,
    "max_tries": 6,
    "backoff_s": 0.5,
    "constrain": False,
    "extra_body": {},
}
"""Options of `EndpointSpec`. `constrain` sends vLLM's `structured_outputs` choice of letters;
`extra_body` is merged into every request."""

FEW_LOGPROBS: Final = 5
"""Tried where a server finds the number asked for too large; enough for two letters."""

SCHEMA_WORDS: Final = ("response_format", "json_schema", "structured")
"""One of these stands in the refusal of a server that knows no replies by schema."""

FILTERED: Final = "content_filter"
"""Code of a 400, and finish reason, where a filter stopped the prompt."""


class OpenAIBackend:
    """One client and one adaptive pace for one endpoint; overlapping calls share both."""

    def __init__(self, spec: EndpointSpec, options: Mapping[str, Any]) -> None:
        self.model = spec.model
        self.base_url = spec.base_url
        self._key = spec.api_key
        self._constrain = bool(options["constrain"])
        self._extra_body = dict(options["extra_body"])
        self._pace = Pace(start=options["start_in_flight"], most=options["max_in_flight"])
        self._patience = Patience(max_tries=options["max_tries"], backoff_s=options["backoff_s"])
        self._client = _client(spec, options)
        self._most_logprobs = MOST_LOGPROBS
        self._adapted: dict[str, str] = {}
        self._seen: dict[str, object] = {}
        self._lacked_logprobs = 0

    def ask(self, prompts: Sequence[Prompt], decoding: Decoding) -> AsyncGenerator[Reply, None]:
        """Yield replies as they finish; see `Backend.ask`."""
        once = partial(self._once, decoding=decoding)
        one = partial(patiently, once, pace=self._pace, patience=self._patience)
        return as_finished(one, prompts)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def describe(self) -> dict[str, object]:
        """Kind, model, address without its query, what was adapted, what the server said."""
        parts = urlsplit(self.base_url)
        return {
            "kind": "openai",
            "model": self.model,
            "base_url": f"{parts.scheme}://{parts.netloc}{parts.path}",
            "adapted": dict(self._adapted),
            "replies_without_label_probabilities": self._lacked_logprobs,
            "rate_limited": self._pace.rate_limited,
            "most_in_flight": self._pace.peak,
            **self._seen,
        }

    async def _once(self, prompt: Prompt, *, decoding: Decoding) -> Reply:
        """One request, and again at once where a refused parameter can be done without.

        A prompt that a filter stopped is a refusal by the model's side, not a broken request.
        """
        while True:
            body = self._body(prompt, decoding)
            try:
                return await self._request(prompt, body)
            except RefusedError as refusal:
                if FILTERED in str(refusal):
                    return Reply(prompt.key, str(refusal), finish_reason=FILTERED)
                if not self._adapt(body, str(refusal)):
                    raise

    async def _request(self, prompt: Prompt, body: dict[str, Any]) -> Reply:
        started = time.perf_counter()
        try:
            # The body is plain JSON already: `create` would walk it along its type hints, which
            # costs more than sending it.
            raw = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
        except openai.OpenAIError as error:
            raise from_openai(error, self._key) from error
        try:
            payload = parse_body(raw.content)
            reply = read_body(prompt.key, payload, time.perf_counter() - started)
        except TransientError as error:
            raise TransientError(redact(str(error), self._key)) from error
        self._seen["served_model"] = payload.get("model")
        self._seen["system_fingerprint"] = payload.get("system_fingerprint")
        self._lacked_logprobs += "logprobs" in body and reply.logprobs is None
        return reply

    def _body(self, prompt: Prompt, decoding: Decoding) -> dict[str, Any]:
        body = request_body(self.model, prompt, decoding, most_logprobs=self._most_logprobs)
        if "max_tokens" in self._adapted:
            body["max_completion_tokens"] = body.pop("max_tokens")
        if "response_format" in self._adapted:
            body.pop("response_format", None)
        extra = dict(self._extra_body)
        if self._constrain and prompt.mode == "label":
            letters = [label.letter for label in prompt.labels]
            extra["structured_outputs"] = {"choice": letters}
        return body | extra

    def _adapt(self, body: Mapping[str, Any], words: str) -> bool:
        """Do without what the server refused, if that keeps the question the same.

        True if this request can be sent again in another form.
        """
        if "logprobs" in body and "logprobs" in words:
            fewer = "top_logprobs" in words and body["top_logprobs"] > FEW_LOGPROBS
            self._most_logprobs = min(self._most_logprobs, FEW_LOGPROBS if fewer else 0)
            self._adapted["logprobs"] = (
                f"{self._most_logprobs} alternatives a token; the server said: {words}"
            )
            return True
        if "max_tokens" in body and "max_completion_tokens" in words:
            self._adapted["max_tokens"] = "sent as max_completion_tokens"
            return True
        if "response_format" in body and any(name in words for name in SCHEMA_WORDS):
            self._adapted["response_format"] = f"asked for in words alone; the server said: {words}"
            return True
        return False


def _client(spec: EndpointSpec, options: Mapping[str, Any]) -> openai.AsyncOpenAI:
    """A client that never retries by itself, with a pool as wide as the pace can get."""
    limit = options["max_in_flight"]
    http_client = openai.DefaultAioHttpClient(
        limits=httpx2.Limits(max_connections=limit, max_keepalive_connections=limit),
        timeout=httpx2.Timeout(options["timeout_s"], connect=options["connect_s"]),
    )
    return openai.AsyncOpenAI(
        api_key=spec.api_key or "none",
        base_url=spec.base_url,
        max_retries=0,
        http_client=http_client,
    )


def make(spec: EndpointSpec) -> OpenAIBackend:
    """Build from a spec. Raises PermanentError for a missing address or an unknown option."""
    if not spec.base_url.startswith(("http://", "https://")):
        raise PermanentError(f"An OpenAI-compatible endpoint needs a URL, found {spec.base_url!r}.")
    if "@" in urlsplit(spec.base_url).netloc:
        raise PermanentError("The URL of an endpoint may not hold a user name or password.")
    if not spec.model:
        raise PermanentError("An OpenAI-compatible endpoint needs the name of a model.")
    unknown = set(spec.options) - set(DEFAULTS)
    if unknown:
        raise PermanentError(f"Unknown options {sorted(unknown)}; known: {', '.join(DEFAULTS)}.")
    return OpenAIBackend(spec, {**DEFAULTS, **spec.options})
