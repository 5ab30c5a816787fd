"""The fields that one counterpart prompt is made of, checked before anything is rendered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from annotation.vocab.terms import Age, Frame, Gender, OptionOrder, PromptStyle

AGES: Final = tuple(age.value for age in Age)
GENDERS: Final = tuple(gender.value for gender in Gender)
STYLES: Final = tuple(style.value for style in PromptStyle)
MODES: Final = ("label", "paper", "rationale")
FRAMES: Final = tuple(frame.value for frame in Frame)
ORDERS: Final = tuple(order.value for order in OptionOrder)

META_KEYS: Final = (
    "item",
    "scenario_country",
    "receiver_age",
    "receiver_gender",
    "persona_country",
    "persona_age",
    "persona_gender",
    "frame",
    "option_order",
    "style",
)
"""Keys of `Prompt.meta`; persona fields are "" without a persona, frame is "" in paper mode."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Whom the model answers as. `country` is the full English name."""

    country: str
    age: str
    gender: str

    def __post_init__(self) -> None:
        _require("persona country", self.country)
        _one_of("persona age", self.age, AGES)
        _one_of("persona gender", self.gender, GENDERS)


@dataclass(frozen=True, slots=True)
class CellFields:
    """Everything one prompt says, in the words of the study.

    `key` is the caller's and comes back on the reply. `situation` is finished text with the
    receiver already in it. `scenario_country` is the full English name. `frame` is ignored in
    `paper` mode, which asks both. Raises ValueError naming the field, what was found and expected.
    """

    key: str
    item: str
    scenario_country: str
    receiver_age: str
    receiver_gender: str
    situation: str
    culture_action: str
    preference_action: str
    frame: str = "personal"
    option_order: str = "culture_first"
    style: str = "survey_form"
    mode: str = "label"
    persona: Persona | None = None

    def __post_init__(self) -> None:
        for name in ("key", "scenario_country", "situation", "culture_action", "preference_action"):
            _require(name, getattr(self, name))
        if "{receiver}" in self.situation:
            raise ValueError(f"situation of {self.item!r} still holds the placeholder {{receiver}}")
        _one_of("receiver_age", self.receiver_age, AGES)
        _one_of("receiver_gender", self.receiver_gender, GENDERS)
        _one_of("frame", self.frame, FRAMES)
        _one_of("option_order", self.option_order, ORDERS)
        _one_of("style", self.style, STYLES)
        _one_of("mode", self.mode, MODES)


def _require(name: str, value: str) -> None:
    if not value.strip():
        raise ValueError(f"{name} is empty; a prompt needs it")


def _one_of(name: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise ValueError(f"{name} is {value!r}; expected one of {', '.join(known)}")
