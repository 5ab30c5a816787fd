"""The chat-completions format: request bodies out of prompts, replies out of response bodies."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from modeling.backends.protocol import Decoding, Prompt, Reply, TransientError

MOST_LOGPROBS: Final = 20
"""What OpenAI and, by default, vLLM allow a token."""


def request_body(
    model: str, prompt: Prompt, decoding: Decoding, *, most_logprobs: int = MOST_LOGPROBS
) -> dict[str, Any]:
    """The body of one request. Label probabilities are asked for where the first token is the letter."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [dict(message) for message in prompt.messages],
        "max_tokens": decoding.max_tokens or prompt.max_tokens,
        "temperature": decoding.temperature,
    }
    if decoding.top_p != 1.0:
        body["top_p"] = decoding.top_p
    if decoding.seed is not None:
        body["seed"] = decoding.seed
    top_logprobs = min(decoding.logprobs, most_logprobs)
    if top_logprobs and prompt.reads_first_token:
        body |= {"logprobs": True, "top_logprobs": top_logprobs}
    if prompt.reply_schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": prompt.reply_schema},
        }
    return body


def parse_body(content: bytes) -> dict[str, Any]:
    """The JSON object of a response. Raises TransientError for anything else."""
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError) as error:
        words = content[:200].decode(errors="replace")
        raise TransientError(f"The server's answer is not JSON: {words}") from error
    if not isinstance(payload, dict):
        raise TransientError(f"The server's answer is no JSON object: {str(payload)[:200]}")
    return payload


def read_body(key: str, body: Mapping[str, Any], latency_s: float) -> Reply:
    """The reply in a response body. Raises TransientError if the body is not a chat completion."""
    try:
        choice = body["choices"][0]
        message = choice["message"]
        usage = body.get("usage") or {}
        declined = message.get("refusal") or ""
        return Reply(
            key=key,
            text=_text(message.get("content")) or _text(declined),
            logprobs=first_logprobs((choice.get("logprobs") or {}).get("content") or ()),
            finish_reason="refusal" if declined else choice.get("finish_reason"),
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
            latency_s=latency_s,
            reasoning=_text(message.get("reasoning") or message.get("reasoning_content")),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise TransientError(
            f"The server's answer is no chat completion ({error!r}): {str(body)[:200]}"
        ) from error


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"text expected, found {type(value).__name__}")
    return value


def first_logprobs(tokens: Sequence[Mapping[str, Any]]) -> dict[str, float] | None:
    """Alternatives at the first token that holds a letter or digit: token -> log-probability.

    Some servers begin with a bare space or a bracket, which says nothing about the answer. The
    token that was really drawn is added where it is not among the alternatives.
    """
    for token in tokens:
        if any(character.isalnum() for character in token["token"]):
            return _alternatives(token)
    return None


def _alternatives(token: Mapping[str, Any]) -> dict[str, float]:
    merged: dict[str, float] = {}
    for one in token.get("top_logprobs") or ():
        name, value = str(one["token"]), float(one["logprob"])
        merged[name] = _log_add(merged[name], value) if name in merged else value
    merged.setdefault(str(token["token"]), float(token["logprob"]))
    return merged


def _log_add(one: float, other: float) -> float:
    """The log of the sum of two probabilities given as logs."""
    high, low = max(one, other), min(one, other)
    return high if math.isinf(low) else high + math.log1p(math.exp(low - high))
