"""What every model endpoint takes and gives: prompts in, replies out, and how it may fail.

Pure: no Django, no tables, no environment. A backend knows nothing of runs, chunks or cells; it
gets prompts with keys and hands back one reply for each key. Both are named tuples: a frozen
dataclass takes more than twice as long to make, and there is one of each for every question.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol

Mode = Literal["label", "paper", "rationale", "text"]

PAPER_KEYS: Final[Mapping[str, str]] = {"personal": "personal_choice", "norm": "norm_judgment"}
"""Frame -> key of the JSON reply in `paper` mode."""


@dataclass(frozen=True, slots=True)
class Label:
    """One option as shown: its stored code, the letter it goes by in this prompt, its words."""

    code: str
    letter: str
    text: str


class Prompt(NamedTuple):
    """One request. `key` is the caller's own and comes back on the reply.

    `labels` are in the order shown. `frames` names the questions asked: one in `label` mode, two
    in `paper` mode (one reply fills two cells), none needed in `text` mode. `rationale` mode asks
    for the letter and then for a short reason. `meta` says what the
    prompt is about in plain fields (see `modeling.prompts.META_KEYS`), for backends that answer
    without reading prose; no backend sends it anywhere. `reply_schema` is the JSON schema of the
    object that a `text` prompt asks for, None where it asks for prose.
    """

    key: str
    messages: tuple[Mapping[str, str], ...]
    labels: tuple[Label, ...]
    max_tokens: int
    mode: Mode = "label"
    frames: tuple[str, ...] = ()
    meta: Mapping[str, str] = MappingProxyType({})
    reply_schema: Mapping[str, Any] | None = None

    @property
    def reads_first_token(self) -> bool:
        """Whether label probabilities are wanted: the first token is the letter."""
        return self.mode in ("label", "rationale")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to sample. `max_tokens` None takes each prompt's own; `logprobs` is the number of
    alternatives asked for at each token (0: none; at most 20 on most servers)."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int | None = None
    seed: int | None = None
    logprobs: int = 20


class Reply(NamedTuple):
    """What came back for one prompt.

    `logprobs` are the natural-log probabilities of the alternatives at the first token that holds
    a letter or digit (token -> value), None where the endpoint gives none. `reasoning` is what a
    server put beside the answer instead of into it. `error` is set when every try failed in a
    passing way (time-outs, 429, 5xx): there is no answer to read then, and the cell may be asked
    again later. Latency is that of the last try, in seconds.
    """

    key: str
    text: str = ""
    logprobs: Mapping[str, float] | None = None
    finish_reason: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float = 0.0
    error: str | None = None
    reasoning: str = ""


class BackendError(Exception):
    """Anything an endpoint can do wrong. The message holds the server's words, never a key."""


class PermanentError(BackendError):
    """Asking again cannot help: wrong key, unknown model, request too long, refused parameter."""


class TransientError(BackendError):
    """Asking again may help. `retry_after_s` is the server's own wish, if it stated one."""

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, rate_limited: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.rate_limited = rate_limited


class MissingPackageError(BackendError):
    """The endpoint needs a package that is not installed; the message says which."""


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """Everything needed to reach one endpoint, handed in by the caller.

    `kind` picks the backend (`modeling.backends.KINDS`), `model` the model or baseline.
    `options` are the kind's own, and an unknown one is an error. The key never shows in `repr`.
    """

    kind: str
    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    options: Mapping[str, object] = field(default_factory=dict)


class Backend(Protocol):
    """One client for one endpoint, used from one event loop for its whole life."""

    def ask(self, prompts: Sequence[Prompt], decoding: Decoding) -> AsyncGenerator[Reply, None]:
        """Yield exactly one reply for each prompt, as they finish, in any order.

        Raises PermanentError after handing out every reply that had arrived before it. Closing
        the generator cancels what is still under way. Calls may overlap.
        """
        ...

    async def aclose(self) -> None:
        """Close connections. Harmless when repeated."""
        ...

    def describe(self) -> dict[str, object]:
        """Say what a manifest should keep: kind, model, address, adaptations. No secrets."""
        ...


def require_distinct_keys(prompts: Sequence[Prompt]) -> None:
    """Raise ValueError where two prompts share a key: their replies could not be told apart."""
    if len({prompt.key for prompt in prompts}) != len(prompts):
        raise ValueError("two prompts share a key; their replies could not be told apart")
