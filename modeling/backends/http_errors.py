"""Sort what an HTTP server said into passing and permanent, in its own words, without the key."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import Final

import openai

from modeling.backends.protocol import BackendError, PermanentError, TransientError

PASSING: Final = frozenset({408, 409, 425, 429})
LONGEST_WORDS: Final = 500
NO_MONEY: Final = "insufficient_quota"


class RefusedError(PermanentError):
    """The server refused the request itself (400 or 422); another form of it may be accepted."""


def from_openai(error: openai.OpenAIError, key: str) -> BackendError:
    """Sort an exception of the `openai` package."""
    if isinstance(error, openai.APIStatusError):
        return from_status(error.status_code, _words(error), error.response.headers, key)
    if isinstance(error, openai.APIConnectionError):
        return _no_answer(error, key)
    return PermanentError(redact(str(error), key))


def _no_answer(error: BaseException, key: str) -> TransientError:
    """Tell a slow server from an absent one by the first cause; the layers above mix them up."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, TimeoutError):
        return TransientError("The server did not answer in time.")
    return TransientError(f"No connection to the server: {redact(str(error), key)}")


def from_status(status: int, words: str, headers: Mapping[str, str], key: str) -> BackendError:
    """Sort an HTTP status. 429 passes, unless the account is out of money."""
    message = f"HTTP {status}: {redact(words, key)}"
    if status in PASSING or status >= 500:
        if NO_MONEY in words:
            return PermanentError(message)
        return TransientError(
            message, retry_after_s=retry_after_s(headers), rate_limited=status == 429
        )
    return RefusedError(message) if status in {400, 422} else PermanentError(message)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date, None if absent or unread."""
    value = headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (TypeError, ValueError):
        return None


def redact(words: str, key: str) -> str:
    """A server's words, shortened, with the key blotted out should it have repeated it."""
    return (words.replace(key, "[key]") if key else words)[:LONGEST_WORDS]


def _words(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, Mapping):
        return " ".join(str(body[name]) for name in ("message", "code") if body.get(name))
    return str(body or error.message)
