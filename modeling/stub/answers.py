"""Answers out of thin air: the same model, seed and prompt always give the same answer.

The stub reads prose as a model would have to. It finds the lettered options at the end of the
prompt, gives each option's words a fixed leaning that the frame, the rest of the prompt (persona,
style) and the shown order shift, and turns the leanings into label probabilities.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modeling.backends.made_up import made_up

LETTERS: Final = "ABCDEFGH"
FIRST_SHIFT: Final = 0.25
"""Log-odds for the option shown first."""
LABEL_MASS: Final = 0.97
VARIANTS: Final[Mapping[str, float]] = {"{}": 0.90, " {}": 0.07, "{lower}": 0.03}
OTHER_TOKENS: Final[Mapping[str, float]] = {"The": 0.02, "I": 0.01}

WAVERING: Final = 0.1
"""Share of made-up values drawn anew for another seed, where the temperature is above 0."""
SCHEMA_START: Final = '{"type": "object"'

REASON_ASKED: Final = re.compile(r"\breason\b|\bsay why\b")
REQUEST_LENGTH: Final = 160
"""A prompt asks for the form of its answer within its last so many characters."""

Messages = Sequence[Mapping[str, object]]


def unit(*parts: object) -> float:
    """A number in (0, 1) fixed by its parts."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 0.5) / 2.0**64


@dataclass(frozen=True, slots=True)
class Answered:
    """The text of an answer and, for a single letter, the probability of each letter offered."""

    text: str
    shares: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Mind:
    """One simulated model."""

    model: str
    seed: int

    def answer(
        self,
        messages: Messages,
        *,
        temperature: float,
        draw: object,
        schema: Mapping[str, Any] | None = None,
    ) -> Answered:
        """Answer a chat. `draw` stands for the request's own seed where temperature is above 0.

        With a JSON schema, in the request or in its words, the answer is an object of that shape.
        """
        text = "\n".join(str(message.get("content", "")) for message in messages)
        schema = schema or schema_in(text)
        if schema:
            return Answered(self._object(schema, text, temperature, draw), None)
        context, options = split_options(text)
        if not options:
            return Answered(f"Simulated text {unit(self.model, self.seed, text):.6f}.", None)
        if "personal_choice" in text and "norm_judgment" in text:
            letters = {
                name: _pick(self.shares(context, options, frame), temperature, draw, text, frame)
                for name, frame in (("personal_choice", "personal"), ("norm_judgment", "norm"))
            }
            return Answered(json.dumps(letters), None)
        frame = "norm" if "most people" in context else "personal"
        shares = self.shares(context, options, frame)
        letter = _pick(shares, temperature, draw, text, frame)
        return Answered(letter + self._reason(text), shares)

    def _reason(self, text: str) -> str:
        """A line below the letter where the prompt's last words ask for one."""
        asked = REASON_ASKED.search(text[-REQUEST_LENGTH:])
        number = round(unit(self.model, self.seed, "reason", text) * 1e6)
        return f"\nSimulated reason {number:06d}." if asked else ""

    def shares(self, context: str, options: Mapping[str, str], frame: str) -> dict[str, float]:
        """Probability of each letter, adding up to 1."""
        weights = {
            letter: math.exp(
                self._leaning(0.8, words)
                + self._leaning(0.4, frame, words)
                + self._leaning(0.4, context, words)
                + (FIRST_SHIFT if letter == LETTERS[0] else 0.0)
            )
            for letter, words in options.items()
        }
        total = sum(weights.values())
        return {letter: weight / total for letter, weight in weights.items()}

    def _object(
        self, schema: Mapping[str, Any], text: str, temperature: float, seed: object
    ) -> str:
        def drawn(path: str) -> float:
            wavers = temperature > 0 and unit("waver", seed, text, path) < WAVERING
            return unit(self.model, self.seed, text, path, *([seed] if wavers else []))

        return json.dumps(made_up(schema, drawn))

    def _leaning(self, spread: float, *parts: object) -> float:
        u = unit(self.model, self.seed, *parts)
        return spread * 0.55 * math.log(u / (1.0 - u))


def schema_in(text: str) -> dict[str, Any] | None:
    """The last JSON schema of an object that the words of a prompt hold, if any."""
    start = text.rfind(SCHEMA_START)
    if start < 0:
        return None
    try:
        schema, _end = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return None
    return dict(schema)


def _pick(
    shares: Mapping[str, float], temperature: float, draw: object, text: str, frame: str
) -> str:
    if temperature == 0:
        return max(shares, key=lambda letter: shares[letter])
    rest = unit("pick", draw, text, frame)
    for letter, share in shares.items():
        rest -= share
        if rest < 0:
            return letter
    return next(iter(shares))


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """The text before the options, and letter -> words of each option.

    Options are the last run of markers `A`, `B`, ... each followed by a colon, full stop or
    bracket; words are quoted, or reach to the end of the line. No options: an empty dict.
    """
    found: list[re.Match[str]] = []
    end = len(text)
    for letter in LETTERS:
        match = _marker(letter, text, found[-1].end() if found else 0)
        if match is None:
            break
        found.append(match)
    if len(found) < 2:
        return text, {}
    stops = [match.start() for match in found[1:]] + [end]
    options = {
        letter: _words(text[match.end() : stop])
        for letter, match, stop in zip(LETTERS, found, stops, strict=False)
    }
    return text[: found[0].start()], options


def _marker(letter: str, text: str, start: int) -> re.Match[str] | None:
    """The place of `A:`, `A.`, `A)`, `"A":` or `CHOICE_A:`; the last for A, the next for others."""
    pattern = re.compile(rf"(?<![A-Za-z]){letter}\"?[:.)]\s*(?=\S)")
    matches = pattern.finditer(text, start)
    if letter != LETTERS[0]:
        return next(matches, None)
    return max(matches, key=lambda match: match.start(), default=None)


def _words(segment: str) -> str:
    quoted = re.match(r'"(.*?)"(?=[\s,}]|$)', segment, re.DOTALL)
    return quoted.group(1) if quoted else segment.split("\n", 1)[0].strip()


def first_token_logprobs(shares: Mapping[str, float], number: int) -> list[tuple[str, float]]:
    """The likeliest first tokens with their log-probabilities, best first.

    Each letter's mass is spread over variants, as tokenisers do; a little falls on no letter.
    """
    masses = dict(OTHER_TOKENS)
    for letter, share in shares.items():
        for form, part in VARIANTS.items():
            token = form.format(letter, lower=letter.lower())
            masses[token] = LABEL_MASS * share * part
    ranked = sorted(masses.items(), key=lambda pair: -pair[1])[:number]
    return [(token, math.log(mass)) for token, mass in ranked]
