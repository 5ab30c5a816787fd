"""Partial pooling: rates of many small groups from one multilevel logistic model.

The logit of an answer is a fixed part (an intercept and main effects) plus independent normal
shifts of its scenario, item, person and so on. It is the model of statsmodels'
`BinomialBayesMixedGLM`, fitted otherwise (docs/decisions/0021-pooling-by-laplace.md): standard
deviations are the mode of their posterior by Laplace's approximation (Breslow and Clayton 1993),
with a half-normal prior each, on the log scale, which keeps them off zero (Chung et al. 2013).
Given them, all shifts together are normal around their joint mode. A rate is that of a person drawn
from the population: the person's shift is averaged out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy import optimize, special, stats

from analysis.metrics.sparse_blocks import Factor, factorise, scaled
from analysis.metrics.study import Array, Codes, floats

FIXED_SD = 2.5
"""Prior standard deviation of intercept and main effects in logits: too wide to pull anything."""
SD_SCALE = 1.0
"""Scale of the half-normal prior of every standard deviation, in logits."""
SMALL = 200
"""Up to so many columns the equations are solved as they are: eliminating blocks first takes longer."""
LARGEST = 3000
"""At most this many people, items and scenarios together: they are the dense part of the equations."""

ONE_CHOICE = "every answer is the same: there is nothing to pool"
TOO_FEW = "fewer than two people or items: there is nothing to pool"
TOO_LARGE = f"more than {LARGEST:,} people, items and scenarios: read the rates as counted"

_BOUNDS = (np.log(0.01), np.log(5.0))
START_SD = 0.4
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Layout:
    """What the model is made of: codes of every answer's levels, one entry an answer.

    `fixed` are main effects. `shifts` are the components with a standard deviation of their own;
    the first `nested` of them are eliminated first: each level of one lies within one level of the
    next. The component `person` is averaged over in every rate.
    """

    y: Array
    fixed: Mapping[str, Codes]
    shifts: Mapping[str, Codes]
    nested: int = 0

    def undefined(self) -> str:
        """Why nothing can be estimated; empty where it can."""
        if len(self.y) == 0 or np.ptp(self.y) == 0:
            return ONE_CHOICE if len(self.y) else TOO_FEW
        if any(_levels(self.shifts[name]) < 2 for name in ("person", "item")):
            return TOO_FEW
        told = self.identifiable()
        dense = list(told.shifts.values())[told.nested :]
        return TOO_LARGE if sum(map(_levels, dense)) > LARGEST else ""

    def identifiable(self) -> "Layout":
        """The layout without components that answers cannot tell from noise or from another.

        Those of whose levels each has one answer, or there is one only, and those that split the
        answers as a component after them does.
        """
        kept: dict[str, Codes] = {}
        seen: list[Codes] = []
        for name, codes in reversed(list(self.shifts.items())):
            places = np.unique(codes, return_index=True, return_inverse=True)
            first = places[1][places[2]]
            if 1 < len(places[1]) < len(codes) and not any(np.array_equal(first, o) for o in seen):
                kept[name] = codes
                seen.append(first)
        names = list(self.shifts)
        shifts = {name: kept[name] for name in names if name in kept}
        return replace(
            self, shifts=shifts, nested=sum(name in kept for name in names[: self.nested])
        )


@dataclass(frozen=True)
class Rates:
    """Posterior means and the ends of their intervals, parallel arrays."""

    value: Array
    lower: Array
    upper: Array


@dataclass(frozen=True)
class Design:
    """The layout as a sparse matrix: shifts in order, then main effects and the intercept."""

    layout: Layout
    matrix: sp.csr_array
    owner: Codes
    size: tuple[int, ...]

    @property
    def blocks(self) -> tuple[int, ...]:
        """Sizes of the diagonal blocks to eliminate; none where the whole is small."""
        return self.size[: self.layout.nested] if sum(self.size) > SMALL else ()

    def precision(self, sds: Array) -> Array:
        """Prior precision of every column; `owner` is -1 for the fixed ones."""
        return np.append(1 / floats(sds) ** 2, 1 / FIXED_SD**2)[self.owner]

    @cached_property
    def turned(self) -> sp.csr_array:
        """The matrix with a row a column."""
        return sp.csr_array(self.matrix.T)

    @cached_property
    def unit(self) -> sp.csr_array:
        """The unit matrix of as many columns."""
        return sp.csr_array(sp.eye_array(self.matrix.shape[1]))

    @cached_property
    def without_person(self) -> sp.csr_array:
        """The matrix with the person's shift left out: what a rate is made of."""
        names = list(self.layout.shifts)
        if "person" not in names:
            return self.matrix
        kept = self.owner != names.index("person")
        return scaled(self.matrix, floats(kept))


@dataclass(frozen=True)
class Mode:
    """The shifts' joint mode given the standard deviations, and how sharply it is known."""

    shifts: Array
    factor: Factor
    objective: float
    gradient: Array


