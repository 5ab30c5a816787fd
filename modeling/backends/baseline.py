"""Answers that need no model: the default of the demo and the floor of every comparison.

`uniform` knows nothing, `always_culture` and `always_preference` know one word, `noisy` is a
seeded respondent whose leaning depends on item, persona, frame and shown order. All of them are
functions of the prompt alone, so a run can be repeated to the last bit. Where a JSON object is
asked for, `uniform` and `noisy` make one up and say in it that it is simulated.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Final

from annotation.vocab.terms import BalancePrompt, Choice, RoleConfiguration
from modeling.backends.made_up import made_up
from modeling.backends.protocol import (
    PAPER_KEYS,
    Decoding,
    EndpointSpec,
    PermanentError,
    Prompt,
    Reply,
    require_distinct_keys,
)

CULTURE: Final = Choice.CULTURE.value
PREFERENCE: Final = Choice.PREFERENCE.value

Shares = dict[str, float]
Rule = Callable[[Prompt, str, int], Shares]


def _unit(*parts: object) -> float:
    """A number in (0, 1) fixed by its parts, the same on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 0.5) / 2.0**64


def _leaning(spread: float, *parts: object) -> float:
    """A fixed draw from a logistic distribution of about this spread, in log-odds."""
    u = _unit(*parts)
    return spread * 0.55 * math.log(u / (1.0 - u))


def uniform(prompt: Prompt, _frame: str, _seed: int) -> Shares:
    """Every option equally likely."""
    return {label.code: 1.0 / len(prompt.labels) for label in prompt.labels}


def _always(code: str) -> Rule:
    def rule(prompt: Prompt, _frame: str, _seed: int) -> Shares:
        return {label.code: float(label.code == code) for label in prompt.labels}

    return rule


FRAME_SHIFT: Final[Mapping[str, float]] = {"personal": -0.35, "norm": 0.45}
ORDER_SHIFT: Final = 0.25
"""Log-odds for whichever option stands first."""


ROLE_SHIFT: Final[Mapping[str, float]] = {
    RoleConfiguration.C1: 0.0,
    RoleConfiguration.C2: 0.5,
    RoleConfiguration.C3: -0.9,
}
BALANCE_SHIFT: Final[Mapping[str, float]] = {
    BalancePrompt.BALANCE: -0.2,
    BalancePrompt.NO_BALANCE: 0.2,
}


def noisy(prompt: Prompt, frame: str, seed: int) -> Shares:
    """A respondent with a mind: log-odds of culture are a sum of fixed draws.

    Items differ most; a persona's country shifts all its answers and each of its items a little;
    the norm frame leans to culture; the option shown first gains `ORDER_SHIFT`. In the benchmark
    roles and countries move it, ages and genders hardly. Other labels than PACT's two get fixed
    draws of their own.
    """
    if {label.code for label in prompt.labels} != {CULTURE, PREFERENCE}:
        return _any_leaning(prompt, seed)
    meta = prompt.meta
    item, country = meta.get("item", prompt.key), meta.get("persona_country", "")
    log_odds = 0.6 + FRAME_SHIFT.get(frame, 0.0)
    log_odds += _leaning(1.0, seed, "item", item)
    log_odds += _leaning(0.3, seed, "item-frame", item, frame)
    if country:
        log_odds += _leaning(0.4, seed, "country", country)
        log_odds += _leaning(0.4, seed, "item-country", item, country)
        demo = (meta.get("persona_age", ""), meta.get("persona_gender", ""))
        log_odds += _leaning(0.2, seed, "demo", *demo)
    if "role" in meta:
        log_odds += _dyad_leaning(meta, seed)
    log_odds += ORDER_SHIFT if prompt.labels[0].code == CULTURE else -ORDER_SHIFT
    culture = 1.0 / (1.0 + math.exp(-log_odds))
    return {CULTURE: culture, PREFERENCE: 1.0 - culture}


def _any_leaning(prompt: Prompt, seed: int) -> Shares:
    """Shares of any labels: each has a fixed leaning on its item, the first shown a little more."""
    item = prompt.meta.get("item", prompt.key)
    weights = {label.code: _leaning(1.0, seed, item, label.code) for label in prompt.labels}
    weights[prompt.labels[0].code] += ORDER_SHIFT
    total = sum(map(math.exp, weights.values()))
    return {code: math.exp(weight) / total for code, weight in weights.items()}


def _dyad_leaning(meta: Mapping[str, str], seed: int) -> float:
    """What actor, receiver, roles and prompt of a benchmark instance add to the log-odds."""
    people = ("actor_age", "actor_gender", "receiver_age", "receiver_gender")
    shift = ROLE_SHIFT.get(meta["role"], 0.0) + BALANCE_SHIFT.get(meta["balance"], 0.0)
    shift += _leaning(0.5, seed, "receiver", meta["receiver_country"])
    shift += _leaning(0.2, seed, "dyad", meta["item"], meta["relation"], meta["actor_country"])
    return shift + _leaning(0.1, seed, "people", *(meta[name] for name in people))


