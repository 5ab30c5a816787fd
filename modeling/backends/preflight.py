"""Asking a few prompts before many: what an endpoint is seen to do, and what that means for a run.

`examine` asks, through the backend that the run itself would use; `checks` judges what came back.
No Django here. Every check is in words: what was seen, in the server's own words where it spoke,
and what to do about it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from modeling.backends.looking import ServerSeen, look
from modeling.backends.protocol import (
    BackendError,
    Decoding,
    EndpointSpec,
    Label,
    MissingPackageError,
    Prompt,
    Reply,
)
from modeling.backends.registry import defaults_of, make_backend

Severity = Literal["info", "warning", "error"]

PATIENCE: Final[Mapping[str, object]] = {"max_tries": 2, "backoff_s": 0.2}
"""A preflight is watched by a person: it says what went wrong instead of waiting for it to pass."""

WHOLE_S: Final = 300.0
ASKED_AS: Final[Mapping[str, str]] = {"openai_batch": "openai"}
"""Kind -> the kind that asks the same server at once."""

CONSTRAINT_KEY: Final = "constraint"
FORBIDDEN: Final = "banana"
LETTERS: Final = ("A", "B")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `words` is what was seen, `advice` what to do where it did not pass.

    A check that did not pass is an error, which holds a run back, or a warning, which does not.
    """

    name: str
    passed: bool
    severity: Severity
    words: str
    advice: str = ""


def good(name: str, words: str) -> Check:
    """A check that passed."""
    return Check(name, True, "info", words)


def bad(name: str, words: str, advice: str) -> Check:
    """A check that holds a run back."""
    return Check(name, False, "error", words, advice)


def odd(name: str, words: str, advice: str) -> Check:
    """A check whose finding a person should know of before the run starts."""
    return Check(name, False, "warning", words, advice)


@dataclass(frozen=True, slots=True)
class Probe:
    """A prompt to try. Two probes of one `pair` ask the same with the options the other way round."""

    prompt: Prompt
    pair: int | None = None


@dataclass(slots=True)
class Seen:
    """What came back: replies by key. `refusal` is the error that ended the asking, if one did;
    `absent` says what is missing here for asking at all."""

    spec: EndpointSpec
    probes: Sequence[Probe]
    decoding: Decoding
    server: ServerSeen | None = None
    replies: dict[str, Reply] = field(default_factory=dict)
    constraint: Reply | None = None
    refusal: str = ""
    absent: str = ""
    described: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answered(self) -> Iterator[tuple[Prompt, Reply]]:
        """Prompts that got a reply, with it."""
        for probe in self.probes:
            reply = self.replies.get(probe.prompt.key)
            if reply is not None and reply.error is None:
                yield probe.prompt, reply

    @property
    def unanswered(self) -> list[str]:
        """The last words on each prompt that got no reply in spite of trying again."""
        return [reply.error for reply in self.replies.values() if reply.error is not None]


async def examine(spec: EndpointSpec, probes: Sequence[Probe], decoding: Decoding) -> Seen:
    """Look at the server, then ask every probe at once, and one question about the constraint."""
    spec = _impatient(spec)
    seen = Seen(spec, probes, decoding)
    if spec.base_url:
        seen.server = await look(spec)
        if seen.server.status is None:
            return seen
    try:
        async with asyncio.timeout(WHOLE_S):
            await _ask(seen)
    except MissingPackageError as error:
        seen.absent = str(error)
    except BackendError as error:
        seen.refusal = str(error)
    except TimeoutError:
        seen.refusal = f"Not everything was answered within {WHOLE_S:.0f} seconds."
    return seen


async def _ask(seen: Seen) -> None:
    backend = make_backend(seen.spec)
    try:
        prompts = [probe.prompt for probe in seen.probes]
        async for reply in backend.ask(prompts, seen.decoding):
            seen.replies[reply.key] = reply
        if is_constrained(seen.spec):
            async for reply in backend.ask([constraint_prompt()], seen.decoding):
                seen.constraint = reply
    finally:
        seen.described = backend.describe()
        await backend.aclose()


def is_constrained(spec: EndpointSpec) -> bool:
    """Whether requests ask for one letter by constraint; the old fields of vLLM count."""
    extra = spec.options.get("extra_body")
    names = list(extra) if isinstance(extra, Mapping) else []
    return bool(spec.options.get("constrain")) or any(
        name.startswith("guided_") or name == "structured_outputs" for name in names
    )


def constraint_prompt() -> Prompt:
    """A question whose answer is no letter: only a constraint that is obeyed brings one."""
    words = f"Write the single word {FORBIDDEN} and nothing else."
    return Prompt(
        key=CONSTRAINT_KEY,
        messages=({"role": "user", "content": words},),
        labels=tuple(Label(letter, letter, letter) for letter in LETTERS),
        max_tokens=8,
        frames=("personal",),
    )


def _impatient(spec: EndpointSpec) -> EndpointSpec:
    """The same endpoint, asked at once and without long waits."""
    kind = ASKED_AS.get(spec.kind, spec.kind)
    known = defaults_of(kind)
    options = {**spec.options, **PATIENCE}
    kept = {name: value for name, value in options.items() if name in known}
    return replace(spec, kind=kind, options=kept)
