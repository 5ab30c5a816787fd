"""What the stub answers to one completion request, whichever server carries it."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from modeling.stub.answers import Mind
from modeling.stub.chat import alternatives, complaint, prompt_hash, respond
from modeling.stub.faults import pick_fault
from modeling.stub.options import StubOptions
from modeling.stub.stats import Stats

PATHS: Final = ("/v1/chat/completions", "/v1/completions")
HANG_S: Final = 3600.0
CONTEXT_WORDS: Final = (
    "This model's maximum context length is 2048 tokens, however you requested more."
)
JSON: Final = "application/json"
KINDS: Final[Mapping[int, str]] = {
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class Said(NamedTuple):
    """A response: HTTP status, body, its media type, and the Retry-After header unless ""."""

    status: int
    content: bytes
    media_type: str = JSON
    retry_after: str = ""


class Completions:
    """One simulated model that answers POST to `PATHS`, with the faults of its options."""

    def __init__(self, options: StubOptions) -> None:
        self.options = options
        self.mind = Mind(options.model, options.seed)
        self.stats = Stats()
        self.released = asyncio.Event()
        self._kept: OrderedDict[bytes, tuple[str, Said]] = OrderedDict()

    async def answer(self, content: bytes, key: str) -> Said:
        """The response to a body that came with this bearer key."""
        number = self.stats.enter()
        try:
            await asyncio.sleep(self.options.latency_ms / 1000.0)
            if self.options.hold_after is not None and number >= self.options.hold_after:
                await self.released.wait()
            return await self._answer(content, key, number)
        finally:
            self.stats.leave()

    async def _answer(self, content: bytes, key: str, number: int) -> Said:
        name, said = self._prebuilt(content)
        if not name:
            return said
        self.stats.ask(name)
        fault = self._fault(number)
        if fault:
            self.stats.faults[fault] += 1
            body = orjson.loads(content)
            instead = await self._instead(body, fault, key)
            if instead:
                return instead
            said = self._said(body, fault, name)
        self.stats.answer(name)
        return said

    def _prebuilt(self, content: bytes) -> tuple[str, Said]:
        """What `_build` makes of a body, kept for equal requests: about 3 KB each.

        The oldest go once there are more than the options allow: memory does not grow with what
        was asked.
        """
        digest = hashlib.blake2b(content, digest_size=16).digest()
        built = self._kept.get(digest)
        if built is None:
            built = self._kept[digest] = self._build(content)
            if len(self._kept) > self.options.keep:
                self._kept.popitem(last=False)
        return built

    def _build(self, content: bytes) -> tuple[str, Said]:
        """The hash of what is asked, and the answer without any fault.

        The hash is "" where no server would take the request.
        """
        try:
            body = orjson.loads(content)
        except orjson.JSONDecodeError:
            return "", refused(400, "the body is not JSON")
        wrong = complaint(body, self.options.model)
        if wrong:
            return "", refused(*wrong)
        name = prompt_hash(body)
        return name, self._said(body, None, name)

    def _said(self, body: Mapping[str, Any], fault: str | None, name: str) -> Said:
        return Said(200, orjson.dumps(respond(self.mind, body, fault, name=name)))

    def _fault(self, number: int) -> str | None:
        if self.options.limit is not None and self.stats.in_flight > self.options.limit:
            return "rate_limit"
        return pick_fault(self.options.faults, self.options.seed, number)

    async def _instead(self, body: Mapping[str, Any], fault: str, key: str) -> Said | None:
        """What is said instead of an answer, or None where there is an answer after all."""
        if fault in {"hang", "slow"}:
            await asyncio.sleep(HANG_S if fault == "hang" else self.options.slow_s)
            return None
        if fault == "garbage":
            return Said(200, b"<html>Bad gateway, says the proxy</html>", "text/plain")
        if fault == "rate_limit":
            return refused(429, "Too many requests; slow down.", f"{self.options.retry_after_s:g}")
        refusal = _refusal(body, fault, key)
        return refused(*refusal) if refusal else None


def _refusal(body: Mapping[str, Any], fault: str, key: str) -> tuple[int, str] | None:
    """Status and words of an HTTP error, or None."""
    if fault == "rejects_logprobs" and body.get("logprobs"):
        return 400, "You are not allowed to request logprobs from this model."
    if fault == "few_logprobs" and alternatives(body) > 5:
        return 400, "Invalid number of logprobs: at most 5 are available."
    if fault == "rejects_schema" and "response_format" in body:
        return 400, "This response_format type is unavailable now."
    if fault == "rejects_max_tokens" and "max_tokens" in body:
        return 400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    if fault == "no_template" and "messages" in body:
        return 400, "This model has no chat template, so it cannot be asked by chat."
    return {
        "server_error": (500, "The simulated server fell over."),
        "bad_request": (400, CONTEXT_WORDS),
        "content_filter": (400, "The prompt was stopped by a filter (content_filter)."),
        "unauthorized": (401, f"Incorrect API key provided: {key}."),
    }.get(fault)


def refused(status: int, words: str, retry_after: str = "") -> Said:
    """An error in the API's shape."""
    kind = KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    body = {"error": {"message": words, "type": kind, "param": None, "code": None}}
    return Said(status, orjson.dumps(body), retry_after=retry_after)
