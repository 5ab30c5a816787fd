"""What a frame holds: its columns are declared here, and every frame is checked against them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, number, count or flag; `empty` says whether None/NaN may occur."""

    name: str
    kind: str
    empty: bool = False


_TYPES: Final[Mapping[str, str]] = {
    "text": "object",
    "number": "float64",
    "count": "int64",
    "flag": "bool",
}

_ITEM: Final = (
    Column("item", "text"),
    Column("scenario_item_id", "text"),
    Column("scenario", "text"),
    Column("scenario_country", "text"),
    Column("receiver_age", "text"),
    Column("receiver_gender", "text"),
)

HUMAN: Final = (
    Column("participant", "text"),
    *_ITEM,
    Column("participant_country", "text"),
    Column("participant_age", "text"),
    Column("participant_gender", "text"),
    Column("relation", "text"),
    Column("theme", "text", empty=True),
    Column("preference_type", "text", empty=True),
    Column("personal", "number", empty=True),
    Column("norm", "number", empty=True),
    Column("importance_norm", "number", empty=True),
    Column("importance_preference", "number", empty=True),
    Column("perceived_share", "number", empty=True),
    Column("first_frame", "text", empty=True),
    Column("option_order", "text", empty=True),
    Column("surplus", "flag"),
    Column("cohort", "text"),
)
"""One row per participant and item answered; choices are 1.0 culture, 0.0 preference.

`perceived_share` is the guess, 0 to 1, of how many people there would choose culture."""

MODEL: Final = (
    Column("model", "text"),
    Column("setting", "text"),
    Column("persona_country", "text"),
    Column("persona_demo", "text"),
    *_ITEM,
    Column("frame", "text"),
    Column("prompt_style", "text"),
    Column("option_order", "text"),
    Column("sample_index", "count"),
    Column("q", "number", empty=True),
    Column("choice", "number", empty=True),
    Column("invalid_reason", "text"),
)
"""One row per cell answered; q is the probability of culture, choice .5 an exact tie."""


def make_frame(columns: Sequence[Column], data: Mapping[str, Any]) -> pd.DataFrame:
    """Build a frame of exactly these columns, in this order, with their types; checked."""
    frame = pd.DataFrame({column.name: data[column.name] for column in columns})
    typed = frame.astype({column.name: _TYPES[column.kind] for column in columns})
    check_frame(typed, columns)
    return typed


def check_frame(frame: pd.DataFrame, columns: Sequence[Column]) -> None:
    """Raise ValueError where a frame's columns, or their emptiness, are not as declared."""
    names = [column.name for column in columns]
    if list(frame.columns) != names:
        raise ValueError(f"columns are {list(frame.columns)}, declared are {names}")
    for column in columns:
        if not column.empty and frame[column.name].isna().any():
            raise ValueError(f"column {column.name} has empty cells")
