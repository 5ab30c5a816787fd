"""Names and orders of what decisions are grouped by, for tables and figures."""

from collections.abc import Collection
from typing import Final

from analysis.metrics.estimate import Estimate
from analysis.reports.words import readable

MEAN: Final = "Mean of models"
TUNED: Final = "instruct"
ROLES: Final = {
    "actor_pref_only": "C1: the actor prefers",
    "swapped": "C2: the receiver prefers",
    "both_prefs": "C3: both prefer",
}
MARKS: Final = {"actor_pref_only": "C1 actor", "swapped": "C2 receiver", "both_prefs": "C3 both"}
"""The same, as short as a figure's legend on a phone needs them."""

HEADS: Final = {
    "eval_pref_config": "Who prefers the personal option",
    "eval_demo_config": "What the prompt says of people",
    "prompt": "Prompt",
    "scenario_type": "Actor's country is",
    "receiver_country": "Receiver's country",
    "actor_country": "Actor's country",
    "actor_region": "Actor's region",
    "receiver_region": "Receiver's region",
    "actor_age": "Actor's age",
    "receiver_age": "Receiver's age",
    "actor_gender": "Actor's gender",
    "receiver_gender": "Receiver's gender",
    "preference_type": "Kind of preference",
    "preference_strength": "Strength of preference",
    "dataset": "Source",
    "model": "Model",
    "scale": "Size",
    "theme": "Theme",
}

_ORDER: Final = (
    *ROLES,
    *("no_demo", "age_only", "gender_only", "full_demo"),
    *("no_balance", "balance"),
    *("same", "close", "far", "between", "unassigned"),
    *("low_stakes", "strong", "other"),
    *("small", "large"),
)


def who(row: Estimate) -> str:
    """The model, with its stage where one is known; all models together where it is none."""
    model = row.model or MEAN
    return f"{model} ({row.setting})" if row.setting else model


def main_stage(stages: Collection[str]) -> str:
    """The stage that is shown where there is room for one: the tuned one where there are two."""
    return TUNED if TUNED in stages else min(stages, default="")


def level(value: str | None) -> str:
    """A group's level in words."""
    return ROLES.get(str(value), readable(value))


def place(value: str | None) -> tuple[int, str]:
    """Sorts levels into their natural order, those without one by name behind them."""
    text = str(value)
    return (_ORDER.index(text) if text in _ORDER else len(_ORDER), text)


def contrast_of(row: Estimate) -> str:
    """`actor_age: younger - older` in words."""
    return contrast_words(str(row.group["contrast"]))


def contrast_words(name: str) -> str:
    """The same of a contrast's name."""
    factor, _, levels = name.partition(": ")
    return f"{HEADS.get(factor, readable(factor).capitalize())}: {readable(levels)}".replace(
        " - ", " less "
    )


def short_contrast(row: Estimate) -> str:
    """The same for a figure's axis: `actor younger`, `balance`."""
    factor, _, levels = str(row.group["contrast"]).partition(": ")
    second = readable(levels.partition(" - ")[0])
    side = factor.partition("_")[0]
    return f"{side} {second}" if side in ("actor", "receiver") else second
