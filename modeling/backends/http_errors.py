"""Sort what an HTTP server said into passing and permanent, in its own words, without the key."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Final

from modeling.backends.protocol import BackendError, PermanentError, TransientError

if TYPE_CHECKING:
    import openai

PASSING: Final = frozenset({408, 409, 425, 429})
LONGEST_WORDS: Final = 500
NO_MONEY: Final = "insufficient_quota"


class RefusedError(PermanentError):
    """The server refused the request itself (400 or 422); another form of it may be accepted."""


def from_openai(error: openai.OpenAIError, key: str) -> BackendError:
    """Sort an exception of the `openai` package."""
    import openai

    if isinstance(error, openai.APIStatusError):
        words = words_of(error.body) or error.message
        return from_status(error.status_code, words, error.response.headers, key)
    if isinstance(error, openai.APIConnectionError):
        return no_answer(error, key)
    return PermanentError(redact(str(error), key))


def no_answer(error: BaseException, key: str) -> TransientError:
    """Tell a slow server from an absent one by the first cause; the layers above mix them up.

    A time-out is itself the cause of the cancellation that carries it out.
    """
    while error.__cause__ is not None and not isinstance(error.__cause__, CancelledError):
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


def words_of(body: object) -> str:
    """What the body of an error says: its message and code, or all of it."""
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        if isinstance(inner, Mapping):
            said = " ".join(str(inner[name]) for name in ("message", "code") if inner.get(name))
            return said or str(dict(inner))
        return str(inner)
    return str(body or "")
