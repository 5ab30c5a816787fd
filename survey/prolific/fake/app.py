"""The routes of the fake: Prolific's under /api/v1, the simulated people's own under /fake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from survey.prolific.fake.exporting import export_csv
from survey.prolific.fake.faults import Weather
from survey.prolific.fake.memory import load, save
from survey.prolific.fake.post import PostOffice
from survey.prolific.fake.world import CURRENCY, FILTERS, No, World, cost

API = "/api/v1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fake:
    """The world behind HTTP handlers; every request needs the token."""

    def __init__(
        self, token: str, post: PostOffice, weather: Weather, memory: Path | None = None
    ) -> None:
        self.token = token
        self.memory = memory
        self.world = load(memory) if memory else World()
        self.post = post
        self.weather = weather
        self.hooks: dict[str, tuple[str, str]] = {}

    async def me(self, _request: web.Request) -> web.Response:
        """GET /users/me/."""
        told = {"id": "0" * 24, "email": "simulated@example.org", "currency_code": CURRENCY}
        return web.json_response(told)

    async def studies(self, request: web.Request) -> web.Response:
        """POST /studies/."""
        return web.json_response(self.world.make_study(await request.json()), status=201)

    async def every_study(self, _request: web.Request) -> web.Response:
        """GET /studies/."""
        return web.json_response({"results": list(self.world.studies.values())})

    async def filters(self, _request: web.Request) -> web.Response:
        """GET /filters/."""
        return web.json_response({"results": FILTERS})

    async def cost(self, request: web.Request) -> web.Response:
        """POST /study-cost-calculator/."""
        told = await request.json()
        total = cost(float(told["reward"]), float(told["total_available_places"]))
        return web.json_response({"total_cost": total})

    async def change_study(self, request: web.Request) -> web.Response:
        """PATCH /studies/{id}/."""
        changes = await request.json()
        return web.json_response(self.world.change_study(request.match_info["id"], changes))

    async def study(self, request: web.Request) -> web.Response:
        """GET /studies/{id}/."""
        return web.json_response(self.world.study(request.match_info["id"]))

    async def move_study(self, request: web.Request) -> web.Response:
        """POST /studies/{id}/transition/."""
        action = str((await request.json()).get("action"))
        return web.json_response(self.world.move_study(request.match_info["id"], action))

    async def listed(self, request: web.Request) -> web.Response:
        """GET /studies/{id}/submissions/, twenty at a time."""
        number = int(request.query.get("page", "1"))
        found, more = self.world.page(request.match_info["id"], number)
        following = str(request.url.update_query(page=number + 1)) if more else None
        body = {
            "results": [held.as_listed() for held in found],
            "_links": {"next": {"href": following}},
        }
        return web.json_response(body)

    async def counts(self, request: web.Request) -> web.Response:
        """GET /studies/{id}/submissions/counts/."""
        return web.json_response(self.world.counts(request.match_info["id"]))

    async def submission(self, request: web.Request) -> web.Response:
        """GET /submissions/{id}/."""
        return web.json_response(self.world.submission(request.match_info["id"]).as_detail())

    async def transition(self, request: web.Request) -> web.Response:
        """POST /submissions/{id}/transition/: APPROVE or REJECT."""
        told = await request.json()
        action = str(told.pop("action", ""))
        if action not in ("APPROVE", "REJECT"):
            raise No(400, f"unknown action {action}")
        held = self.world.move(request.match_info["id"], action, **told)
        await self.post.tell(held)
        return web.json_response(held.as_detail())

    async def bulk_approve(self, request: web.Request) -> web.Response:
        """POST /submissions/bulk-approve/."""
        ids = list((await request.json()).get("submission_ids", []))
        for held in self.world.approve_many(ids):
            await self.post.tell(held)
        return web.json_response({"message": "The request to bulk approve was made."})

    async def request_return(self, request: web.Request) -> web.Response:
        """POST /submissions/{id}/request-return/."""
        return web.json_response(self.world.ask_to_return(request.match_info["id"]).as_detail())

    async def new_secret(self, request: web.Request) -> web.Response:
        """POST /hooks/secrets/: from now on webhooks are signed with it."""
        workspace = (await request.json())["workspace_id"]
        self.post.secret = self.world.new_id("secret")
        made = {"id": self.world.new_id("hook"), "value": self.post.secret}
        return web.json_response(made | {"workspace_id": workspace}, status=201)

    async def subscribe(self, request: web.Request) -> web.Response:
        """POST /hooks/subscriptions/: nothing is sent before it is confirmed."""
        told = await request.json()
        made, proof = self.world.new_id("subscription"), self.world.new_id("proof")
        self.hooks[made] = (proof, str(told["target_url"]))
        body = {"id": made, "event_type": told["event_type"], "is_enabled": False}
        return web.json_response(body, status=201, headers={"X-Hook-Secret": proof})

    async def confirm(self, request: web.Request) -> web.Response:
        """POST /hooks/subscriptions/{id}/ with what came in X-Hook-Secret."""
        proof, target = self.hooks.get(request.match_info["id"], ("", ""))
        if not proof or (await request.json()).get("secret") != proof:
            raise No(400, "secret: this is not what was sent in X-Hook-Secret")
        self.post.url = target
        return web.json_response({"id": request.match_info["id"], "is_enabled": True})

    async def reserve(self, request: web.Request) -> web.Response:
        """POST /fake/submissions: a simulated person takes a place: {study, person?, status?}."""
        told = await request.json()
        status = str(told.get("status", "ACTIVE"))
        if status not in ("RESERVED", "ACTIVE"):
            raise No(400, f"nobody begins as {status}")
        held = self.world.reserve(told["study"], str(told.get("person", "")), status)
        await self.post.tell(held)
        return web.json_response(held.as_detail(), status=201)

    async def act(self, request: web.Request) -> web.Response:
        """POST /fake/submissions/{id}/{move}: start, finish (with code, seconds), return, time_out."""
        told: dict[str, Any] = await request.json() if request.can_read_body else {}
        held = self.world.move(request.match_info["id"], request.match_info["move"], **told)
        if "seconds" in told:
            self.world.set_times(held.id, float(told["seconds"]))
        await self.post.tell(held)
        return web.json_response(held.as_detail())

    async def flush(self, _request: web.Request) -> web.Response:
        """POST /fake/flush: deliver the webhooks that disorder held back."""
        await self.post.flush()
        return web.json_response({"delivered": self.post.delivered})

    async def export(self, request: web.Request) -> web.Response:
        """GET /fake/studies/{id}/export?generation=1|2|3: the demographic export."""
        generation = int(request.query.get("generation", "3"))
        text = export_csv(self.world.of_study(request.match_info["id"]), generation)
        return web.Response(text=text, content_type="text/csv", charset="utf-8")

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Token, weather, and refusals as Prolific words them."""
        api = request.path.startswith(API)
        if api and request.headers.get("Authorization") != f"Token {self.token}":
            return _error(401, "the token is not valid")
        status = self.weather.of_request(request.method) if api else None
        if status:
            return _error(status, "bad weather")
        writes = api and request.method in ("POST", "PATCH")
        if writes and "lose_write" in self.weather.faults:
            return _cut(request)
        try:
            answer = await handler(request)
        except No as no:
            return _error(no.status, str(no))
        except (KeyError, ValueError, TypeError) as error:
            return _error(400, f"the request cannot be read: {error}")
        if self.memory and request.method != "GET":
            save(self.world, self.memory)
        return _cut(request) if writes and "drop_write" in self.weather.faults else answer


