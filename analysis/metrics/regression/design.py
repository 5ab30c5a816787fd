"""Answers gathered by covariate pattern, and the indicator columns of any set of factors.

Every factor is made of indicators, so a design matrix is never written out: what a fit needs of it
(its product with a vector, its weighted cross products) are sums over the patterns' codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.metrics.regression.factors import Factor
from analysis.metrics.study import Array, Codes, count_by, floats

RANK_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Part:
    """The cells of one column, or of several taken together.

    `codes` is each pattern's cell, `names` the cells' names. `place` finds a cell by the columns'
    levels, one axis a column, -1 where nobody answered in it.
    """

    columns: tuple[str, ...]
    codes: Codes
    names: tuple[str, ...]
    place: Codes


@dataclass(frozen=True)
class Patterns:
    """Binary answers by the combination of covariates they were given under.

    `levels` names the levels of every column, `cells` holds each pattern's level. `pattern` is each
    answer's pattern, `y` each answer (1 culture), `clusters` each answer's cluster codes by name
    (participant, scenario).
    """

    levels: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, Codes]
    pattern: Codes
    y: Array
    clusters: Mapping[str, Codes]
    n_dropped: int
    _parts: dict[tuple[str, ...], Part] = field(default_factory=dict, repr=False)

    @cached_property
    def size(self) -> int:
        """How many patterns there are."""
        return int(self.pattern.max(initial=-1)) + 1

    @cached_property
    def total(self) -> Array:
        """Answers of each pattern, (patterns,)."""
        return count_by(self.pattern, self.size)

    @cached_property
    def chosen(self) -> Array:
        """Culture answers of each pattern, (patterns,)."""
        return count_by(self.pattern, self.size, self.y)

    @property
    def n_answers(self) -> int:
        """How many answers enter."""
        return len(self.y)

    def part(self, columns: tuple[str, ...]) -> Part:
        """The cells of these columns, made once."""
        if columns not in self._parts:
            shape = tuple(len(self.levels[name]) for name in columns)
            key = np.ravel_multi_index([self.cells[name] for name in columns], shape)
            used, codes = np.unique(key, return_inverse=True)
            place = np.full(shape, -1, dtype=np.intp)
            place.flat[used] = np.arange(len(used))
            found = zip(*np.unravel_index(used, shape), strict=True)
            names = tuple(
                " x ".join(
                    self.levels[name][code] for name, code in zip(columns, cell, strict=True)
                )
                for cell in found
            )
            self._parts[columns] = Part(columns, codes.astype(np.intp), names, place)
        return self._parts[columns]

    def one_level(self, factor: Factor) -> bool:
        """Whether every part of the factor has a single cell, so that nothing varies."""
        return all(len(self.part(part).names) < 2 for part in factor.parts)

    def separated(self, factor: Factor) -> tuple[str, ...]:
        """The factor's cells in which all answers are the same, as `column=cell`."""
        found = []
        for columns in factor.parts:
            part = self.part(columns)
            total, chosen = (
                count_by(part.codes, len(part.names), counts)
                for counts in (self.total, self.chosen)
            )
            same = (chosen == 0) | (chosen == total)
            found += [f"{' x '.join(columns)}={part.names[at]}" for at in np.flatnonzero(same)]
        return tuple(found)


def gather(
    frame: pd.DataFrame, outcome: str, columns: Sequence[str], clusters: Sequence[str]
) -> Patterns:
    """Gather a long frame's answers; rows without an outcome, or half between, are dropped.

    Raises ValueError for a missing column and for an outcome other than 0, .5, 1 or missing.
    """
    missing = [name for name in (outcome, *columns, *clusters) if name not in frame]
    if missing:
        raise ValueError(f"the answers lack the columns {', '.join(missing)}")
    values = frame[outcome].to_numpy(dtype=np.float64, na_value=np.nan)
    strange = values[~np.isnan(values) & ~np.isin(values, (0.0, 0.5, 1.0))]
    if len(strange):
        raise ValueError(f"the outcome must be 0 or 1, found {strange[0]:g}")
    kept = frame[np.isin(values, (0.0, 1.0))]
    codes, levels = {}, {}
    for name in columns:
        codes[name], found = _factorize(kept[name])
        levels[name] = found
    key = np.zeros(len(kept), dtype=np.intp)
    for name in columns:
        key = np.unique(key * max(len(levels[name]), 1) + codes[name], return_inverse=True)[1]
    first = np.unique(key, return_index=True)[1]
    return Patterns(
        levels=levels,
        cells={name: codes[name][first] for name in columns},
        pattern=key.astype(np.intp),
        y=values[np.isin(values, (0.0, 1.0))],
        clusters={name: _factorize(kept[name])[0] for name in clusters},
        n_dropped=len(frame) - len(kept),
    )


