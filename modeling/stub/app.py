"""The routes of the stub server."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from modeling.stub.batches import add_batch_routes
from modeling.stub.chat import CREATED
from modeling.stub.completing import PATHS, Completions
from modeling.stub.options import OWNER

LARGEST_BODY: Final = 210 * 1024 * 1024


class Stub:
    """One simulated model behind HTTP handlers."""

    def __init__(self, completions: Completions) -> None:
        self.completions = completions

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions and /v1/completions."""
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        said = await self.completions.answer(await request.read(), key)
        headers = {"Retry-After": said.retry_after} if said.retry_after else {}
        return web.Response(
            status=said.status, body=said.content, content_type=said.media_type, headers=headers
        )

    async def models(self, _request: web.Request) -> web.Response:
        """GET /v1/models."""
        model = {
            "id": self.completions.options.model,
            "object": "model",
            "created": CREATED,
            "owned_by": OWNER,
        }
        return web.json_response({"object": "list", "data": [model]})

    async def health(self, _request: web.Request) -> web.Response:
        """GET /health."""
        model = self.completions.options.model
        return web.json_response({"status": "ok", "model": model, "simulated": True})

    async def release(self, _request: web.Request) -> web.Response:
        """POST /stub/release: answer what was held back, and everything from now on."""
        self.completions.released.set()
        return web.json_response({"released": True})

    async def show_stats(self, _request: web.Request) -> web.Response:
        """GET /stub/stats."""
        return web.json_response(self.completions.stats.as_dict())


def make_app(completions: Completions) -> web.Application:
    """The whole server as an aiohttp application."""
    stub = Stub(completions)
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(
        [
            *(web.post(path, stub.complete) for path in PATHS),
            web.get("/v1/models", stub.models),
            web.get("/health", stub.health),
            web.get("/stub/stats", stub.show_stats),
            web.post("/stub/release", stub.release),
        ]
    )
    add_batch_routes(app, completions.mind, completions.options, completions.stats)
    return app
