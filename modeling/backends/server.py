"""What the clients of OpenAI-compatible servers share; each adds how a request travels."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from modeling.backends.chat_format import parse_body
from modeling.backends.fanout import as_finished
from modeling.backends.http_errors import RefusedError, redact
from modeling.backends.pacing import Pace, Patience
from modeling.backends.protocol import (
    Decoding,
    EndpointSpec,
    PermanentError,
    Prompt,
    Reply,
    TransientError,
)
from modeling.backends.server_form import TEMPLATES, Form

OPTIONS: Final[Mapping[str, object]] = {
    "timeout_s": 120.0,
    "connect_s": 10.0,
    "start_in_flight": 20,
    "max_in_flight": 256,
    "max_tries": 6,
    "backoff_s": 0.5,
    "template": "chat",
    "constrain": False,
    "extra_body": {},
}
"""Options of `EndpointSpec`. `template` is `chat`, or `plain` for base models (POST /completions,
system and user text joined); `constrain` sends vLLM's `structured_outputs` choice of letters;
`extra_body` is merged into every request."""

FILTERED: Final = "content_filter"
"""Code of a 400, and finish reason, where a filter stopped the prompt."""


class ServerBackend(ABC):
    """One adaptive pace and one form of requests for one server; overlapping calls share both."""

    kind: ClassVar[str]

    def __init__(self, spec: EndpointSpec, options: Mapping[str, Any]) -> None:
        self.model = spec.model
        self.base_url = spec.base_url
        self._key = spec.api_key
        self._form = Form(
            spec.model,
            template=options["template"],
            constrain=bool(options["constrain"]),
            extra_body=options["extra_body"],
        )
        self._pace = Pace(start=options["start_in_flight"], most=options["max_in_flight"])
        self._patience = Patience(max_tries=options["max_tries"], backoff_s=options["backoff_s"])
        self._seen: dict[str, object] = {}
        self._lacked_logprobs = 0

    def ask(self, prompts: Sequence[Prompt], decoding: Decoding) -> AsyncGenerator[Reply, None]:
        """Yield replies as they finish; see `Backend.ask`."""
        once = partial(self._once, decoding=decoding)
        return as_finished(once, prompts, pace=self._pace, patience=self._patience)

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections."""

    @abstractmethod
    async def _post(self, path: str, body: dict[str, Any]) -> bytes:
        """Send one request; the content of a good response. Raises BackendError for any other."""

    def describe(self) -> dict[str, object]:
        """Kind, model, address without its query, what was adapted, what the server said."""
        parts = urlsplit(self.base_url)
        return {
            "kind": self.kind,
            "model": self.model,
            "base_url": f"{parts.scheme}://{parts.netloc}{parts.path}",
            "adapted": dict(self._form.adapted),
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
            body = self._form.body(prompt, decoding)
            try:
                return await self._request(prompt, body)
            except RefusedError as refusal:
                if FILTERED in str(refusal):
                    return Reply(prompt.key, str(refusal), finish_reason=FILTERED)
                if not self._form.adapt(body, str(refusal)):
                    raise

    async def _request(self, prompt: Prompt, body: dict[str, Any]) -> Reply:
        started = time.perf_counter()
        content = await self._post(self._form.path, body)
        try:
            payload = parse_body(content)
            reply = self._form.read(prompt.key, payload, time.perf_counter() - started)
        except TransientError as error:
            raise TransientError(redact(str(error), self._key)) from error
        self._note(payload, lacks_logprobs="logprobs" in body and reply.logprobs is None)
        return reply

    def _note(self, payload: Mapping[str, Any], *, lacks_logprobs: bool) -> None:
        """Remember for `describe` what a response says of the server."""
        self._seen["served_model"] = payload.get("model")
        self._seen["system_fingerprint"] = payload.get("system_fingerprint")
        self._lacked_logprobs += lacks_logprobs


def checked(spec: EndpointSpec, defaults: Mapping[str, object]) -> dict[str, Any]:
    """The spec's options over the defaults.

    Raises PermanentError for a bad address, key or option and for a missing model.
    """
    if not spec.base_url.startswith(("http://", "https://")):
        raise PermanentError(f"An OpenAI-compatible endpoint needs a URL, found {spec.base_url!r}.")
    if "@" in urlsplit(spec.base_url).netloc:
        raise PermanentError("The URL of an endpoint may not hold a user name or password.")
    if not spec.model:
        raise PermanentError("An OpenAI-compatible endpoint needs the name of a model.")
    if not (spec.api_key.isascii() and spec.api_key.isprintable()):
        raise PermanentError("The key holds characters that no HTTP header may hold.")
    unknown = set(spec.options) - set(defaults)
    if unknown:
        raise PermanentError(f"Unknown options {sorted(unknown)}; known: {', '.join(defaults)}.")
    options: dict[str, Any] = {**defaults, **spec.options}
    if options["template"] not in TEMPLATES:
        known = ", ".join(TEMPLATES)
        raise PermanentError(f"Unknown template {options['template']!r}; known: {known}.")
    return options