def _factorize(column: "pd.Series[str]") -> tuple[Codes, tuple[str, ...]]:
    codes, levels = pd.factorize(column.astype(str), sort=True)
    return codes.astype(np.intp), tuple(str(level) for level in levels)


class Columns:
    """Intercept and indicators of some factors over the patterns, of whatever rank.

    `owner` names the factor of every column ("" for the intercept), `starts` where each part's
    columns begin.
    """

    def __init__(self, patterns: Patterns, factors: Sequence[Factor]) -> None:
        self.patterns = patterns
        listed = [(factor.name, columns) for factor in factors for columns in factor.parts]
        self.parts = [patterns.part(columns) for _, columns in listed]
        sizes = [len(part.names) for part in self.parts]
        self.starts = [1 + sum(sizes[:at]) for at in range(len(sizes))]
        names = [name for (name, _), size in zip(listed, sizes, strict=True) for _ in range(size)]
        self.owner = np.array(["", *names])
        self.size = 1 + sum(sizes)

    @cached_property
    def _codes(self) -> Codes:
        """The columns in which each pattern has a one: the intercept's, and one of every part."""
        found = [start + part.codes for start, part in zip(self.starts, self.parts, strict=True)]
        codes: Codes = np.array([np.zeros(self.patterns.size, dtype=np.intp), *found])
        return codes

    @cached_property
    def _places(self) -> list[Codes]:
        """For each part where the patterns count in its rows of X'X, right of its own columns."""
        return [
            (part.codes * self.size + self._codes[at:]).ravel()
            for at, part in enumerate(self.parts, start=2)
        ]

    def cross(self, weights: Array) -> Array:
        """X' diag(weights) X, (columns, columns)."""
        repeated = np.tile(weights, len(self.parts))
        blocks = [
            count_by(places, len(part.names) * self.size, repeated[: len(places)])
            for places, part in zip(self._places, self.parts, strict=True)
        ]
        out = np.concatenate([np.zeros(self.size), *blocks]).reshape(self.size, self.size)
        out += out.T
        out[0] = out[:, 0] = out.flat[:: self.size + 1] = self.sums(weights)
        return floats(out)

    def sums(self, values: Array) -> Array:
        """X' values, (columns,)."""
        found = count_by(self._codes.ravel(), self.size, np.tile(values, len(self._codes)))
        found[0] = values.sum()
        return found

    def cluster_sums(self, values: Array, clusters: Codes) -> Array:
        """The sum of an answer's value times its row of X over each cluster, (clusters, columns)."""
        groups = int(clusters.max(initial=-1)) + 1
        blocks = [count_by(clusters, groups, values)[:, None]]
        for part in self.parts:
            size = len(part.names)
            codes = clusters * size + part.codes[self.patterns.pattern]
            blocks.append(count_by(codes, groups * size, values).reshape(groups, size))
        return floats(np.hstack(blocks))

    def predictor(self, beta: Array) -> Array:
        """X beta, (patterns,)."""
        return floats(beta[self._codes].sum(axis=0))

    def dense(self) -> Array:
        """X written out, (patterns, columns)."""
        blocks = [np.eye(len(part.names))[part.codes] for part in self.parts]
        return floats(np.hstack([np.ones((self.patterns.size, 1)), *blocks]))

    @cached_property
    def plain(self) -> Array:
        """X'X."""
        return self.cross(np.ones(self.patterns.size))

    def order(self, last: str = "") -> Codes:
        """All columns, those of one factor last."""
        mine = self.owner == last
        return np.concatenate([np.flatnonzero(~mine), np.flatnonzero(mine)]).astype(np.intp)


def independent(cross: Array, order: Codes) -> Codes:
    """The columns, taken in this order, that are not in the span of the earlier ones.

    `cross` holds their cross products: elimination goes by what is left of each column's square.
    """
    scale = np.sqrt(np.maximum(np.diag(cross), 0.0))
    safe = np.where(scale > 0, scale, 1.0)
    left = (cross / np.outer(safe, safe))[np.ix_(order, order)]
    kept = []
    for at in range(len(order)):
        if scale[order[at]] > 0 and left[at, at] > RANK_TOLERANCE:
            kept.append(order[at])
            left = left - np.outer(left[:, at], left[at]) / left[at, at]
    return np.array(kept, dtype=np.intp)
