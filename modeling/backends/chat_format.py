"""The chat-completions format: request bodies out of prompts, replies out of response bodies."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from modeling.backends.protocol import Decoding, Prompt, Reply, TransientError

MOST_LOGPROBS: Final = 20
"""What OpenAI and, by default, vLLM allow a token."""


def request_body(
    model: str, prompt: Prompt, decoding: Decoding, *, most_logprobs: int = MOST_LOGPROBS
) -> dict[str, Any]:
    """The body of one request. Label probabilities are asked for where the first token is the letter."""
    body: dict[str, Any] = {
        "model": model,
        "messages": prompt.messages,
        **decoded(prompt, decoding),
    }
    top_logprobs = min(decoding.logprobs, most_logprobs)
    if top_logprobs and prompt.reads_first_token:
        body |= {"logprobs": True, "top_logprobs": top_logprobs}
    return body


def decoded(prompt: Prompt, decoding: Decoding) -> dict[str, Any]:
    """The fields of a body that say how to sample and, where asked, in which shape to reply."""
    fields: dict[str, Any] = {
        "max_tokens": decoding.max_tokens or prompt.max_tokens,
        "temperature": decoding.temperature,
    }
    if decoding.top_p != 1.0:
        fields["top_p"] = decoding.top_p
    if decoding.seed is not None:
        fields["seed"] = decoding.seed
    if prompt.reply_schema is not None:
        fields["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": prompt.reply_schema},
        }
    return fields


def parse_body(content: bytes) -> dict[str, Any]:
    """The JSON object of a response. Raises TransientError for anything else."""
    try:
        payload = _parsed(content)
    except (ValueError, RecursionError) as error:
        words = content[:200].decode(errors="replace")
        raise TransientError(f"The server's answer is not JSON: {words}") from error
    if not isinstance(payload, dict):
        raise TransientError(f"The server's answer is no JSON object: {str(payload)[:200]}")
    return payload


def _parsed(content: bytes) -> object:
    """Servers in Python may write NaN and Infinity, which orjson refuses."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content)


def read_body(key: str, body: Mapping[str, Any], latency_s: float) -> Reply:
    """The reply in a response body. Raises TransientError if the body is not a chat completion."""
    return reply_of(key, body, latency_s, "chat completion", _said)


def _said(choice: Mapping[str, Any]) -> dict[str, Any]:
    message = choice["message"]
    declined = message.get("refusal") or ""
    return {
        "text": text_of(message.get("content")) or text_of(declined),
        "logprobs": first_logprobs((choice.get("logprobs") or {}).get("content") or ()),
        "finish_reason": "refusal" if declined else choice.get("finish_reason"),
        "reasoning": text_of(message.get("reasoning") or message.get("reasoning_content")),
    }


def reply_of(
    key: str,
    body: Mapping[str, Any],
    latency_s: float,
    name: str,
    said: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> Reply:
    """The first choice of a body, as `said` reads it, with the counts of tokens.

    Raises TransientError if the body is not what `name` calls it.
    """
    try:
        usage = body.get("usage") or {}
        return Reply(
            key=key,
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
            latency_s=latency_s,
            **said(body["choices"][0]),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise TransientError(
            f"The server's answer is no {name} ({error!r}): {str(body)[:200]}"
        ) from error


def text_of(value: object) -> str:
    """A text, "" for null. Raises TypeError for anything else."""
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
