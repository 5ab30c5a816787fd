"""Files and batches: upload a JSONL of requests, let them be worked through, fetch the answers.

As with the real thing, results come unordered, failed lines go to a file of their own, and a
batch that breaks a limit fails only after it was accepted.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast

from aiohttp import BodyPartReader, web

from modeling.stub.answers import Mind
from modeling.stub.batch_work import Line, problem, read_lines, results
from modeling.stub.chat import CREATED, prompt_hash
from modeling.stub.faults import pick_fault
from modeling.stub.options import StubOptions
from modeling.stub.stats import Stats

ENDPOINTS: Final = frozenset({"/v1/chat/completions", "/v1/completions"})
OPEN_STATES: Final = frozenset({"validating", "in_progress"})
NOBODY_ANSWERS_S: Final = 3600.0
PAGE: Final = 20
LIMIT_WORDS: Final = (
    "Enqueued token limit reached for this model. Please try again once some of the batches in "
    "progress have been completed."
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Batches:
    """Files and batches of one server, kept in memory."""

    mind: Mind
    options: StubOptions
    stats: Stats
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    requests: int = 0
    work: set[asyncio.Task[None]] = field(default_factory=set)

    def routes(self) -> list[web.RouteDef]:
        """Every route, some of whose requests fail where that fault is on."""
        return [
            web.post("/v1/files", self._shaky(self.upload)),
            web.get("/v1/files/{key}", self._shaky(self.show_file)),
            web.delete("/v1/files/{key}", self._shaky(self.delete_file)),
            web.get("/v1/files/{key}/content", self._shaky(self.file_content)),
            web.post("/v1/batches", self._shaky(self.create)),
            web.get("/v1/batches", self._shaky(self.list_all)),
            web.get("/v1/batches/{key}", self._shaky(self.show)),
            web.post("/v1/batches/{key}/cancel", self._shaky(self.cancel)),
        ]

    def _shaky(self, handler: Handler) -> Handler:
        rates = {name: r for name, r in self.options.faults.items() if name == "batch_api_error"}

        async def handle(request: web.Request) -> web.StreamResponse:
            self.requests += 1
            if pick_fault(rates, self.options.seed, self.requests):
                return _error(500, "The simulated files and batches fell over.")
            return await handler(request)

        return handle

    async def upload(self, request: web.Request) -> web.Response:
        """POST /v1/files (multipart: purpose, file)."""
        content, name, purpose = b"", "file.jsonl", ""
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "file":
                content, name = bytes(await part.read()), part.filename or name
            elif part.name == "purpose":
                purpose = await part.text()
        return web.json_response(self._store(content, name, purpose))

    def _store(self, content: bytes, name: str, purpose: str) -> dict[str, Any]:
        key = f"file-{next(self.numbers)}"
        self.contents[key] = content
        self.files[key] = {
            "id": key,
            "object": "file",
            "bytes": len(content),
            "created_at": CREATED,
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        return self.files[key]

    async def show_file(self, request: web.Request) -> web.Response:
        """GET /v1/files/{id}."""
        return _found(self.files, request)

    async def delete_file(self, request: web.Request) -> web.Response:
        """DELETE /v1/files/{id}."""
        key = request.match_info["key"]
        if self.contents.pop(key, None) is None:
            return _not_found(request)
        del self.files[key]
        return web.json_response({"id": key, "object": "file", "deleted": True})

    async def file_content(self, request: web.Request) -> web.Response:
        """GET /v1/files/{id}/content."""
        content = self.contents.get(request.match_info["key"])
        return _not_found(request) if content is None else web.Response(body=content)

    async def create(self, request: web.Request) -> web.Response:
        """POST /v1/batches. Accepted at once; limits are checked when the work begins."""
        body = await request.json()
        source = body.get("input_file_id")
        if source not in self.files or body.get("endpoint") not in ENDPOINTS:
            return _error(400, "unknown input_file_id or endpoint")
        number = len(self.batches)
        self.stats.batches += 1
        batch = self._new(f"batch-{number + 1}", body)
        rates = {n: r for n, r in self.options.faults.items() if n.startswith("batch_")}
        rates.pop("batch_api_error", None)
        fault = pick_fault(rates, self.options.seed, number)
        self.stats.faults.update([fault] if fault else [])
        task = asyncio.create_task(self._work(batch, number, fault))
        self.work.add(task)
        task.add_done_callback(self.work.discard)
        if fault == "batch_unanswered":
            await asyncio.sleep(NOBODY_ANSWERS_S)
        return web.json_response(batch)

    def _new(self, key: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.batches[key] = {
            "id": key,
            "object": "batch",
            "endpoint": body["endpoint"],
            "input_file_id": body["input_file_id"],
            "completion_window": body.get("completion_window", "24h"),
            "created_at": int(time.time()),
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": body.get("metadata"),
        }
        return self.batches[key]

    async def show(self, request: web.Request) -> web.Response:
        """GET /v1/batches/{id}. The first looks see a batch in progress, if so asked."""
        key = request.match_info["key"]
        self.looks[key] += 1
        if key in self.batches and self.looks[key] <= self.options.batch_polls:
            under_way = {"status": "in_progress", "output_file_id": None, "error_file_id": None}
            return web.json_response(self.batches[key] | under_way | {"errors": None})
        return _found(self.batches, request)

    async def list_all(self, request: web.Request) -> web.Response:
        """GET /v1/batches: newest first, a page at a time."""
        keys = list(reversed(self.batches))
        after = request.query.get("after")
        first = keys.index(after) + 1 if after in keys else 0
        last = first + int(request.query.get("limit", PAGE))
        listed = [self.batches[key] for key in keys[first:last]]
        return web.json_response({"object": "list", "data": listed, "has_more": last < len(keys)})

    async def cancel(self, request: web.Request) -> web.Response:
        """POST /v1/batches/{id}/cancel."""
        batch = self.batches.get(request.match_info["key"])
        if batch is None:
            return _not_found(request)
        if batch["status"] in OPEN_STATES:
            batch["status"] = "cancelled"
        return web.json_response(batch)

    async def _work(self, batch: dict[str, Any], number: int, fault: str | None) -> None:
        await asyncio.sleep(self.options.latency_ms / 1000.0)
        lines, wrong = read_lines(self.contents[batch["input_file_id"]], batch["endpoint"])
        if fault == "batch_limit":
            wrong = problem("token_limit_exceeded", LIMIT_WORDS)
        if wrong:
            batch["status"] = "failed"
            batch["errors"] = {"object": "list", "data": [wrong]}
            return
        if batch["status"] == "cancelled":
            return
        batch["status"] = "in_progress"
        batch["request_counts"]["total"] = len(lines)
        await asyncio.sleep(self.options.latency_ms / 1000.0)
        if batch["status"] == "in_progress":
            self._finish(batch, lines, number, fault)

    def _finish(
        self, batch: dict[str, Any], lines: Sequence[Line], number: int, fault: str | None
    ) -> None:
        made = results(lines, self.mind, self.options, batch=number, fault=fault)
        answered = {one["custom_id"] for one in made.good}
        for line in lines:
            if line["custom_id"] in answered:
                self.stats.answer(prompt_hash(line["body"]))
        batch["output_file_id"] = self._write(made.good, "output")
        batch["error_file_id"] = self._write(made.bad, "error")
        batch["request_counts"] |= {"completed": len(made.good), "failed": len(made.bad)}
        batch["status"] = "expired" if fault == "batch_expired" else "completed"

    def _write(self, lines: Sequence[Line], name: str) -> str | None:
        if not lines:
            return None
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
        return cast(str, self._store(content, f"{name}.jsonl", "batch_output")["id"])


def _found(things: Mapping[str, dict[str, Any]], request: web.Request) -> web.Response:
    thing = things.get(request.match_info["key"])
    return _not_found(request) if thing is None else web.json_response(thing)


def _not_found(request: web.Request) -> web.Response:
    return _error(404, f"there is no {request.match_info['key']!r}")


def _error(status: int, words: str) -> web.Response:
    kinds = {404: "not_found_error", 400: "invalid_request_error"}
    error = {"message": words, "type": kinds.get(status, "server_error")}
    return web.json_response({"error": error}, status=status)


def add_batch_routes(app: web.Application, mind: Mind, options: StubOptions, stats: Stats) -> None:
    """Hang files and batches under /v1."""
    app.add_routes(Batches(mind, options, stats).routes())
