"""Figures that papers have printed, as data: facts with the table they stand in, to lay beside one's own.

One CSV a paper, in this folder. Every row says where it stands; where a paper contradicts itself both
values are kept and `note` says so. Units are those of `estimates.csv` (shares from 0 to 1, differences
in the metric's own unit), so that a printed value can stand next to an estimate of the same name.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from analysis.metrics.catalogue import METRICS, definition
from analysis.metrics.estimate import Estimate, definition_tokens

FOLDER: Final = Path(__file__).parent
PAPERS: Final[Mapping[str, str]] = {
    "pact-2026": "Borah, Augenstein and Mihalcea (2026), Whose Norms? arXiv 2606.07877",
}
"""Name of a file -> the paper as a report cites it."""

BEHAVIOUR, TUNED = "behavior", "instruct"
_TEXTS: Final = ("where", "table", "setting", "model", "frame", "metric", "definition", "note")


@dataclass(frozen=True)
class Published:
    """One printed figure. `value` is None where only a range was printed: `low` to `high`.

    `model` is the family's name as printed, "" for people and for means over models; `definition`
    holds those options (`weight:answers`) that the paper's form fixes.
    """

    where: str
    table: str
    setting: str
    model: str
    frame: str
    metric: str
    definition: str
    note: str
    group: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    low: float | None = None
    high: float | None = None

    def meets(self, estimate: Estimate) -> bool:
        """Whether the estimate is of the same quantity: name, options, group, question and setting.

        A model meets its family when its label contains the family's name in any case. What is
        printed of behaviour is about tuned models, or about models whose stage nobody told.
        """
        tuned = estimate.table == BEHAVIOUR and estimate.setting == TUNED
        setting = "" if tuned else estimate.setting
        same = (self.table, self.metric, self.setting, self.frame, dict(self.group)) == (
            estimate.table, estimate.metric, setting, estimate.frame, dict(estimate.group)
        )  # fmt: skip
        if not same or bool(self.model) != bool(estimate.model):
            return False
        family = self.model.casefold() in estimate.model.casefold()
        return family and definition_tokens(estimate.definition) == self.options

    @property
    def options(self) -> dict[str, str]:
        """The metric's default options with those that the paper's form fixes; {} if not ours."""
        if self.metric not in METRICS:
            return {}
        return definition_tokens(definition(self.metric)) | definition_tokens(self.definition)


@cache
def published(paper: str) -> tuple[Published, ...]:
    """All figures of a paper in its order. Raises KeyError for a paper that is not here, and
    ValueError with the row for a file that cannot be read."""
    path = FOLDER / f"{_known(paper)}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(_read(number, row) for number, row in enumerate(csv.DictReader(stream), 2))


def beside(paper: str, estimates: tuple[Estimate, ...]) -> Iterator[tuple[Published, Estimate]]:
    """Pairs of a printed figure and an estimate of the same quantity, in the paper's order."""
    for figure in published(paper):
        yield from ((figure, estimate) for estimate in estimates if figure.meets(estimate))


def _known(paper: str) -> str:
    if paper not in PAPERS:
        raise KeyError(f"no published figures {paper!r}; there are: {', '.join(PAPERS)}")
    return paper


def _read(number: int, row: Mapping[str, str]) -> Published:
    try:
        figure = Published(
            **{name: row[name] for name in _TEXTS},
            group=json.loads(row["group"]) if row["group"] else {},
            value=_number(row["value"]),
            low=_number(row["low"]),
            high=_number(row["high"]),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"row {number}: {error}") from error
    if figure.value is None and (figure.low is None or figure.high is None):
        raise ValueError(f"row {number}: neither a value nor a range")
    return figure


def _number(text: str) -> float | None:
    if not text:
        return None
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite number")
    return value