def _cut(request: web.Request) -> web.Response:
    """Close the connection before anything is answered."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _error(status: int, detail: str) -> web.Response:
    return web.json_response({"error": {"status": status, "detail": detail}}, status=status)


def make_app(fake: Fake) -> web.Application:
    """The fake as an aiohttp application."""
    app = web.Application(middlewares=[fake.guard])
    app.add_routes(
        [
            web.get(f"{API}/users/me/", fake.me),
            web.post(f"{API}/hooks/secrets/", fake.new_secret),
            web.post(f"{API}/hooks/subscriptions/", fake.subscribe),
            web.post(f"{API}/hooks/subscriptions/{{id}}/", fake.confirm),
            web.get(f"{API}/studies/", fake.every_study),
            web.get(f"{API}/filters/", fake.filters),
            web.post(f"{API}/study-cost-calculator/", fake.cost),
            web.patch(f"{API}/studies/{{id}}/", fake.change_study),
            web.post(f"{API}/studies/", fake.studies),
            web.get(f"{API}/studies/{{id}}/", fake.study),
            web.post(f"{API}/studies/{{id}}/transition/", fake.move_study),
            web.get(f"{API}/studies/{{id}}/submissions/", fake.listed),
            web.get(f"{API}/studies/{{id}}/submissions/counts/", fake.counts),
            web.post(f"{API}/submissions/bulk-approve/", fake.bulk_approve),
            web.get(f"{API}/submissions/{{id}}/", fake.submission),
            web.post(f"{API}/submissions/{{id}}/transition/", fake.transition),
            web.post(f"{API}/submissions/{{id}}/request-return/", fake.request_return),
            web.post("/fake/submissions", fake.reserve),
            web.post("/fake/submissions/{id}/{move}", fake.act),
            web.post("/fake/flush", fake.flush),
            web.get("/fake/studies/{id}/export", fake.export),
        ]
    )
    return app
