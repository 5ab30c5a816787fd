"""What the construction prompts are given: the source row, and what earlier steps have written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from annotation.vocab.construction import Motivation


@dataclass(frozen=True, slots=True)
class Source:
    """A source row as prompts show it. `country` is the full English name.

    `story` tells what somebody did or gives the context, `rule` states the norm; either may be
    empty, not both. `gold_label` is the source's own (yes, no, neutral, positive, negative or "").
    """

    country: str
    rule: str
    story: str = ""
    gold_label: str = ""
    motivation: Motivation = Motivation.CONVENIENCE

    def __post_init__(self) -> None:
        if not self.country.strip() or not (self.rule.strip() or self.story.strip()):
            raise ValueError("a source row needs a country and a rule or a story")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the steps have written so far, under the columns of a scenario version."""

    situation: str = ""
    cultural_expectation: str = ""
    personal_preference: str = ""
    culture_action: str = ""
    preference_action: str = ""
    setting: str = ""
    theme: str = ""
    preference_type: str = ""
    preference_strength: str = ""

    def with_output(self, output: Mapping[str, Any]) -> Draft:
        """The draft after one more step; keys that are no column (a reason) are passed over."""
        known = {column.name for column in fields(self)}
        return replace(self, **{name: text for name, text in output.items() if name in known})

    def texts(self) -> dict[str, str]:
        """Column name -> text."""
        return {column.name: getattr(self, column.name) for column in fields(self)}
