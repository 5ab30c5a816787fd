"""Means over models, and differences of rates that are not paired question by question.

Both are sums over scenarios: every model and every side of a difference saw (nearly) the same
scenarios, so their errors are added up within a scenario before they are squared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.behaviour.counts import (
    check,
    codes_of,
    compressed,
    groups_of,
    numbers_of,
)
from analysis.metrics.behaviour.rates import NO_DECISIONS, NO_VARIATION, TOO_FEW, Rate
from analysis.metrics.intervals import t_quantile
from analysis.metrics.study import Array, Codes, Mask, count_by

EVERYBODY = ""
"""The key of the mean over models beside the models' own names."""


@dataclass(frozen=True)
class Grid:
    """Decisions of one group by model and scenario: arrays (models, scenarios)."""

    culture: Array
    preference: Array
    unknown: Array

    @property
    def valid(self) -> Array:
        """Decisions for one of the two labels."""
        return self.culture + self.preference


def mean_over_models(
    frame: pd.DataFrame, by: Sequence[str] = (), *, level: float = 0.95
) -> list[Rate]:
    """`allow_rate` and `unknown_rate` of every group of `by`: the plain mean of the models' rates.

    `frame` has columns model, scenario, culture, preference, unknown (counts) and those of `by`.
    Models count alike and are taken as they are, not as a sample of models; intervals are t
    intervals with scenarios as clusters over all models together. Raises ValueError for missing
    columns and for numbers that are no counts.
    """
    check(frame, ("model", *by))
    model, scenario = (codes_of(frame[name]) for name in ("model", "scenario"))
    counts = numbers_of(frame)
    return [
        rate
        for group, rows in groups_of(frame, by)
        for rate in _rates(_grid(model[rows], scenario[rows], counts[rows]), group, level)
    ]


def _grid(model: Codes, scenario: Codes, counts: Array) -> Grid:
    """Sums by model and scenario; scenarios of other groups are left out, models stay."""
    _, place = compressed(scenario)
    models, scenarios = int(model.max(initial=-1)) + 1, int(place.max(initial=-1)) + 1
    cell = model * scenarios + place
    return _sums(cell, counts, (models, scenarios))


def _sums(cell: Codes, counts: Array, shape: tuple[int, int]) -> Grid:
    size = shape[0] * shape[1]
    return Grid(*(count_by(cell, size, column).reshape(shape) for column in counts.T))


def _rates(grid: Grid, group: dict[str, str], level: float) -> Iterator[Rate]:
    every = grid.valid + grid.unknown
    present = int((every.sum(axis=1) > 0).sum())
    for metric, top, bottom in (
        ("allow_rate", grid.preference, grid.valid),
        ("unknown_rate", grid.unknown, every),
    ):
        known: Mask = bottom.sum(axis=1) > 0
        dropped = int(every.sum() - bottom.sum())
        if not known.any():
            yield Rate(metric, None, n_dropped=dropped, note=NO_DECISIONS, group=group)
            continue
        rates, moved = _moved(top[known], bottom[known])
        used = bottom[known].sum(axis=0) > 0
        value = float(rates.mean())
        lower, upper, note = _interval(moved.mean(axis=0)[used], value, level)
        if lower is not None and upper is not None:
            lower, upper = max(lower, 0.0), min(upper, 1.0)
        of = f"{known.sum()}" if known.all() else f"{known.sum()} of {present}"
        remark = "; ".join(part for part in (f"mean of {of} models", note) if part)
        yield Rate(
            metric, value, lower, upper, int(used.sum()), int(bottom[known].sum()), dropped,
            remark, group,
        )  # fmt: skip


def _moved(top: Array, bottom: Array) -> tuple[Array, Array]:
    """Each model's rate, and every scenario's part in its error: (models,), (models, scenarios)."""
    totals = bottom.sum(axis=1)
    rates = top.sum(axis=1) / totals
    return rates, (top - bottom * rates[:, None]) / totals[:, None]


@dataclass(frozen=True)
class RateGap:
    """The second allow rate less the first, in percentage points; undefined is None with a reason."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    n_scenarios: int = 0
    n_decisions: int = 0
    n_dropped: int = 0
    note: str = ""


def rate_gaps(
    first: pd.DataFrame, second: pd.DataFrame, *, level: float = 0.95
) -> dict[str, RateGap]:
    """The difference of two sets of decisions, each rate over its own valid decisions.

    By model, and under `EVERYBODY` the plain mean of the models that have both rates, where there
    are several. Frames as for `mean_over_models`. The sets may share scenarios (prompts) or not
    (kinds of preference): a scenario's parts of both rates are added before they are squared.
    Models with decisions in one set only are left out. Raises ValueError as `mean_over_models`.
    """
    both = pd.concat([first, second], ignore_index=True)
    check(both, ("model",))
    codes, names = pd.factorize(both["model"].astype(str), sort=True)
    model, scenario = np.asarray(codes, dtype=np.intp), codes_of(both["scenario"])
    counts = numbers_of(both)
    size = int(scenario.max(initial=-1)) + 1
    sides = []
    for rows in (slice(0, len(first)), slice(len(first), None)):
        cell = model[rows] * size + scenario[rows]
        sides.append(_sums(cell, counts[rows], (len(names), size)))
    known: Mask = np.all([side.valid.sum(axis=1) > 0 for side in sides], axis=0)
    kept = [Grid(s.culture[known], s.preference[known], s.unknown[known]) for s in sides]
    return _gaps([str(name) for name in names[known]], kept, level)


def _gaps(names: list[str], sides: list[Grid], level: float) -> dict[str, RateGap]:
    if not names:
        return {}
    parts = [_moved(side.preference, side.valid) for side in sides]
    value = parts[1][0] - parts[0][0]
    moved = parts[1][1] - parts[0][1]
    valid = sides[0].valid + sides[1].valid
    used: Mask = valid > 0
    decisions = valid.sum(axis=1)
    dropped = (sides[0].unknown + sides[1].unknown).sum(axis=1)
    found = {
        name: _gap(value[n], moved[n][used[n]], decisions[n], dropped[n], level)
        for n, name in enumerate(names)
    }
    if len(names) > 1:
        some = used.any(axis=0)
        found[EVERYBODY] = _gap(
            float(value.mean()), moved.mean(axis=0)[some], decisions.sum(), dropped.sum(), level
        )
    return found


def _gap(value: float, moved: Array, decisions: float, dropped: float, level: float) -> RateGap:
    lower, upper, note = _interval(100 * moved, 100 * float(value), level)
    return RateGap(100 * float(value), lower, upper, len(moved), int(decisions), int(dropped), note)


def _interval(moved: Array, value: float, level: float) -> tuple[float | None, float | None, str]:
    """Value plus and minus t times the root of G / (G - 1) sum moved^2, or neither and why."""
    n = len(moved)
    if n < 2:
        return None, None, TOO_FEW
    error = float(np.sqrt(n / (n - 1) * (moved @ moved)))
    if error < 1e-12:
        return None, None, NO_VARIATION
    reach = t_quantile(level, n - 1) * error
    return value - reach, value + reach, ""
