"""What can go wrong on purpose, and when: a function of the seed and the request's number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from modeling.stub.answers import unit

FAULTS: Final[Mapping[str, str]] = {
    "rate_limit": "429 with Retry-After",
    "server_error": "500",
    "hang": "no answer until the client gives up",
    "slow": "an answer that takes longer",
    "cut_json": "text that stops in the middle of a JSON object, finish_reason length",
    "think_block": "a think block before the answer",
    "reasoning_field": "the answer in the reasoning field, empty content",
    "ignored_constraint": "prose where one letter was asked for",
    "missing_logprobs": "no log-probabilities although asked for",
    "leading_space": "a space before the answer",
    "refusal": "a polite refusal",
    "bad_request": "400, context length",
    "unauthorized": "401, repeating the key it was sent",
    "garbage": "200 with a page of HTML",
    "rejects_logprobs": "400 whenever log-probabilities are asked for",
    "few_logprobs": "400 where more than 5 alternatives a token are asked for",
    "content_filter": "400 with the code that a filter sends",
    "rejects_schema": "400 whenever a reply by JSON schema is asked for",
    "rejects_max_tokens": "400 whenever max_tokens is sent instead of max_completion_tokens",
    "no_template": "400 whenever it is asked by chat, as a base model does",
    "wrong_logprobs": "log-probabilities above 0, which are none",
    "first_option": "the option that stands first, whatever it says",
    "batch_limit": "a batch that fails after it was accepted: too many tokens are waiting",
    "batch_expired": "a batch that runs out of time with half of its answers",
    "batch_lacks_lines": "a batch that ends with some lines in neither of its files",
    "batch_unanswered": "a batch that is made although nobody answers the request",
    "batch_api_error": "500 for a request about files or batches",
}
"""Fault name -> what it does. Those that begin with `batch_` concern batches alone."""

DEFAULT_RATE: Final = 0.2


def parse_faults(text: str) -> dict[str, float]:
    """Read `rate_limit,refusal:0.05` into names and rates; a name alone gets `DEFAULT_RATE`.

    Raises ValueError for an unknown name, a rate outside (0, 1], or rates adding to over 1.
    """
    faults: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, rate = part.partition(":")
        if name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
        faults[name] = _rate(part, rate)
    if sum(faults.values()) > 1.0 + 1e-9:
        raise ValueError(f"the rates of {text!r} add up to more than 1")
    return faults


def _rate(part: str, text: str) -> float:
    try:
        rate = float(text) if text else DEFAULT_RATE
    except ValueError:
        rate = -1.0
    if not 0.0 < rate <= 1.0:
        raise ValueError(f"fault {part!r}: the rate must be a number above 0 and at most 1")
    return rate


def pick_fault(faults: Mapping[str, float], seed: int, number: int) -> str | None:
    """The fault of the request with this number, or None."""
    if not faults:
        return None
    draw = unit("fault", seed, number)
    for name, rate in faults.items():
        draw -= rate
        if draw < 0:
            return name
    return None
