"""The lines of batch files: requests out of prompts, results out of what came back.

One format serves the Batch API of OpenAI and `vllm run-batch`. Files are read and written line by
line, so that their size costs no memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from modeling.backends.chat_format import parse_body
from modeling.backends.http_errors import RefusedError, from_status, redact, words_of
from modeling.backends.protocol import (
    BackendError,
    Decoding,
    PermanentError,
    Prompt,
    Reply,
    TransientError,
)
from modeling.backends.server import FILTERED
from modeling.backends.server_form import Form

MOST_LINES: Final = 50_000
MOST_BYTES: Final = 200_000_000
"""What OpenAI takes in one file."""


class GoneError(PermanentError):
    """The server does not know a file, or a batch, any more."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line that came back: whose it is, and a response's body or why there is none."""

    key: str
    body: Mapping[str, Any] | None
    problem: BackendError | None


def request_line(form: Form, prompt: Prompt, decoding: Decoding) -> bytes:
    """The line that asks one prompt; its key is the line's `custom_id`."""
    line = {
        "custom_id": prompt.key,
        "method": "POST",
        "url": f"/v1{form.path}",
        "body": form.body(prompt, decoding),
    }
    return orjson.dumps(line) + b"\n"


def write_requests(
    path: Path,
    lines: Iterable[bytes],
    *,
    most_lines: int = MOST_LINES,
    most_bytes: int = MOST_BYTES,
) -> int:
    """Write as many lines as one file may hold; returns how many. The rest is for another file."""
    number = size = 0
    with path.open("wb") as file:
        for line in lines:
            if number == most_lines or size + len(line) > most_bytes:
                break
            file.write(line)
            number, size = number + 1, size + len(line)
    return number


def read_results(path: Path, key: str) -> Iterator[Result]:
    """The results of a file; a line that is none is skipped: its prompt then has no answer.

    `key` is blotted out of a server's words.
    """
    with path.open("rb") as file:
        for content in file:
            try:
                yield read_result(content, key)
            except ValueError:
                continue


def read_result(content: bytes, key: str = "") -> Result:
    """One line. Raises ValueError, in words, for what is no result of a batch."""
    try:
        line = parse_body(content)
    except TransientError as error:
        raise ValueError("not a JSON object") from error
    name = line.get("custom_id")
    if not isinstance(name, str) or not name:
        raise ValueError("no custom_id")
    response = line.get("response")
    if not isinstance(response, dict):
        if not line.get("error"):
            raise ValueError("neither a response nor an error")
        return Result(name, None, TransientError(redact(words_of(line["error"]), key)))
    return _answered(name, response, line.get("error"), key)


def _answered(name: str, response: Mapping[str, Any], error: object, key: str) -> Result:
    status, body = response.get("status_code"), response.get("body")
    if not isinstance(status, int):
        raise ValueError("no status_code in the response")
    if status == 200 and isinstance(body, dict):
        return Result(name, body, None)
    if status == 200:
        return Result(name, None, TransientError("The line says 200 and holds no response."))
    return Result(name, None, from_status(status, words_of(error or body), {}, key))


def reply_in(result: Result, form: Form) -> Reply:
    """The reply on a line, read as the direct lane reads it. Raises BackendError without one.

    A prompt that a filter stopped is a refusal by the model's side, not a broken request.
    """
    if result.body is not None:
        return form.read(result.key, result.body, 0.0)
    assert result.problem is not None
    if isinstance(result.problem, RefusedError) and FILTERED in str(result.problem):
        return Reply(result.key, str(result.problem), finish_reason=FILTERED)
    raise result.problem
