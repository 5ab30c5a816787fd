"""Request bodies in, response bodies out, in the shapes of the chat and completions endpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from modeling.stub.answers import Answered, Mind, first_token_logprobs
from modeling.stub.options import FINGERPRINT

THOUGHT: Final = "A has its merits, and so has B. Let me weigh them."
PROSE: Final = "Both of these have something to be said for them."
REFUSAL: Final = "I'm sorry, but I can't answer that."
CREATED: Final = 1_700_000_000
"""A fixed time stamp, so that equal requests get equal responses."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the message holds; `tokens` are the first token's alternatives, None if left out."""

    content: str
    reasoning: str = ""
    finish_reason: str = "stop"
    tokens: tuple[tuple[str, float], ...] | None = None


def prompt_hash(body: Mapping[str, Any]) -> str:
    """A short name for what was asked: model, messages or prompt, and the request's own seed."""
    asked = [body.get(name) for name in ("model", "messages", "prompt", "seed")]
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def complaint(body: object, model: str) -> tuple[int, str] | None:
    """Status and words for a request that no server would take, or None."""
    if not isinstance(body, dict):
        return 400, "the body is not a JSON object"
    if body.get("model") != model:
        return 404, f"The model {body.get('model')!r} does not exist; this server has {model!r}."
    messages = body.get("messages")
    if not isinstance(body.get("prompt"), str) and not (isinstance(messages, list) and messages):
        return 400, "'messages' (or 'prompt', for completions) is missing or empty"
    if alternatives(body) > 20:
        return 400, "'top_logprobs' (or 'logprobs', for completions) is at most 20"
    return None


def alternatives(body: Mapping[str, Any]) -> int:
    """How many alternatives a token are asked for; the two endpoints say it differently."""
    wanted = body.get("logprobs") if "prompt" in body else body.get("top_logprobs")
    return int(wanted or 0)


def respond(
    mind: Mind, body: Mapping[str, Any], fault: str | None, *, name: str = ""
) -> dict[str, Any]:
    """The response body of a request that is answered at all; `name` is its hash, if known."""
    messages = body.get("messages") or [{"role": "user", "content": body["prompt"]}]
    answered = mind.answer(
        messages,
        temperature=float(body.get("temperature") or 0.0),
        draw=body.get("seed"),
        schema=((body.get("response_format") or {}).get("json_schema") or {}).get("schema"),
    )
    spoken = _speak(_constrained(answered, body), body, fault)
    asked = sum(len(str(message.get("content", ""))) for message in messages)
    return {
        "id": f"stub-{name or prompt_hash(body)}",
        "created": CREATED,
        "model": mind.model,
        "system_fingerprint": FINGERPRINT,
        "usage": _usage(asked, len(spoken.content) + len(spoken.reasoning)),
        **(_completion(spoken) if "prompt" in body else _chat(spoken)),
    }


def _constrained(answered: Answered, body: Mapping[str, Any]) -> Answered:
    """One of the choices that the request allows; the `guided_choice` of old means nothing here."""
    allowed = (body.get("structured_outputs") or {}).get("choice")
    if not allowed or answered.text in allowed:
        return answered
    return Answered(allowed[0], {letter: 1 / len(allowed) for letter in allowed})


def _speak(answered: Answered, body: Mapping[str, Any], fault: str | None) -> Spoken:
    """The answer as this fault bends it."""
    text = answered.text
    tokens = _tokens(answered, body)
    bent = {
        "cut_json": Spoken(_cut(text), "", "length", _only(tokens, "{")),
        "think_block": Spoken(
            f"<think>{THOUGHT}</think>\n\n{text}", "", "stop", _only(tokens, "<think>")
        ),
        "reasoning_field": Spoken("", f"{THOUGHT} The answer is {text}", "stop", None),
        "ignored_constraint": Spoken(PROSE, "", "stop", _only(tokens, "Both")),
        "missing_logprobs": Spoken(text),
        "leading_space": Spoken(f" {text}", "", "stop", tokens),
        "refusal": Spoken(REFUSAL, "", "stop", _only(tokens, "I")),
        "wrong_logprobs": Spoken(text, "", "stop", ((text, 0.5),)),
        "first_option": Spoken("A", "", "stop", _only(tokens, "A")),
    }
    return bent.get(fault or "", Spoken(text, "", "stop", tokens))


def _cut(text: str) -> str:
    """The first half of a JSON reply, or of the one that paper prompts get."""
    whole = text if text.startswith("{") else '{"personal_choice": "A", "norm_judgment": "A"}'
    return whole[: len(whole) // 2 + 12]


def _only(
    tokens: tuple[tuple[str, float], ...] | None, token: str
) -> tuple[tuple[str, float], ...] | None:
    """A first token that is surely this one, if log-probabilities were asked for."""
    return None if tokens is None else ((token, -0.001),)


def _tokens(answered: Answered, body: Mapping[str, Any]) -> tuple[tuple[str, float], ...] | None:
    if not body.get("logprobs") or answered.shares is None:
        return None
    return tuple(first_token_logprobs(answered.shares, max(alternatives(body), 1)))


def _chat(spoken: Spoken) -> dict[str, Any]:
    message = {"role": "assistant", "content": spoken.content, "refusal": None}
    if spoken.reasoning:
        message["reasoning_content"] = spoken.reasoning
    return {
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": spoken.finish_reason,
                "logprobs": _chat_logprobs(spoken),
            }
        ],
    }


def _chat_logprobs(spoken: Spoken) -> dict[str, Any] | None:
    if spoken.tokens is None:
        return None
    top = [{"token": t, "logprob": p, "bytes": list(t.encode())} for t, p in spoken.tokens]
    drawn = next((one for one in top if one["token"] == spoken.content), top[0])
    return {"content": [{**drawn, "top_logprobs": top}]}


def _completion(spoken: Spoken) -> dict[str, Any]:
    logprobs = None
    if spoken.tokens is not None:
        token, value = spoken.tokens[0]
        logprobs = {
            "tokens": [token],
            "token_logprobs": [value],
            "top_logprobs": [dict(spoken.tokens)],
            "text_offset": [0],
        }
    choice = {
        "index": 0,
        "text": spoken.content,
        "finish_reason": spoken.finish_reason,
        "logprobs": logprobs,
    }
    return {"object": "text_completion", "choices": [choice]}


def _usage(asked: int, written: int) -> dict[str, int]:
    """Token counts at four characters a token, rounded up."""
    prompt, completion = -(-asked // 4), -(-written // 4)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
