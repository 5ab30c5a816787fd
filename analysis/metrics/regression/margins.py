"""Adjusted rates: how often culture is chosen at one level of a factor, all else being as it is.

Every answer is given the level in turn and the fitted probabilities are averaged (Lane and Nelder
1982). Only answers whose other factors allow every level enter: a persona's country cannot be given
to a model that speaks for nobody, since no answer tells what that would be.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special, stats

from analysis.metrics.regression.design import Columns, Part
from analysis.metrics.regression.factors import SCENARIO_COUNTRY, Factor
from analysis.metrics.regression.fit import FARTHEST
from analysis.metrics.regression.result import Adjusted
from analysis.metrics.regression.wald import Sandwich
from analysis.metrics.study import Array, Codes, Mask, floats

NOWHERE = "no answer's other factors allow every level: the levels cannot be told apart"
UNSURE = "no interval: fewer than two clusters, no variation between them, or separated answers"
NULL_SPACE = 1e-7
MANY_LEVELS = (SCENARIO_COUNTRY.name,)
"""Factors whose levels have too few answers each to be worth a rate of their own here."""


def adjusted_rates(sandwich: Sandwich, factor: Factor, level: float) -> tuple[Adjusted, ...]:
    """The adjusted rate of every level of a factor's parts; levels without a name are left out."""
    if factor.name in MANY_LEVELS:
        return ()
    space = _Space(sandwich)
    parts = [sandwich.columns.patterns.part(columns) for columns in factor.parts]
    return tuple(found for part in parts for found in _part(space, part, level))


@dataclass(frozen=True)
class _Space:
    """A fit, its covariance, and which rows it says anything about."""

    sandwich: Sandwich

    @property
    def columns(self) -> Columns:
        return self.sandwich.columns

    @cached_property
    def unknown(self) -> Array:
        """Directions that the answers leave open, (columns, directions)."""
        values, vectors = np.linalg.eigh(self.columns.plain)
        return floats(vectors[:, values < NULL_SPACE * values.max()])

    @cached_property
    def basis(self) -> Codes:
        return self.sandwich.basis()

    @cached_property
    def covariances(self) -> tuple[Array, ...]:
        return self.sandwich.covariances(self.basis)


@dataclass(frozen=True)
class _Switched:
    """The answers with one cell given to all: for each part of the design the patterns' codes."""

    codes: tuple[Codes, ...]
    possible: Mask


def _part(space: _Space, part: Part, level: float) -> list[Adjusted]:
    cells = [at for at in range(len(part.names)) if part.names[at]]
    if len(cells) < 2:
        return []
    switched = [_switch(space, part, cell) for cell in cells]
    everywhere = np.logical_and.reduce([one.possible for one in switched])
    weight = space.columns.patterns.total * everywhere
    if not weight.sum():
        return [Adjusted(part.columns, part.names[cell], None, note=NOWHERE) for cell in cells]
    return [
        _rate(space, one, weight, (part, cell), level)
        for one, cell in zip(switched, cells, strict=True)
    ]


def _switch(space: _Space, part: Part, cell: int) -> _Switched:
    """Give every pattern this cell; possible where the fit says what its predictor would be."""
    patterns = space.columns.patterns
    given = dict(zip(part.columns, np.argwhere(part.place == cell)[0], strict=True))
    codes = []
    possible = np.ones(patterns.size, dtype=bool)
    moved = np.zeros((patterns.size, space.unknown.shape[1]))
    for start, other in zip(space.columns.starts, space.columns.parts, strict=True):
        if not set(other.columns) & set(given):
            codes.append(other.codes)
            continue
        axes = tuple(
            np.full(patterns.size, given[name]) if name in given else patterns.cells[name]
            for name in other.columns
        )
        found = other.place[axes]
        possible &= found >= 0
        found = np.maximum(found, 0)
        moved += space.unknown[start + found] - space.unknown[start + other.codes]
        codes.append(found)
    possible &= (np.abs(moved) < NULL_SPACE).all(axis=1)
    return _Switched(tuple(codes), possible)


def _rate(
    space: _Space, switched: _Switched, weight: Array, named: tuple[Part, int], level: float
) -> Adjusted:
    columns, beta = space.columns, space.sandwich.made.beta
    eta = np.full(len(weight), beta[0])
    for start, codes in zip(columns.starts, switched.codes, strict=True):
        eta += beta[start + codes]
    p = special.expit(np.clip(eta, -FARTHEST, FARTHEST))
    total = weight.sum()
    rate = float(weight @ p / total)
    slope = np.zeros(columns.size)
    change = weight * p * (1 - p) / total
    slope[0] = change.sum()
    for start, codes in zip(columns.starts, switched.codes, strict=True):
        np.add.at(slope, start + codes, change)
    reach, note = _reach(space, floats(slope), level)
    part, cell = named
    return Adjusted(
        part.columns,
        part.names[cell],
        rate,
        lower=None if reach is None else max(rate - reach, 0.0),
        upper=None if reach is None else min(rate + reach, 1.0),
        n_answers=int(total),
        note=note,
    )


def _reach(space: _Space, slope: Array, level: float) -> tuple[float | None, str]:
    """Half the interval's width by the delta method; the clustered variance is never taken to be
    less than that of either kind of cluster. Certain answers have no slope, so that the basis need
    not know them."""
    on = slope[space.basis]
    parts = [float(on @ part @ on) for part in space.covariances]
    variance = max([*parts[:2], *([parts[0] + parts[1] - parts[2]] if len(parts) == 3 else [])])
    degrees = space.sandwich.clusters - 1
    if degrees < 1 or not variance > 1e-16:
        return None, UNSURE
    return float(stats.t.ppf((1 + level) / 2, degrees) * np.sqrt(variance)), ""
