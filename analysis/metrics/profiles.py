"""A model's answers summed per persona group and item."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.cells import Side
from analysis.metrics.study import Array, Codes, Study, count_by, divide

NO_PERSONA, PERSONA = "no_persona", "persona"
PERSONA_COLUMNS = ("persona_country", "persona_demo")
SPLITS = {"style": "prompt_style", "order": "option_order"}


@dataclass(frozen=True)
class Profile:
    """Sums over a model's rows per group and item, each of shape (groups, items).

    `q` and `choice` are sums over valid rows; without personas there is one group, ("", "").
    """

    groups: tuple[tuple[str, str], ...]
    q: Array
    choice: Array
    rows: Array
    invalid: Array
    ties: Array

    def pooled(self) -> Side:
        """All groups' rows together: q is the mean over every valid row of the item."""
        return side_of(*(part.sum(axis=0) for part in self._parts()))

    def group(self, index: int) -> Side:
        """One persona group's rows."""
        return side_of(*(part[index] for part in self._parts()))

    def flat(self) -> Side:
        """Every (group, item) as a cell of its own, group by group."""
        return side_of(*(part.ravel() for part in self._parts()))

    def chosen(self, indices: list[int]) -> Side:
        """Some groups' rows together."""
        return side_of(*(part[indices].sum(axis=0) for part in self._parts()))

    def has_probabilities(self) -> bool:
        """Whether any answer is softer than a hard choice."""
        return bool((np.abs(self.q - self.choice) > 1e-12).any())

    def _parts(self) -> tuple[Array, Array, Array, Array]:
        return self.q, self.choice, self.rows, self.invalid


def side_of(q: Array, choice: Array, rows: Array, invalid: Array) -> Side:
    """A side from sums: q becomes the mean over valid rows."""
    return Side(divide(q, rows), choice, rows, invalid)


def make_profile(study: Study, rows: pd.DataFrame) -> Profile:
    """Sum MODEL rows of one model, setting and frame."""
    levels, codes = _persona_codes(rows)
    shape = (len(levels), study.n_items)
    cell = codes * shape[1] + study.item_codes(rows["item"])
    q, choice = (rows[name].to_numpy(np.float64, na_value=np.nan) for name in ("q", "choice"))
    valid = ~np.isnan(q) & ~np.isnan(choice)

    def total(values: Array) -> Array:
        summed = count_by(cell, shape[0] * shape[1], values)
        return summed.reshape(shape)

    return Profile(
        levels,
        q=total(np.where(valid, q, 0.0)),
        choice=total(np.where(valid, choice, 0.0)),
        rows=total(valid * 1.0),
        invalid=total(~valid * 1.0),
        ties=total((valid & (choice == 0.5)) * 1.0),
    )


def _persona_codes(rows: pd.DataFrame) -> tuple[tuple[tuple[str, str], ...], Codes]:
    """The personas that occur, in order, and each row's place among them."""
    (country, countries), (demo, demos) = (
        pd.factorize(rows[name].fillna("").astype(str), sort=True) for name in PERSONA_COLUMNS
    )
    pairs, codes = np.unique(country * len(demos) + demo, return_inverse=True)
    levels = [divmod(int(pair), len(demos)) for pair in pairs]
    named = tuple((str(countries[one]), str(demos[two])) for one, two in levels)
    return named or (("", ""),), codes.astype(np.intp)


def splits(rows: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Rows of each prompt style and of each option order, where a model has several."""
    for token, column in SPLITS.items():
        levels = sorted(rows[column].astype(str).unique())
        if len(levels) > 1:
            for level in levels:
                yield {token: level or "unset"}, rows[rows[column] == level]
