"""The routes of the stub server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from modeling.stub.answers import Mind
from modeling.stub.batches import add_batch_routes
from modeling.stub.chat import CREATED, alternatives, complaint, prompt_hash, respond
from modeling.stub.faults import pick_fault
from modeling.stub.options import OWNER, StubOptions
from modeling.stub.stats import Stats

HANG_S: Final = 3600.0
LARGEST_BODY: Final = 210 * 1024 * 1024
CONTEXT_WORDS: Final = (
    "This model's maximum context length is 2048 tokens, however you requested more."
)


class Stub:
    """One simulated model behind HTTP handlers."""

    def __init__(self, options: StubOptions) -> None:
        self.options = options
        self.mind = Mind(options.model, options.seed)
        self.stats = Stats()
        self.released = asyncio.Event()

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions and /v1/completions."""
        number = self.stats.enter()
        try:
            await asyncio.sleep(self.options.latency_ms / 1000.0)
            if self.options.hold_after is not None and number >= self.options.hold_after:
                await self.released.wait()
            return await self._complete(request, number)
        finally:
            self.stats.leave()

    async def _complete(self, request: web.Request, number: int) -> web.StreamResponse:
        try:
            body = await request.json()
        except ValueError:
            return error_response(400, "the body is not JSON")
        wrong = complaint(body, self.options.model)
        if wrong:
            return error_response(*wrong)
        self.stats.asked[prompt_hash(body)] += 1
        fault = pick_fault(self.options.faults, self.options.seed, number)
        if self.options.limit is not None and self.stats.in_flight > self.options.limit:
            fault = "rate_limit"
        self.stats.faults.update([fault] if fault else [])
        return await self._instead(request, body, fault) or self.answer(body, fault)

    def answer(self, body: Mapping[str, Any], fault: str | None) -> web.Response:
        """An answer with status 200, bent by the fault where it bends text."""
        self.stats.answered[prompt_hash(body)] += 1
        return web.json_response(respond(self.mind, body, fault))

    async def _instead(
        self, request: web.Request, body: Mapping[str, Any], fault: str | None
    ) -> web.Response | None:
        """What is sent instead of an answer, or None where there is an answer after all."""
        if fault in {"hang", "slow"}:
            await asyncio.sleep(HANG_S if fault == "hang" else self.options.slow_s)
            return None
        if fault == "garbage":
            return web.Response(text="<html>Bad gateway, says the proxy</html>")
        refused = self._refusal(request, body, fault)
        if refused is None:
            return None
        headers = {"Retry-After": f"{self.options.retry_after_s:g}"} if refused[0] == 429 else {}
        return error_response(*refused, headers=headers)

    def _refusal(
        self, request: web.Request, body: Mapping[str, Any], fault: str | None
    ) -> tuple[int, str] | None:
        """Status and words of an HTTP error, or None."""
        if fault == "rejects_logprobs" and body.get("logprobs"):
            return 400, "You are not allowed to request logprobs from this model."
        if fault == "few_logprobs" and alternatives(body) > 5:
            return 400, "Invalid number of logprobs: at most 5 are available."
        if fault == "rejects_schema" and "response_format" in body:
            return 400, "This response_format type is unavailable now."
        if fault == "rejects_max_tokens" and "max_tokens" in body:
            return 400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return {
            "rate_limit": (429, "Too many requests; slow down."),
            "server_error": (500, "The simulated server fell over."),
            "bad_request": (400, CONTEXT_WORDS),
            "content_filter": (400, "The prompt was stopped by a filter (content_filter)."),
            "unauthorized": (401, f"Incorrect API key provided: {key}."),
        }.get(fault or "")

    async def models(self, _request: web.Request) -> web.Response:
        """GET /v1/models."""
        model = {
            "id": self.options.model,
            "object": "model",
            "created": CREATED,
            "owned_by": OWNER,
        }
        return web.json_response({"object": "list", "data": [model]})

    async def health(self, _request: web.Request) -> web.Response:
        """GET /health."""
        return web.json_response({"status": "ok", "model": self.options.model, "simulated": True})

    async def release(self, _request: web.Request) -> web.Response:
        """POST /stub/release: answer what was held back, and everything from now on."""
        self.released.set()
        return web.json_response({"released": True})

    async def show_stats(self, _request: web.Request) -> web.Response:
        """GET /stub/stats."""
        return web.json_response(self.stats.as_dict())


def error_response(
    status: int, words: str, *, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An error in the API's shape."""
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    body = {"error": {"message": words, "type": kind, "param": None, "code": None}}
    return web.Response(
        status=status, text=json.dumps(body), content_type="application/json", headers=headers
    )


def make_app(options: StubOptions) -> web.Application:
    """The whole server as an aiohttp application."""
    stub = Stub(options)
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(
        [
            web.post("/v1/chat/completions", stub.complete),
            web.post("/v1/completions", stub.complete),
            web.get("/v1/models", stub.models),
            web.get("/health", stub.health),
            web.get("/stub/stats", stub.show_stats),
            web.post("/stub/release", stub.release),
        ]
    )
    add_batch_routes(app, stub.mind, options, stub.stats)
    return app
