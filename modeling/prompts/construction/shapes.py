"""The JSON object that each construction step asks for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from annotation.vocab.construction import REJECTED_AT, StepName
from annotation.vocab.terms import PreferenceStrength, PreferenceType, Theme

OUTCOME: Final = "outcome"
GOING_ON: Final = ("keep", "done")
"""Outcomes with which a row goes on; any other is a reason to stop."""

COLUMNS: Final[Mapping[StepName, Mapping[str, str]]] = {
    StepName.FILTER: {"reason": "reason"},
    StepName.NORM: {
        "expectation": "cultural_expectation",
        "setting": "setting",
        "theme": "theme",
    },
    StepName.PREFERENCE: {
        "preference": "personal_preference",
        "type": "preference_type",
        "strength": "preference_strength",
    },
    StepName.REWRITE: {"situation": "situation"},
    StepName.ACTIONS: {"expected": "culture_action", "wished": "preference_action"},
}
"""Key of the reply -> column of a scenario version (`reason` stays with the step)."""

_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    "theme": Theme,
    "preference_type": PreferenceType,
    "preference_strength": PreferenceStrength,
}


def reply_schema(step: StepName) -> dict[str, Any]:
    """The JSON schema of a step's reply; the welcome outcome stands first."""
    going_on = "keep" if step == StepName.FILTER else "done"
    properties: dict[str, Any] = {OUTCOME: {"enum": [going_on, *REJECTED_AT[step]]}}
    for key, column in COLUMNS[step].items():
        terms = _CHOICES.get(column)
        properties[key] = {"enum": [*map(str, terms)]} if terms else {"type": "string"}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
