"""Estimates read back from `estimates.csv`, and asked for by name."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.metrics.catalogue import METRICS, definition
from analysis.metrics.estimate import Estimate, definition_text, definition_tokens
from pact_site.base.csvsafe import restore_cell

BASELINE = "baseline:"
REFERENCE_SETTING = "no_persona"
"""Where references stand: what they answer does not depend on a persona."""


@dataclass(frozen=True)
class Book:
    """All estimates of a report; look-ups never compute, they find or return nothing."""

    estimates: tuple[Estimate, ...]
    _index: dict[tuple[str, ...], list[Estimate]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for estimate in self.estimates:
            named = (estimate.table, estimate.metric)
            defined = (*named, estimate.definition)
            for key in (named, defined, (*defined, estimate.model)):
                self._index.setdefault(key, []).append(estimate)

    def find(
        self,
        table: str,
        metric: str,
        where: Callable[[Estimate], bool] = lambda _: True,
        **fields: str,
    ) -> list[Estimate]:
        """Estimates of a metric whose fields are as given, in the file's order.

        `definition` is the metric's default unless stated.
        """
        key: tuple[str, ...] = (table, metric, fields.pop("definition", definition(metric)))
        if "model" in fields:
            key = (*key, fields.pop("model"))
        return [
            estimate
            for estimate in self._index.get(key, [])
            if where(estimate) and all(getattr(estimate, k) == v for k, v in fields.items())
        ]

    def one(self, table: str, metric: str, **fields: str) -> Estimate | None:
        """The overall (ungrouped) estimate with these fields, or None."""
        found = self.find(table, metric, where=lambda e: not e.group, **fields)
        return found[0] if found else None

    def grouped(self, table: str, metric: str, *columns: str, **fields: str) -> list[Estimate]:
        """The estimates grouped by exactly these columns."""
        return self.find(table, metric, where=lambda e: set(e.group) == set(columns), **fields)

    def all(self, table: str, metric: str) -> list[Estimate]:
        """Every estimate of a metric, whatever its definition."""
        return list(self._index.get((table, metric), []))

    def models(self, setting: str) -> list[str]:
        """Models scored in a setting, baselines left out, in the file's order."""
        found = self._index.get(("alignment", "item_mae"), [])
        names = [e.model for e in found if e.setting == setting and not is_baseline(e.model)]
        return list(dict.fromkeys(names))

    def settings(self) -> list[str]:
        """The settings in which any model was scored, without personas first."""
        found = self._index.get(("alignment", "item_mae"), [])
        asked = {e.setting for e in found if not is_baseline(e.model)}
        return sorted(asked, key=("no_persona", "persona").index)

    def main_frame(self) -> str:
        """Both questions averaged, or the only one that models were asked."""
        found = self.find("alignment", "item_mae", where=lambda e: e.value is not None)
        defined = {e.frame for e in found if not is_baseline(e.model)}
        return next((name for name in ("both", "personal", "norm") if name in defined), "both")


def is_baseline(model: str) -> bool:
    """Whether a model name stands for a reference and not for a model somebody runs."""
    return model.startswith(BASELINE)


def model_title(model: str) -> str:
    """A model's name as tables show it: references in words."""
    if not is_baseline(model):
        return model
    return _BASELINE_TITLES.get(model.removeprefix(BASELINE), model)


_BASELINE_TITLES = {
    "uniform": "always 50 : 50",
    "always_culture": "always culture",
    "always_preference": "always preference",
    "pooled_human": "one rate for all items",
    "human_majority": "majority of the other people",
    "other_country": "people of other countries",
}


def read_book(path: Path) -> Book:
    """Read `estimates.csv`."""
    with path.open(encoding="utf-8", newline="") as stream:
        return Book(tuple(_estimate(row) for row in csv.DictReader(stream)))


def _estimate(row: Mapping[str, str]) -> Estimate:
    return Estimate(
        table=row["table"],
        metric=row["metric"],
        definition=row["definition"],
        setting=row["setting"],
        model=restore_cell(row["model"]),
        frame=row["frame"],
        group=json.loads(row["group"]) if row["group"] else {},
        value=_number(row["value"]),
        lower=_number(row["lower"]),
        upper=_number(row["upper"]),
        n_items=int(row["n_items"]),
        n_humans=int(row["n_humans"]),
        n_answers=int(row["n_answers"]),
        n_dropped=int(row["n_dropped"]),
        note=restore_cell(row["note"]),
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def by_value(estimates: Iterable[Estimate]) -> list[Estimate]:
    """Order by value, undefined last."""
    return sorted(estimates, key=lambda e: (e.value is None, e.value or 0.0))


def title_of(metric: str) -> str:
    """A metric's title from the catalogue."""
    return METRICS[metric].title


def without(estimate: Estimate, key: str) -> str:
    """An estimate's definition less one option."""
    tokens = definition_tokens(estimate.definition)
    tokens.pop(key, None)
    return definition_text(tokens)


def token(estimate: Estimate, key: str) -> str | None:
    """One option of an estimate's definition."""
    return definition_tokens(estimate.definition).get(key)
