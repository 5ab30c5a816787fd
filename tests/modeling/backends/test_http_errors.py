"""Which HTTP errors pass, which do not, and what is said about them."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from modeling.backends import PermanentError, TransientError
from modeling.backends.http_errors import RefusedError, from_status, redact, retry_after_s


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_passing(status):
    error = from_status(status, "busy", {"retry-after": "3"}, "")
    assert isinstance(error, TransientError)
    assert str(error) == f"HTTP {status}: busy"
    assert (error.retry_after_s, error.rate_limited) == (3.0, status == 429)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 413, 422])
def test_permanent(status):
    error = from_status(status, "no", {}, "")
    assert isinstance(error, PermanentError)
    assert isinstance(error, RefusedError) == (status in {400, 422})


def test_an_empty_account_does_not_fill_up_by_waiting():
    error = from_status(429, "You exceeded your quota insufficient_quota", {}, "")
    assert isinstance(error, PermanentError)


@pytest.mark.parametrize(("value", "seconds"), [("2", 2.0), ("0.5", 0.5), ("-3", 0.0)])
def test_retry_after_in_seconds(value, seconds):
    assert retry_after_s({"retry-after": value}) == seconds


def test_retry_after_as_a_date():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 0.0 < retry_after_s({"retry-after": later}) <= 60.0
    assert retry_after_s({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}) == 0.0


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}, {"retry-after": ""}])
def test_retry_after_absent_or_unreadable(headers):
    assert retry_after_s(headers) is None


def test_words_are_shortened_after_the_key_is_blotted_out():
    """Blotting first, or the cut could leave half a key behind."""
    words = redact("x" * 495 + "sk-secret", "sk-secret")
    assert words == "x" * 495 + "[key]"
    assert redact("fine", "") == "fine"
