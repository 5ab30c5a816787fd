"""Files and batches: upload a JSONL of requests, let them be worked through, fetch the answers.

As with the real thing, results come unordered, failed lines go to a file of their own, and a
batch that breaks a limit fails only after it was accepted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from aiohttp import BodyPartReader, web

from modeling.stub.answers import Mind, unit
from modeling.stub.chat import CREATED, complaint, prompt_hash, respond
from modeling.stub.faults import pick_fault
from modeling.stub.options import StubOptions

MOST_LINES: Final = 50_000
ENDPOINTS: Final = frozenset({"/v1/chat/completions", "/v1/completions"})
HTTP_FAULTS: Final[Mapping[str, int]] = {
    "rate_limit": 429,
    "server_error": 500,
    "bad_request": 400,
    "content_filter": 400,
    "unauthorized": 401,
}
OPEN_STATES: Final = frozenset({"validating", "in_progress"})


@dataclass(slots=True)
class Batches:
    """Files and batches of one server, kept in memory."""

    mind: Mind
    options: StubOptions
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    work: set[asyncio.Task[None]] = field(default_factory=set)

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
        key = f"file-{len(self.files) + 1}"
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

    async def file_content(self, request: web.Request) -> web.Response:
        """GET /v1/files/{id}/content."""
        content = self.contents.get(request.match_info["key"])
        return _not_found(request) if content is None else web.Response(body=content)

    async def create(self, request: web.Request) -> web.Response:
        """POST /v1/batches. Accepted at once; limits are checked when the work begins."""
        body = await request.json()
        source = body.get("input_file_id")
        if source not in self.files or body.get("endpoint") not in ENDPOINTS:
            return web.json_response(
                {"error": {"message": "unknown input_file_id or endpoint", "type": "invalid"}},
                status=400,
            )
        key = f"batch-{len(self.batches) + 1}"
        self.batches[key] = {
            "id": key,
            "object": "batch",
            "endpoint": body["endpoint"],
            "input_file_id": source,
            "completion_window": body.get("completion_window", "24h"),
            "created_at": CREATED,
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": body.get("metadata"),
        }
        task = asyncio.create_task(self._work(self.batches[key]))
        self.work.add(task)
        task.add_done_callback(self.work.discard)
        return web.json_response(self.batches[key])

    async def show(self, request: web.Request) -> web.Response:
        """GET /v1/batches/{id}."""
        return _found(self.batches, request)

    async def list_all(self, _request: web.Request) -> web.Response:
        """GET /v1/batches."""
        listed = list(reversed(self.batches.values()))
        return web.json_response({"object": "list", "data": listed, "has_more": False})

    async def cancel(self, request: web.Request) -> web.Response:
        """POST /v1/batches/{id}/cancel."""
        batch = self.batches.get(request.match_info["key"])
        if batch is None:
            return _not_found(request)
        if batch["status"] in OPEN_STATES:
            batch["status"] = "cancelled"
        return web.json_response(batch)

    async def _work(self, batch: dict[str, Any]) -> None:
        await asyncio.sleep(self.options.latency_ms / 1000.0)
        lines, problem = read_lines(self.contents[batch["input_file_id"]])
        if problem:
            batch["status"] = "failed"
            batch["errors"] = {"object": "list", "data": [problem]}
            return
        if batch["status"] == "cancelled":
            return
        batch["status"] = "in_progress"
        batch["request_counts"]["total"] = len(lines)
        await asyncio.sleep(self.options.latency_ms / 1000.0)
        if batch["status"] == "in_progress":
            self._finish(batch, lines)

    def _finish(self, batch: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        results = [self._result(number, line) for number, line in enumerate(lines)]
        results.sort(key=lambda result: unit("shuffle", self.options.seed, result["custom_id"]))
        good = [result for result in results if result["response"]["status_code"] == 200]
        bad = [result for result in results if result["response"]["status_code"] != 200]
        batch["output_file_id"] = self._write(good, "output")
        batch["error_file_id"] = self._write(bad, "error")
        batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}
        batch["status"] = "completed"

    def _write(self, results: list[dict[str, Any]], name: str) -> str | None:
        if not results:
            return None
        content = "".join(json.dumps(result) + "\n" for result in results).encode()
        return cast(str, self._store(content, f"{name}.jsonl", "batch_output")["id"])

    def _result(self, number: int, line: Mapping[str, Any]) -> dict[str, Any]:
        body = line["body"]
        fault = pick_fault(self.options.faults, self.options.seed, number)
        wrong = complaint(body, self.options.model)
        if fault and fault in HTTP_FAULTS:
            wrong = (HTTP_FAULTS[fault], f"simulated {fault}")
        status, words = wrong or (200, "")
        answer = {"error": {"message": words}} if wrong else respond(self.mind, body, fault)
        return {
            "id": f"batch_req_{prompt_hash(body)}",
            "custom_id": line["custom_id"],
            "response": {"status_code": status, "request_id": f"req-{number}", "body": answer},
            "error": None,
        }


def read_lines(content: bytes) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The requests of an input file, or what is wrong with it: code, message, line."""
    raw = content.decode("utf-8", errors="replace").splitlines()
    if not raw:
        return [], _problem("empty_file", "the input file holds no requests", None)
    if len(raw) > MOST_LINES:
        return [], _problem("too_many_tasks", f"{len(raw)} lines, at most {MOST_LINES}", None)
    lines: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, text in enumerate(raw, start=1):
        line = _line(text)
        if line is None or line["custom_id"] in seen:
            return [], _problem("invalid_line", "not a request, or its custom_id repeats", number)
        seen.add(line["custom_id"])
        lines.append(line)
    return lines, None


def _line(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    good = isinstance(line, dict) and isinstance(line.get("body"), dict) and line.get("custom_id")
    return line if good else None


def _problem(code: str, message: str, line: int | None) -> dict[str, Any]:
    return {"code": code, "message": message, "line": line, "param": None}


def _found(things: Mapping[str, dict[str, Any]], request: web.Request) -> web.Response:
    thing = things.get(request.match_info["key"])
    return _not_found(request) if thing is None else web.json_response(thing)


def _not_found(request: web.Request) -> web.Response:
    words = f"there is no {request.match_info['key']!r}"
    return web.json_response({"error": {"message": words, "type": "not_found_error"}}, status=404)


def add_batch_routes(app: web.Application, mind: Mind, options: StubOptions) -> None:
    """Hang files and batches under /v1."""
    batches = Batches(mind, options)
    app.add_routes(
        [
            web.post("/v1/files", batches.upload),
            web.get("/v1/files/{key}", batches.show_file),
            web.get("/v1/files/{key}/content", batches.file_content),
            web.post("/v1/batches", batches.create),
            web.get("/v1/batches", batches.list_all),
            web.get("/v1/batches/{key}", batches.show),
            web.post("/v1/batches/{key}/cancel", batches.cancel),
        ]
    )
