"""Answers gathered by covariate pattern, and the design matrix of any set of factors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import linalg

from analysis.metrics.regression.factors import Factor
from analysis.metrics.study import Array, Codes, count_by, floats

RANK_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Patterns:
    """Binary answers by the combination of covariates they were given under.

    `cells` holds one row a pattern, `pattern` each answer's row there, `y` each answer (1 culture),
    `clusters` each answer's cluster codes by name (participant, scenario).
    """

    cells: pd.DataFrame
    pattern: Codes
    y: Array
    clusters: dict[str, Codes]
    n_dropped: int

    @cached_property
    def total(self) -> Array:
        """Answers of each pattern, (patterns,)."""
        return count_by(self.pattern, len(self.cells))

    @cached_property
    def chosen(self) -> Array:
        """Culture answers of each pattern, (patterns,)."""
        return count_by(self.pattern, len(self.cells), self.y)

    @property
    def n_answers(self) -> int:
        """How many answers enter."""
        return len(self.y)

    def part(self, names: Sequence[str]) -> tuple[Codes, list[str]]:
        """Each pattern's cell of these columns, and what the cells are called."""
        keys = self.cells[list(names)].agg(" x ".join, axis=1)
        codes, cells = pd.factorize(keys, sort=True)
        return codes.astype(np.intp), [str(cell) for cell in cells]

    def indicators(self, factor: Factor) -> Array:
        """One column for every cell of every part, (patterns, cells)."""
        columns = []
        for part in factor.parts:
            codes, names = self.part(part)
            columns.append(np.eye(len(names))[codes])
        return floats(np.hstack(columns))

    def separated(self, factor: Factor) -> tuple[str, ...]:
        """The factor's cells in which all answers are the same, as `column=cell`."""
        found = []
        for part in factor.parts:
            codes, names = self.part(part)
            total, chosen = (
                count_by(codes, len(names), counts) for counts in (self.total, self.chosen)
            )
            same = (chosen == 0) | (chosen == total)
            found += [f"{' x '.join(part)}={names[place]}" for place in np.flatnonzero(same)]
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
    keys = kept[list(columns)].astype(str)
    code = keys.groupby(list(columns), sort=True).ngroup().to_numpy().astype(np.intp)
    first = np.unique(code, return_index=True)[1]
    return Patterns(
        cells=keys.iloc[first].reset_index(drop=True),
        pattern=code,
        y=kept[outcome].to_numpy(np.float64),
        clusters={name: _codes(kept[name]) for name in clusters},
        n_dropped=len(frame) - len(kept),
    )


def _codes(column: "pd.Series[str]") -> Codes:
    return pd.factorize(column.astype(str), sort=True)[0].astype(np.intp)


def design(patterns: Patterns, factors: Sequence[Factor]) -> Array:
    """Intercept and indicators of these factors, (patterns, columns), of whatever rank."""
    ones = np.ones((len(patterns.cells), 1))
    return np.hstack([ones, *(patterns.indicators(factor) for factor in factors)])


def independent(columns: Array, given: Array | None = None) -> Array:
    """Columns that span the same space together with `given`, none of them in the span of others.

    `given` must itself be independent; what is already in its span is left out.
    """
    rest = columns
    if given is not None and given.shape[1]:
        basis = linalg.qr(given, mode="economic")[0]
        rest = columns - basis @ (basis.T @ columns)
    if not rest.shape[1]:
        return columns[:, :0]
    triangle, order = linalg.qr(rest, mode="r", pivoting=True)
    size = np.abs(np.diag(triangle[: min(triangle.shape)]))
    scale = np.linalg.norm(columns, axis=0).max(initial=0.0)
    rank = int((size > RANK_TOLERANCE * max(scale, 1.0)).sum())
    return columns[:, np.sort(order[:rank])]
