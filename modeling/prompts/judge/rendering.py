"""Fill the judge's prompt file. The criteria and labels are the ones that people are given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

from annotation.vocab.terms import RECEIVER_PLACEHOLDER
from modeling.backends.protocol import Prompt

FILE: Final = Path(__file__).parent / "criteria.txt"
RENDERING: Final = "1"
"""Raised when this module fills the same file differently; part of the prompt version."""

FRAME_TOKENS: Final = 60
CRITERION_TOKENS: Final = 110
"""Room for the object itself and for each criterion: about twice what 30 words need."""

RECEIVER: Final = "[the receiver]"
"""As annotators read it: the scenario is judged for every receiver at once."""


@dataclass(frozen=True, slots=True)
class CriterionFields:
    """One question about the scenario, with what helps to answer it."""

    code: str
    question: str
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class JudgeFields:
    """Everything one prompt says. `country` is a full English name; empty texts are left out.

    `item` names the scenario in no prompt, only for backends that answer without reading.
    """

    key: str
    item: str
    country: str
    situation: str
    cultural_expectation: str
    personal_preference: str
    culture_action: str
    preference_action: str
    criteria: tuple[CriterionFields, ...]
    labels: tuple[str, ...]


def render(fields: JudgeFields) -> Prompt:
    """Make the prompt; its reply is one JSON object with an answer and a reason per criterion."""
    schema = reply_schema([criterion.code for criterion in fields.criteria], fields.labels)
    values = {
        "scenario": _scenario(fields),
        "criteria": _criteria(fields.criteria),
        "labels": ", ".join(fields.labels),
        "first_label": fields.labels[0],
        "schema": json.dumps(schema),
    }
    parts = _template()
    return Prompt(
        key=fields.key,
        messages=tuple({"role": role, "content": parts[role].substitute(values)} for role in parts),
        labels=(),
        max_tokens=FRAME_TOKENS + CRITERION_TOKENS * len(fields.criteria),
        mode="text",
        meta={"item": fields.item},
        reply_schema=schema,
    )


def reply_schema(codes: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """JSON schema of the reply: criterion code -> {rationale, value}."""
    return {
        "type": "object",
        "properties": {code: criterion_schema(labels) for code in codes},
        "required": list(codes),
        "additionalProperties": False,
    }


def criterion_schema(labels: Sequence[str]) -> dict[str, Any]:
    """JSON schema of the answer to one criterion; the reason stands before the value."""
    return {
        "type": "object",
        "properties": {
            "rationale": {"type": "string"},
            "value": {"type": "string", "enum": list(labels)},
        },
        "required": ["rationale", "value"],
        "additionalProperties": False,
    }


@cache
def prompt_version() -> str:
    """A short hash of the prompt's file and of how it is filled (16 hex digits)."""
    return hashlib.sha256(RENDERING.encode() + b"\0" + FILE.read_bytes()).hexdigest()[:16]


@cache
def _template() -> Mapping[str, Template]:
    text = FILE.read_text(encoding="utf-8")
    system, user = text.removeprefix("[system]\n").split("\n[user]\n")
    return {"system": Template(system), "user": Template(user.strip("\n"))}


def _scenario(fields: JudgeFields) -> str:
    lines = {
        "Country": fields.country,
        "Situation": fields.situation.replace(RECEIVER_PLACEHOLDER, RECEIVER),
        "What is expected": fields.cultural_expectation,
        "What the person would like": fields.personal_preference,
        "Acting as expected": fields.culture_action,
        "Acting on the preference": fields.preference_action,
    }
    return "\n".join(f"{name}: {_one_line(text)}" for name, text in lines.items() if text.strip())


def _criteria(criteria: Sequence[CriterionFields]) -> str:
    return "\n".join(
        f"{number}. {one.code}: {_one_line(f'{one.question} {one.guidance}')}"
        for number, one in enumerate(criteria, start=1)
    )


def _one_line(text: str) -> str:
    """Text without line breaks, so that no scenario can look like a new part of the prompt."""
    return " ".join(text.split())