RULES: Final[Mapping[str, Rule]] = {
    "uniform": uniform,
    "always_culture": _always(CULTURE),
    "always_preference": _always(PREFERENCE),
    "noisy": noisy,
}


REASON: Final = "Simulated reason; nobody thought about it."
"""What stands below the letter where a reason is asked for."""

WRITERS: Final = ("noisy", "uniform")
WAVERING: Final = 0.1
"""Share of made-up values that are drawn anew in a repeat, where the temperature is above 0."""


class BaselineBackend:
    """Answers from one of `RULES`, with label probabilities, at once."""

    def __init__(self, name: str, *, seed: int = 0) -> None:
        if name not in RULES:
            raise PermanentError(f"There is no baseline {name!r}. Known: {', '.join(RULES)}.")
        self.name = name
        self.seed = seed

    async def ask(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> AsyncGenerator[Reply, None]:
        """Yield one reply a prompt, in the order given."""
        require_distinct_keys(prompts)
        for prompt in prompts:
            yield self._reply(prompt, decoding)

    def _reply(self, prompt: Prompt, decoding: Decoding) -> Reply:
        if prompt.reply_schema is not None:
            return self._made_up(prompt, prompt.reply_schema, decoding)
        if prompt.mode == "text" or not prompt.labels:
            raise PermanentError("Baselines choose between labels; they do not write prose.")
        self._check(prompt)
        frames = prompt.frames or ("",)
        shares = [RULES[self.name](prompt, frame, self.seed) for frame in frames]
        letters = [
            _letter(prompt, share, frame, decoding)
            for share, frame in zip(shares, frames, strict=True)
        ]
        if prompt.mode == "paper":
            text = json.dumps(
                {PAPER_KEYS[f]: letter for f, letter in zip(frames, letters, strict=True)}
            )
            return Reply(prompt.key, text, None, "stop")
        logprobs = _logprobs(prompt, shares[0]) if decoding.logprobs else None
        text = letters[0] + (f"\n{REASON}" if prompt.mode == "rationale" else "")
        return Reply(prompt.key, text, logprobs, "stop")

    def _made_up(self, prompt: Prompt, schema: Mapping[str, Any], decoding: Decoding) -> Reply:
        """An object fixed by what is asked about; at a temperature, a repeat may say otherwise."""
        if self.name not in WRITERS:
            raise PermanentError(
                f"Baseline {self.name!r} chooses between two options; "
                f"{' and '.join(WRITERS)} can also fill in a JSON reply."
            )
        about = prompt.meta.get("item", prompt.key)

        def draw(path: str) -> float:
            repeat = ("repeat", prompt.key, decoding.seed) if self.name == "uniform" else ()
            wavering = _unit("waver", self.seed, prompt.key, path) < WAVERING
            if decoding.temperature > 0 and wavering:
                repeat = ("repeat", prompt.key, decoding.seed)
            return _unit("made up", self.seed, about, path, *repeat)

        return Reply(prompt.key, json.dumps(made_up(schema, draw)), None, "stop")

    def _check(self, prompt: Prompt) -> None:
        codes = {label.code for label in prompt.labels}
        if self.name not in WRITERS and codes != {CULTURE, PREFERENCE}:
            raise PermanentError(
                f"Baseline {self.name!r} answers {CULTURE}/{PREFERENCE} only, not "
                f"{', '.join(sorted(codes))}."
            )

    async def aclose(self) -> None:
        """Nothing to close."""

    def describe(self) -> dict[str, object]:
        """Kind, name and seed."""
        return {"kind": "baseline", "model": self.name, "seed": self.seed}


def _letter(prompt: Prompt, shares: Shares, frame: str, decoding: Decoding) -> str:
    """The written answer: the likeliest at temperature 0, else a draw fixed by the cell's key.

    A tie at temperature 0 is drawn too, so that uniform's text is not one letter throughout.
    """
    best = max(shares.values())
    leaders = [label for label in prompt.labels if shares[label.code] == best]
    if decoding.temperature == 0 and len(leaders) == 1:
        return leaders[0].letter
    draw = _unit("text", decoding.seed, prompt.key, frame)
    for label in prompt.labels:
        draw -= shares[label.code]
        if draw < 0:
            return label.letter
    return leaders[-1].letter


def _logprobs(prompt: Prompt, shares: Shares) -> dict[str, float]:
    return {
        label.letter: math.log(shares[label.code])
        for label in prompt.labels
        if shares[label.code] > 0
    }


def make(spec: EndpointSpec) -> BaselineBackend:
    """Build from a spec: `model` is the baseline's name, option `seed` its seed (default 0)."""
    unknown = set(spec.options) - {"seed"}
    if unknown:
        raise PermanentError(f"Baselines take the option `seed` only, not {sorted(unknown)}.")
    return BaselineBackend(spec.model, seed=int(str(spec.options.get("seed", 0))))
