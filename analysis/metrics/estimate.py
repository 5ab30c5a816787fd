"""One printed number: what it is, how sure it is, and what stands behind it."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd


COLUMNS = (
    "table",
    "setting",
    "model",
    "frame",
    "group",
    "metric",
    "definition",
    "value",
    "lower",
    "upper",
    "n_items",
    "n_humans",
    "n_answers",
    "n_dropped",
    "note",
)
"""The columns of ``estimates.csv``, in order."""

ALL_MODELS = "all:models"
"""The model name of rows about all models together; `modeling` gives no run such a label."""


_JSON: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Estimate:
    """A named value with its interval and the observations behind it; undefined is None.

    `n_items` counts the cells that enter: items, or items of one subgroup where each persona is
    scored against its own people. `n_humans` and `n_answers` count the people and their answers;
    where no people are involved `n_answers` counts the model's answers. `n_dropped` counts what was
    there and did not enter: items without one of the sides, too few people, ties left out,
    invalid or unpaired answers. For the mean of both frames items and people are the larger
    count of the two, answers and drops the sum.
    """

    table: str
    metric: str
    definition: str = ""
    setting: str = ""
    model: str = ""
    frame: str = ""
    group: Mapping[str, str | None] = field(default_factory=dict)
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    n_items: int = 0
    n_humans: int = 0
    n_answers: int = 0
    n_dropped: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        numbers = {"value": self.value, "lower": self.lower, "upper": self.upper}
        for name, number in numbers.items():
            if number is not None and not math.isfinite(number):
                raise ValueError(f"{self.metric}: {name} is {number}; undefined must be None")
        if self.value is None and not self.note:
            raise ValueError(f"{self.metric}: an undefined value needs a reason in its note")

    @property
    def key(self) -> tuple[str, ...]:
        """What tells this estimate from every other one of the same file."""
        return (
            self.table,
            self.setting,
            self.model,
            self.frame,
            group_text(self.group),
            self.metric,
            self.definition,
        )


def definition_text(tokens: Mapping[str, str]) -> str:
    """Write the options that apply as sorted ``key:value`` tokens joined by ``;``."""
    return ";".join(f"{key}:{tokens[key]}" for key in sorted(tokens))


def definition_tokens(definition: str) -> dict[str, str]:
    """Read back what `definition_text` wrote."""
    if not definition:
        return {}
    pairs = (token.partition(":") for token in definition.split(";"))
    return {key: value for key, _, value in pairs}


def group_text(group: Mapping[str, str | None]) -> str:
    """Write a group as JSON with sorted keys and no spaces; empty for the overall group."""
    if not group:
        return ""
    return _JSON.encode(dict(group))


def check_unique(estimates: Iterable[Estimate]) -> None:
    """Raise ValueError when two estimates carry the same key."""
    seen: set[tuple[str, ...]] = set()
    for estimate in estimates:
        key = estimate.key
        if key in seen:
            raise ValueError(f"two estimates with the same key: {key}")
        seen.add(key)


def to_frame(estimates: Iterable[Estimate]) -> "pd.DataFrame":
    """Lay estimates out as rows of ``estimates.csv``; raises ValueError on a repeated key."""
    import pandas as pd

    rows = list(estimates)
    check_unique(rows)
    columns = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    columns["group"] = [group_text(group) for group in columns["group"]]
    frame = pd.DataFrame(columns)
    numbers = ["value", "lower", "upper"]
    return frame.astype(dict.fromkeys(numbers, "float64"))
