"""The one parser of answers: a reply and its prompt in, a choice or a reason out.

Nothing is guessed and nothing has a default. What cannot be read is `invalid` with one of
`INVALID_REASONS` and its raw text kept. Label probabilities come first; the written text decides
only where they are missing or where most of their mass lies on something that is no label.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from annotation.vocab.terms import Choice
from modeling.backends.protocol import PAPER_KEYS, Label, Prompt, Reply
from modeling.backends.written import (
    Written,
    read_json_value,
    read_text,
    read_with_reason,
    without_thoughts,
)

TIE: Final = "tie"
"""Choice when two labels share the highest probability exactly."""

MAX_INVALID_MASS: Final = 0.5
"""Above this, what the model was most ready to say is not a label; its text is read instead."""

INVALID_REASONS: Final[Mapping[str, str]] = {
    "empty": "The answer held no text.",
    "reasoning_only": "All text was in the reasoning field; the answer itself was empty.",
    "refusal": "The model declined to answer, or a filter did.",
    "cut_off": "The answer ended at the token limit before it could be read.",
    "other_label": "A letter or label that was not on offer.",
    "ambiguous": "More than one option was named.",
    "missing_answer": "The JSON reply lacks this question.",
    "unparseable": "Text that names no option, or is not the JSON that was asked for.",
}
"""Reason code -> what it means, in a sentence."""


class Answer(NamedTuple):
    """What one reply says on one question.

    `choice` is a label's code, `TIE`, or None when invalid; then `invalid_reason` says why and is
    "" otherwise. `shares` holds each label's probability among the labels (code -> share; 0 or 1
    where only text could be read), None when invalid. `invalid_mass` is the probability of a
    first token that is no label, None without label probabilities. `written` is the choice in the
    text alone, None if the text names none: compare it with `choice` to audit first tokens.
    `rationale` is the reason that follows the letter, None where none was asked for.
    """

    choice: str | None
    shares: Mapping[str, float] | None
    invalid_mass: float | None
    invalid_reason: str
    text: str
    frame: str = ""
    written: str | None = None
    rationale: str | None = None

    @property
    def q(self) -> float | None:
        """Probability of `culture` among the labels; None when invalid or not on offer."""
        return None if self.shares is None else self.shares.get(Choice.CULTURE)

    @property
    def valid(self) -> bool:
        """Whether there is a choice."""
        return self.choice is not None


def read_answer(reply: Reply, prompt: Prompt) -> Answer:
    """Read a reply to a prompt with one question. Raises ValueError on a failed reply."""
    if prompt.mode == "paper":
        raise ValueError("A paper prompt holds several answers: use read_answers.")
    _refuse_failed(reply)
    frame = prompt.frames[0] if prompt.frames else ""
    written, rationale = _written(reply, prompt, frame)
    answer = _read(reply, prompt, written, frame)
    return answer if rationale is None else answer._replace(rationale=rationale)


def _read(reply: Reply, prompt: Prompt, written: Written, frame: str) -> Answer:
    """Label probabilities first, the written text where they do not decide."""
    masses = label_masses(reply.logprobs, prompt.labels) if reply.logprobs else None
    if masses is None:
        return _from_text(reply, written, prompt.labels, frame, None)
    invalid_mass = max(0.0, 1.0 - sum(masses.values()))
    if invalid_mass > MAX_INVALID_MASS:
        return _from_text(reply, written, prompt.labels, frame, invalid_mass)
    return _from_masses(reply, written, masses, frame, invalid_mass)


def read_answers(reply: Reply, prompt: Prompt) -> dict[str, Answer]:
    """Read every question of a prompt: frame -> answer, each valid or invalid by itself.

    Raises ValueError when `reply.error` is set: a failed request is not an answer.
    """
    if prompt.mode != "paper":
        answer = read_answer(reply, prompt)
        return {answer.frame: answer}
    _refuse_failed(reply)
    answers = {}
    for frame in prompt.frames:
        written = _written_in_paper(reply, prompt.labels, frame)
        answers[frame] = _from_text(reply, written, prompt.labels, frame, None)
    return answers


def label_masses(logprobs: Mapping[str, float], labels: Sequence[Label]) -> dict[str, float] | None:
    """Probability of each label's letter, summed over its variants: code -> mass.

    Variants differ in case, in surrounding space and in how tokenisers mark a space (U+0120,
    U+2581). None if any value is not a log-probability, since the rest cannot be trusted then.
    """
    masses = {label.code: 0.0 for label in labels}
    codes = {label.letter.casefold(): label.code for label in labels}
    for token, value in logprobs.items():
        if not value <= 0.001:  # NaN too
            return None
        code = codes.get(bare_token(token))
        if code is not None:
            masses[code] += math.exp(value)
    return masses


@lru_cache(maxsize=4096)
def bare_token(token: str) -> str:
    """A token without case and the space around it, however the tokeniser writes that space."""
    return token.strip(" \t\r\n\u0120\u2581\u010a").casefold()


def _from_masses(
    reply: Reply, written: Written, masses: Mapping[str, float], frame: str, invalid_mass: float
) -> Answer:
    total = sum(masses.values())
    shares = {code: mass / total for code, mass in masses.items()}
    best = max(shares.values())
    leaders = [code for code, share in shares.items() if math.isclose(share, best, rel_tol=1e-12)]
    choice = leaders[0] if len(leaders) == 1 else TIE
    return Answer(choice, shares, invalid_mass, "", reply.text, frame, written.code)


def _from_text(
    reply: Reply,
    written: Written,
    labels: Sequence[Label],
    frame: str,
    invalid_mass: float | None,
) -> Answer:
    text = reply.text or reply.reasoning
    if written.code is None:
        return Answer(None, None, invalid_mass, written.reason, text, frame)
    shares = {label.code: float(label.code == written.code) for label in labels}
    return Answer(written.code, shares, invalid_mass, "", text, frame, written.code)


def _refuse_failed(reply: Reply) -> None:
    if reply.error is not None:
        raise ValueError(f"The request {reply.key!r} failed and holds no answer: {reply.error}")


def _written(reply: Reply, prompt: Prompt, frame: str) -> tuple[Written, str | None]:
    """What the text names, and the reason beside it; None where none was asked for."""
    wants_reason, reason = prompt.mode == "rationale", blocked(reply)
    if reason:
        return Written(None, reason), "" if wants_reason else None
    keys = ("answer", "choice", "label", PAPER_KEYS.get(frame, ""))
    cut = reply.finish_reason == "length"
    if wants_reason:
        return read_with_reason(reply.text, prompt.labels, keys=keys, cut=cut)
    return read_text(reply.text, prompt.labels, keys=keys, cut=cut), None


def _written_in_paper(reply: Reply, labels: Sequence[Label], frame: str) -> Written:
    reason = blocked(reply)
    if reason:
        return Written(None, reason)
    cut = reply.finish_reason == "length"
    return read_json_value(reply.text, labels, key=PAPER_KEYS[frame], cut=cut)


def blocked(reply: Reply) -> str:
    """The reason that settles the matter before any text is parsed, or ""."""
    if reply.finish_reason in {"content_filter", "refusal"}:
        return "refusal"
    if without_thoughts(reply.text).strip():
        return ""
    if reply.reasoning.strip():
        return "reasoning_only"
    return "cut_off" if reply.finish_reason == "length" else "empty"