@dataclass(frozen=True)
class Pool:
    """A fitted model; asks for rates of answers' cells or of groups of answers."""

    design: Design
    sds: Mapping[str, float]
    mode: Mode

    def cells(self, answers: Codes, level: float) -> Rates:
        """The rate of the cell of each of these answers (its places in the layout)."""
        rows = self.design.without_person[answers]
        centre, error = rows @ self.mode.shifts, np.sqrt(self.mode.factor.variances(rows))
        reach = stats.norm.ppf((1 + level) / 2) * error
        value = _WEIGHTS @ self._rate(centre + _NODES[:, None] * error)
        return Rates(value, self._rate(centre - reach), self._rate(centre + reach))

    def groups(self, groups: Codes, level: float) -> Rates:
        """The mean rate of the answers of each group (codes from 0, one per answer).

        By the delta method on the logit of the mean, so that intervals stay inside 0 and 1.
        """
        rows = self.design.without_person
        centre, error = rows @ self.mode.shifts, np.sqrt(self.mode.factor.variances(rows))
        means = _averaging(groups)
        value = means @ (_WEIGHTS @ self._rate(centre + _NODES[:, None] * error))
        slopes = sp.csr_array(means @ sp.diags_array(self._slope(centre)) @ rows)
        error = np.sqrt(self.mode.factor.variances(slopes)) / (value * (1 - value))
        reach = stats.norm.ppf((1 + level) / 2) * error
        logit = special.logit(value)
        return Rates(value, special.expit(logit - reach), special.expit(logit + reach))

    def _rate(self, logit: Array) -> Array:
        """Chance of a person drawn at random, given the logit of one whose shift is 0."""
        spread = self.sds.get("person", 0.0) * _NODES
        return floats(
            sum(w * special.expit(logit + z) for w, z in zip(_WEIGHTS, spread, strict=True))
        )

    def _slope(self, logit: Array) -> Array:
        """Derivative of `_rate`."""
        spread = self.sds.get("person", 0.0) * _NODES
        rates = [special.expit(logit + z) for z in spread]
        return floats(sum(w * p * (1 - p) for w, p in zip(_WEIGHTS, rates, strict=True)))


def fit(layout: Layout, start: Mapping[str, float] | None = None) -> Pool:
    """Estimate the standard deviations, searched from `start` by name, and the shifts.

    Raises ValueError with `undefined`'s reason.
    """
    reason = layout.undefined()
    if reason:
        raise ValueError(reason)
    design = make_design(layout.identifiable())
    names = list(design.layout.shifts)
    last = np.zeros(design.matrix.shape[1])

    def objective(logs: Array) -> tuple[float, Array]:
        nonlocal last
        mode = find_mode(design, np.exp(logs), last)
        last = mode.shifts
        return mode.objective, mode.gradient

    found = optimize.minimize(
        objective,
        np.log([(start or {}).get(name, START_SD) for name in names]),
        jac=True,
        method="L-BFGS-B",
        bounds=[_BOUNDS] * len(names),
        options={"ftol": 1e-6, "gtol": 1e-2, "maxiter": 60},
    )
    sds = np.exp(found.x)
    mode = find_mode(design, sds, last)
    return Pool(design, dict(zip(names, map(float, sds), strict=True)), mode)


def make_design(layout: Layout) -> Design:
    """Lay the components out as columns."""
    parts, owner = [], []
    components = [*layout.shifts.values(), *layout.fixed.values(), np.zeros(len(layout.y), np.intp)]
    for place, codes in enumerate(components):
        levels, column = np.unique(codes, return_inverse=True)
        cells = (np.ones(len(column)), (np.arange(len(column)), column))
        parts.append(sp.csr_array(cells, shape=(len(column), len(levels))))
        owner.append(np.full(len(levels), place if place < len(layout.shifts) else -1))
    matrix = sp.csr_array(sp.hstack(parts))
    sizes = tuple(part.shape[1] for part in parts)
    return Design(layout, matrix, np.concatenate(owner).astype(np.intp), sizes)


def find_mode(design: Design, sds: Array, start: Array) -> Mode:
    """The joint mode by Newton's method, with the objective (less the log posterior) and gradient.

    The gradient is by the logarithms of the standard deviations, as is the objective's density.
    """
    matrix, y, precision = design.matrix, design.layout.y, design.precision(sds)
    shifts = start
    for _ in range(100):
        p = special.expit(matrix @ shifts)
        weight = p * (1 - p)
        curved = scaled(design.turned, weight) @ matrix + scaled(design.unit, precision)
        factor = factorise(curved, design.blocks)
        step = factor.solve(design.turned @ (y - p) - precision * shifts)
        longest = float(np.abs(step).max())
        if longest < 1e-5:
            break
        shifts = shifts + step * min(1.0, 2.0 / longest)
    return _mode(design, sds, shifts, factor)


def _mode(design: Design, sds: Array, shifts: Array, factor: Factor) -> Mode:
    matrix, y, precision = design.matrix, design.layout.y, design.precision(sds)
    eta = matrix @ shifts
    p = special.expit(eta)
    likelihood = float(y @ eta - np.logaddexp(0, eta).sum())
    random = design.owner >= 0
    owner = design.owner[random]
    prior = float(np.log(sds).sum() - (sds**2).sum() / (2 * SD_SCALE**2))
    penalty = float(precision @ shifts**2) - float(np.log(precision).sum()) + factor.logdet
    skew = factor.variances(matrix) * p * (1 - p) * (1 - 2 * p)
    bent = factor.solve(design.turned @ skew)
    spread = factor.variances(design.unit)
    moved = (precision * (shifts**2 + spread - bent * shifts))[random]
    gradient = np.bincount(owner, moved - 1.0, minlength=len(sds)) + 1 - (sds / SD_SCALE) ** 2
    return Mode(shifts, factor, -(likelihood - penalty / 2 + prior), -gradient)


def _averaging(groups: Codes) -> sp.csr_array:
    """(groups, answers): each row averages the group's answers."""
    count = np.bincount(groups)
    cells = (1 / count[groups], (groups, np.arange(len(groups))))
    return sp.csr_array(cells, shape=(len(count), len(groups)))


def _levels(codes: Codes) -> int:
    return len(np.unique(codes))
