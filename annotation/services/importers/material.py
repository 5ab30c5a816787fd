"""What a source row says, apart from its bookkeeping: the norm, and the story or context to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .cultureatlas import CONTEXTS, NEGATIVE_MARK
from .normad import NEUTRAL


@dataclass(frozen=True)
class Material:
    """The norm as the source words it, and its story; one of them may be empty."""

    rule: str
    story: str


RULES: Final[Mapping[str, str]] = {
    "normad": "Rule-of-Thumb",
    "cultureatlas": "Assertion",
    "pact": "cultural_expectation",
    "csv": "cultural_expectation",
}
STORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "normad": ("Story",),
    "cultureatlas": CONTEXTS,
    "pact": ("scenario",),
    "csv": ("situation",),
}


def material_of(source_format: str, cells: Mapping[str, str], gold_label: str) -> Material:
    """The material of a row by its format. A neutral story belongs to another rule: left out."""
    rule = cells.get(RULES.get(source_format, ""), "").split(NEGATIVE_MARK)[0].strip()
    parts = [cells.get(column, "") for column in STORIES.get(source_format, ())]
    story = " ".join(dict.fromkeys(part for part in parts if part))
    return Material(rule, "" if gold_label == NEUTRAL else story)
