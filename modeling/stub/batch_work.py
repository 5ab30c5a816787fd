"""What a batch does with its input file: read it, refuse it as a whole, or answer line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modeling.stub.answers import Mind, unit
from modeling.stub.chat import complaint, prompt_hash, respond
from modeling.stub.faults import pick_fault
from modeling.stub.options import StubOptions

MOST_LINES: Final = 50_000
MOST_BYTES: Final = 200 * 1024 * 1024
HTTP_FAULTS: Final[Mapping[str, int]] = {
    "rate_limit": 429,
    "server_error": 500,
    "bad_request": 400,
    "content_filter": 400,
    "unauthorized": 401,
}
LINES_APART: Final = 1_000_003
"""Lines of one batch and of the next are so far apart when faults are drawn."""

Line = dict[str, Any]
Problem = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    """The lines of the two files that a batch leaves behind, in no order."""

    good: Sequence[Line]
    bad: Sequence[Line]


def read_lines(content: bytes, url: str) -> tuple[list[Line], Problem | None]:
    """The requests of an input file, or what is wrong with it: code, message, line."""
    raw = content.decode("utf-8", errors="replace").splitlines()
    if not raw:
        return [], problem("empty_file", "the input file holds no requests")
    if len(raw) > MOST_LINES:
        return [], problem("too_many_tasks", f"{len(raw)} lines, at most {MOST_LINES}")
    if len(content) > MOST_BYTES:
        return [], problem("file_too_large", f"{len(content)} bytes, at most {MOST_BYTES}")
    lines: list[Line] = []
    seen: set[str] = set()
    for number, text in enumerate(raw, start=1):
        line = _line(text)
        if line is None or line["custom_id"] in seen:
            words = "not a request, or its custom_id repeats"
            return [], problem("invalid_line", words, number)
        if line.get("url") != url:
            return [], problem("mismatched_url", f"this batch is for {url}", number)
        if lines and line["body"].get("model") != lines[0]["body"].get("model"):
            return [], problem("mismatched_model", "one model a file", number)
        seen.add(line["custom_id"])
        lines.append(line)
    return lines, None


def problem(code: str, message: str, line: int | None = None) -> Problem:
    """One entry of a failed batch's `errors`."""
    return {"code": code, "message": message, "line": line, "param": None}


def results(
    lines: Sequence[Line], mind: Mind, options: StubOptions, *, batch: int, fault: str | None
) -> Results:
    """Answer the lines of the batch with this number, as its fault has it."""
    answered = [
        _result(line, mind, options, batch * LINES_APART + number)
        for number, line in enumerate(lines)
    ]
    answered.sort(key=lambda result: unit("shuffle", options.seed, result["custom_id"]))
    late: list[Line] = []
    if fault == "batch_expired":
        half = len(answered) // 2
        answered, late = answered[:half], [_undone(one, "batch_expired") for one in answered[half:]]
    elif fault == "batch_lacks_lines":
        answered = answered[len(answered) // 3 :]
    good = [one for one in answered if one["response"]["status_code"] == 200]
    bad = [one for one in answered if one["response"]["status_code"] != 200]
    return Results(good, bad + late)


def _result(line: Line, mind: Mind, options: StubOptions, number: int) -> Line:
    body = line["body"]
    fault = pick_fault(options.faults, options.seed, number)
    wrong = complaint(body, options.model)
    if fault and fault in HTTP_FAULTS:
        wrong = (HTTP_FAULTS[fault], f"simulated {fault}")
    status, words = wrong or (200, "")
    answer = {"error": {"message": words}} if wrong else respond(mind, body, fault)
    return {
        "id": f"batch_req_{prompt_hash(body)}",
        "custom_id": line["custom_id"],
        "response": {"status_code": status, "request_id": f"req-{number}", "body": answer},
        "error": None,
    }


def _undone(result: Line, code: str) -> Line:
    """How a line looks that was not reached before the batch ended."""
    words = "This request could not be executed before the completion window expired."
    return result | {"response": None, "error": {"code": code, "message": words}}


def _line(text: str) -> Line | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    good = isinstance(line, dict) and isinstance(line.get("body"), dict) and line.get("custom_id")
    return line if good else None
