"""Ratings turned into codes: a unit is one criterion of one item, an item is a cluster of units."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.metrics.agreement.labels import Labels
from analysis.metrics.study import Array, Codes, Mask, count_by, divide, floats

COLUMNS = ("item", "rater", "criterion", "value")


@dataclass(frozen=True)
class Units:
    """Ratings of some units: parallel arrays with one entry a rating, and the labels they may have.

    `item_of` gives each unit's item. Codes of units are dense; codes of items and raters need not be.
    """

    labels: Labels
    unit: Codes
    rater: Codes
    label: Codes
    item_of: Codes
    n_known_items: int

    @cached_property
    def counts(self) -> Array:
        """How many raters gave the unit each label, (units, q)."""
        q = len(self.labels)
        flat = count_by(self.unit * q + self.label, self.n_units * q)
        return flat.reshape(self.n_units, q)

    @cached_property
    def size(self) -> Array:
        """How many ratings each unit has, (units,)."""
        return count_by(self.unit, self.n_units)

    @cached_property
    def scores(self) -> Array:
        """Share of pairs of different raters that agree, weighted; 0 for one rating, (units,)."""
        agreeing = (self.counts * (self.counts @ self.labels.matrix - 1)).sum(axis=1)
        return divide(agreeing, self.size * (self.size - 1))

    @cached_property
    def shares(self) -> Array:
        """Share of the unit's raters that chose each label, (units, q)."""
        return floats(self.counts / self.size[:, None])

    @property
    def n_units(self) -> int:
        """How many units have a rating."""
        return len(self.item_of)

    @cached_property
    def raters(self) -> Codes:
        """The raters with a rating."""
        return np.unique(self.rater)

    @cached_property
    def rated_items(self) -> Codes:
        """The codes of the items with a rating, ascending."""
        return np.unique(self.item_of)

    @cached_property
    def clusters(self) -> Codes:
        """Each unit's item as a dense code, (units,)."""
        return np.searchsorted(self.rated_items, self.item_of).astype(np.intp)

    @property
    def n_items(self) -> int:
        """How many items have a rating."""
        return len(self.rated_items)

    @property
    def n_pairs(self) -> int:
        """Pairs of ratings of the same unit."""
        return int((self.size * (self.size - 1)).sum() / 2)

    def where(self, keep: Mask) -> "Units":
        """Only the units for which the mask (units,) is true."""
        ratings = keep[self.unit]
        place = np.cumsum(keep) - 1
        return Units(
            self.labels,
            place[self.unit[ratings]].astype(np.intp),
            self.rater[ratings],
            self.label[ratings],
            self.item_of[keep],
            self.n_known_items,
        )

    @cached_property
    def overlapping(self) -> "Units":
        """The units with two ratings or more."""
        return self if (self.size >= 2).all() else self.where(self.size >= 2)


class Ratings:
    """A long frame of ratings, checked and coded.

    Takes columns item, rater, criterion, value; a missing or empty value is a missing rating.
    Raises ValueError for a missing column, a value outside the label set, and two ratings of the
    same item and criterion by one rater: rows are matched by these names, never by position.
    """

    def __init__(self, frame: pd.DataFrame, labels: Labels) -> None:
        missing = [name for name in COLUMNS if name not in frame]
        if missing:
            raise ValueError(f"the ratings lack the columns {', '.join(missing)}")
        self.labels = labels
        self.criterion, self.criteria = _codes(frame["criterion"])
        self.item, self.items = _codes(frame["item"])
        self.rater, self.raters = _codes(frame["rater"])
        self.label = _label_codes(frame["value"], labels)
        self._check_unique()

    def _check_unique(self) -> None:
        key = self.unit_key * max(len(self.raters), 1) + self.rater
        order = np.sort(key)
        if (order[1:] == order[:-1]).any():
            raise ValueError("a rater occurs more than once on the same item and criterion")

    @property
    def unit_key(self) -> Codes:
        """Each row's item and criterion in one number."""
        return self.item * max(len(self.criteria), 1) + self.criterion

    def units(self, criterion: int | None = None) -> Units:
        """The rated units of one criterion, or of all."""
        rows = np.ones(len(self.item), bool) if criterion is None else self.criterion == criterion
        known = len(np.unique(self.item[rows]))
        rated = rows & (self.label >= 0)
        keys, unit = np.unique(self.unit_key[rated], return_inverse=True)
        item_of = (keys // max(len(self.criteria), 1)).astype(np.intp)
        codes = unit.astype(np.intp)
        return Units(self.labels, codes, self.rater[rated], self.label[rated], item_of, known)


def _codes(column: "pd.Series[str]") -> tuple[Codes, list[str]]:
    """Each row's place among the column's texts in alphabetical order; missing is the empty text."""
    found, values = pd.factorize(column)
    texts = [*map(str, values.tolist()), ""]  # the last stands for -1, what is missing
    names = sorted(set(texts[:-1]) | ({""} if (found < 0).any() else set()))
    places = {name: place for place, name in enumerate(names)} | ({} if "" in names else {"": 0})
    table = np.array([places[text] for text in texts], dtype=np.intp)
    return table[found], names


def _label_codes(values: "pd.Series[str]", labels: Labels) -> Codes:
    found, names = _codes(values)
    places = {"": -1} | {name: place for place, name in enumerate(labels.names)}
    unknown = [name for name in names if name not in places]
    if unknown:
        raise ValueError(f"unknown label {unknown[0]!r}, expected one of {', '.join(labels.names)}")
    table = np.array([places[name] for name in names], dtype=np.intp)
    return table[found] if len(table) else np.zeros(0, dtype=np.intp)


def labels_in(frame: pd.DataFrame) -> Sequence[str]:
    """The values that occur, numbers in numeric order, other labels in alphabetical order."""
    names = [name for name in _codes(frame["value"])[1] if name]
    try:
        return sorted(names, key=float)
    except ValueError:
        return names
