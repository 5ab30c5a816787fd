"""Put options under somebody's question. The question itself is sent as it was written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from modeling.backends.protocol import Label, Mode, Prompt

FILE: Final = Path(__file__).with_name("questions.1.txt")
RENDERING: Final = "1"
"""Raised when this module fills the same file differently; part of the prompt versions."""

LETTERS: Final = "ABCDEFGHJKLMNOPQRSTU"
"""No I: it begins too many sentences to be told from an answer."""

MAX_LETTER_TOKENS: Final = 8
MAX_TEXT_TOKENS: Final = 128
AS_WRITTEN: Final = "text"
"""The version of a prompt that is somebody's own words and nothing else."""


@dataclass(frozen=True, slots=True)
class QuestionFields:
    """One question as it is put: `options` are (code, words) in the order shown, none for prose."""

    key: str
    question_id: str
    system: str
    user: str
    options: tuple[tuple[str, str], ...] = ()
    reason: bool = False
    max_tokens: int = MAX_TEXT_TOKENS

    @property
    def mode(self) -> Mode:
        """Free text, a letter, or a letter with a reason."""
        if not self.options:
            return "text"
        return "rationale" if self.reason else "label"


def render(asked: QuestionFields) -> Prompt:
    """The prompt of one question."""
    labels = _labels(asked.options)
    user = {"role": "user", "content": asked.user + _ending(labels, asked.mode)}
    system = {"role": "system", "content": asked.system}
    return Prompt(
        key=asked.key,
        messages=(system, user) if asked.system else (user,),
        labels=labels,
        max_tokens=MAX_LETTER_TOKENS if asked.mode == "label" else asked.max_tokens,
        mode=asked.mode,
        meta={"item": asked.question_id},
    )


def prompt_versions(*, labels: bool, share_of_reasons: float = 0.0) -> dict[str, str]:
    """Mode -> version of its prompt, for the modes in use (16 hex digits)."""
    if not labels:
        return {"text": AS_WRITTEN}
    version = _version()
    modes = {"label": share_of_reasons < 1, "rationale": share_of_reasons > 0}
    return {mode: version for mode, used in modes.items() if used}


@cache
def _version() -> str:
    return hashlib.sha256(RENDERING.encode() + b"\0" + FILE.read_bytes()).hexdigest()[:16]


def _labels(options: tuple[tuple[str, str], ...]) -> tuple[Label, ...]:
    return tuple(
        Label(code, letter, words) for letter, (code, words) in zip(LETTERS, options, strict=False)
    )


def _ending(labels: tuple[Label, ...], mode: str) -> str:
    if not labels:
        return ""
    options = "\n".join(f"{label.letter}) {label.text}" for label in labels)
    *first, last = (label.letter for label in labels)
    values = {"options": options, "letters": f"{', '.join(first)} or {last}"}
    request = "answer" if mode == "label" else "rationale"
    filled = "".join(_sections()[name].substitute(values) for name in ("options", request))
    return "\n" + filled.rstrip("\n")


@cache
def _sections() -> dict[str, Template]:
    """Section name -> template. A section starts at a line holding its name in brackets."""
    found: dict[str, str] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines(keepends=True):
        name = line.strip().strip("[]")
        if line.strip() == f"[{name}]":
            found[name] = ""
        else:
            found[next(reversed(found))] += line
    return {name: Template(text) for name, text in found.items()}
