"""The completions format, for base models without a chat template: one text in, its rest out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modeling.backends.chat_format import MOST_LOGPROBS, decoded, first_logprobs, reply_of, text_of
from modeling.backends.protocol import Decoding, Prompt, Reply

BETWEEN = "\n\n"
"""What stands between the system text and the user's."""


def plain_text(prompt: Prompt) -> str:
    """The prompt as a base model reads it: its messages one below the other, no roles."""
    return BETWEEN.join(message["content"] for message in prompt.messages)


def request_body(
    model: str, prompt: Prompt, decoding: Decoding, *, most_logprobs: int = MOST_LOGPROBS
) -> dict[str, Any]:
    """The body of one request. Label probabilities are asked for where the first token is the letter."""
    body = {"model": model, "prompt": plain_text(prompt), **decoded(prompt, decoding)}
    logprobs = min(decoding.logprobs, most_logprobs)
    if logprobs and prompt.reads_first_token:
        body["logprobs"] = logprobs
    return body


def read_body(key: str, body: Mapping[str, Any], latency_s: float) -> Reply:
    """The reply in a response body. Raises TransientError if the body is not a completion."""
    return reply_of(key, body, latency_s, "completion", _said)


def _said(choice: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": text_of(choice["text"]),
        "logprobs": first_logprobs(_as_chat(choice.get("logprobs") or {})),
        "finish_reason": choice.get("finish_reason"),
    }


def _as_chat(logprobs: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Tokens with their alternatives in the shape that the chat format has."""
    tokens = logprobs.get("tokens") or ()
    alternatives = logprobs.get("top_logprobs") or [None] * len(tokens)
    return [
        {
            "token": token,
            "logprob": value,
            "top_logprobs": [{"token": t, "logprob": p} for t, p in (others or {}).items()],
        }
        for token, value, others in zip(
            tokens, logprobs.get("token_logprobs") or (), alternatives, strict=True
        )
    ]
