"""How much of a model's variance items, personas, style, order, model and sampling make.

The answers form a grid: items by persona countries, demographics, prompt styles, option orders (and
models). On a full grid the sums of squares are exact: a source's share is the variance of its levels'
means, its total share the mean variance along it with everything else held still, and main effects,
interactions and repeated sampling add up to the variance of the answers. What repeated sampling alone
would put into a part is taken out of it, by its degrees of freedom. Missing cells are filled with the
additive least-squares fit to the others (Yates 1933), which leaves main effects at their
least-squares estimates and adds nothing to interactions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.metrics.baselines import PREFIX
from analysis.metrics.book import Book
from analysis.metrics.estimate import ALL_MODELS
from analysis.metrics.intervals import Plain, Spread, Tally, Value
from analysis.metrics.study import (
    FRAMES,
    Array,
    Codes,
    Mask,
    Study,
    count_by,
    divide,
    divide_or_nan,
    floats,
)

SOURCES = {
    "persona_country": "persona_country",
    "persona_demographics": "persona_demo",
    "style": "prompt_style",
    "order": "option_order",
    "model": "model",
}
"""Source -> the column whose levels it has; items are a source always."""

ITEM, INTERACTIONS, SAMPLING, WHOLE = "item", "interactions", "sampling", "all"
SCALES = {"probability": "q", "hard": "choice"}
MOST_MISSING = 0.5

NO_ANSWERS = "no valid answers"
TOO_SPARSE = "more than half of the combinations have no valid answer"
TANGLED = "the sources cannot be told apart: some were only asked together"
STILL = "the answers do not vary"
ASKED_ONCE = "every question was asked once: what asking again changes is among the interactions"
FILLED = "{n} of {of} combinations without a valid answer were filled in from the others"


@dataclass(frozen=True)
class Grid:
    """Mean answers, one axis a source and items first, (items, levels, ...); NaN where missing.

    `within` is the variance of repeated answers in a cell, NaN where there is one at most; `inverse`
    is 1 / answers of each cell, NaN where missing; `scenario` the scenario's code of each item.
    """

    sources: tuple[str, ...]
    means: Array
    within: Array
    inverse: Array
    scenario: Codes
    n_answers: int

    @property
    def n_missing(self) -> int:
        """Cells without a valid answer."""
        return int(np.isnan(self.means).sum())


def make_grid(study: Study, rows: pd.DataFrame, column: str) -> Grid:
    """Lay MODEL rows out; levels and items without any valid answer are left out."""
    q, choice = (rows[name].to_numpy(np.float64, na_value=np.nan) for name in ("q", "choice"))
    valid = ~np.isnan(q) & ~np.isnan(choice)
    kept, values = rows[valid], (q if column == "q" else choice)[valid]
    codes, shape, sources = [], [], []
    items, item = np.unique(study.item_codes(kept["item"]), return_inverse=True)
    codes.append(item)
    shape.append(len(items))
    for source, name in SOURCES.items():
        code, levels = pd.factorize(kept[name].astype(str), sort=True)
        if len(levels) > 1:
            codes.append(code)
            shape.append(len(levels))
            sources.append(source)
    cell = np.ravel_multi_index(codes, shape) if len(kept) else np.zeros(0, dtype=np.intp)
    size = int(np.prod(shape))
    n, total, squares = (count_by(cell, size, w) for w in (None, values, values**2))
    mean = divide_or_nan(total, n)
    spread = np.maximum(squares - divide(total**2, n), 0.0)
    return Grid(
        sources=tuple(sources),
        means=mean.reshape(shape),
        within=np.where(n > 1, divide(spread, n - 1), np.nan).reshape(shape),
        inverse=divide_or_nan(np.ones(size), n).reshape(shape),
        scenario=study.item_scenario[items],
        n_answers=len(kept),
    )


def filled(means: Array) -> Array | None:
    """The grid with additive predictions where it has gaps; None where sources are tangled."""
    seen = ~np.isnan(means)
    if seen.all():
        return means
    cross, right = _normal_equations(seen, np.where(seen, means, 0.0))
    if np.linalg.matrix_rank(cross, tol=1e-8 * seen.sum()) < 1 + sum(n - 1 for n in means.shape):
        return None
    beta = np.linalg.lstsq(cross, right, rcond=None)[0]
    fit = np.full(means.shape, beta[0])
    start = 1
    for axis, size in enumerate(means.shape):
        along = [1] * means.ndim
        along[axis] = size
        fit += beta[start : start + size].reshape(along)
        start += size
    return np.where(seen, means, fit)


def _normal_equations(seen: Mask, values: Array) -> tuple[Array, Array]:
    """X'X and X'y of an intercept and every axis' indicators over the cells that are there."""
    count = floats(seen)
    starts = 1 + np.concatenate([[0], np.cumsum(seen.shape)]).astype(int)
    cross = np.zeros((starts[-1], starts[-1]))
    cross[0, 0] = count.sum()
    right = [np.array([values.sum()])]
    for axis in range(seen.ndim):
        at = slice(starts[axis], starts[axis + 1])
        sums = _over(count, axis)
        cross[0, at] = cross[at, 0] = sums
        cross[at, at] = np.diag(sums)
        right.append(_over(values, axis))
    for one, other in combinations(range(seen.ndim), 2):
        block = count.sum(axis=tuple(a for a in range(seen.ndim) if a not in (one, other)))
        rows, columns = (slice(starts[a], starts[a + 1]) for a in (one, other))
        cross[rows, columns], cross[columns, rows] = block, block.T
    return cross, np.concatenate(right)


def _over(values: Array, axis: int) -> Array:
    """Sums along all axes but one."""
    return floats(values.sum(axis=tuple(a for a in range(values.ndim) if a != axis)))


@dataclass(frozen=True)
class Split:
    """The variance of a filled grid in parts, and each of them without every scenario.

    All arrays have one entry for the whole grid and then one for each scenario left out.
    """

    grid: Grid
    full: Array
    n_scenarios: int

    def _means(self, values: Array) -> Array:
        """The mean over items of (items, ...), whole and without each scenario."""
        flat = values.reshape(len(values), -1)
        sums = np.zeros((self.n_scenarios, flat.shape[1]))
        np.add.at(sums, self.grid.scenario, flat)
        left = np.vstack([sums.sum(axis=0), sums.sum(axis=0) - sums])
        return divide_or_nan(left, np.repeat(self._items[:, None], flat.shape[1], axis=1))

    @cached_property
    def _items(self) -> Array:
        per = count_by(self.grid.scenario, self.n_scenarios)
        return floats(np.concatenate([[per.sum()], per.sum() - per]))

    def _mean(self, values: Array) -> Array:
        """The mean over items of (items,)."""
        return floats(self._means(values[:, None])[:, 0])

    @cached_property
    def _square(self) -> Array:
        return self._mean(_per_item(self.full)) ** 2

    @cached_property
    def sampling(self) -> Array:
        """The variance of repeated answers to the same question; NaN where none was repeated."""
        known = ~np.isnan(self.grid.within)
        sums = self._mean(_per_item(np.where(known, self.grid.within, 0.0)))
        return divide_or_nan(sums, self._mean(_per_item(floats(known))))

    @cached_property
    def _noise(self) -> Array:
        """What sampling adds to the variance of a cell's mean."""
        seen = ~np.isnan(self.grid.inverse)
        sums = self._mean(_per_item(np.where(seen, self.grid.inverse, 0.0)))
        share = divide_or_nan(sums, self._mean(_per_item(floats(seen))))
        return np.where(np.isnan(self.sampling), 0.0, self.sampling * share)

    @cached_property
    def total(self) -> Array:
        """The variance of single answers."""
        cells = self._mean(_per_item(self.full**2)) - self._square
        return cells + np.nan_to_num(self.sampling) - self._noise

    def main(self, source: str) -> Array:
        """The variance of a source's means."""
        per_item = self.full.size / len(self.full)
        cells = self._items * per_item
        if source == ITEM:
            means = self._mean(_per_item(self.full) ** 2)
            return means - self._square - self._noise * divide(self._items - 1, cells)
        axis = self._axis(source)
        others = tuple(a for a in range(1, self.full.ndim) if a != axis)
        levels = self._means(self.full.mean(axis=others))
        made = (levels**2).mean(axis=1) - self._square
        return floats(made - self._noise * divide(np.full_like(cells, levels.shape[1] - 1), cells))

    def whole(self, source: str) -> Array:
        """The mean variance along a source, everything else held still."""
        if source == ITEM:
            cells = self._means(self.full)
            made = self._mean(_per_item(self.full**2)) - (cells**2).mean(axis=1)
            return floats(made - self._noise * divide(self._items - 1, self._items))
        axis = self._axis(source)
        size = self.full.shape[axis]
        made = self._mean(_per_item(self.full.var(axis=axis, keepdims=True)))
        return floats(made - self._noise * (size - 1) / size)

    def interactions(self) -> Array:
        """What is left of the variance."""
        mains = [self.main(source) for source in (ITEM, *self.grid.sources)]
        return floats(self.total - np.sum(mains, axis=0) - np.nan_to_num(self.sampling))

    def _axis(self, source: str) -> int:
        return 1 + self.grid.sources.index(source)

    def spread(self, values: Array) -> Spread:
        """A part with its jackknife over scenarios."""
        used = np.zeros(self.n_scenarios, dtype=bool)
        used[self.grid.scenario] = True
        none, nobody = np.zeros(0), np.zeros(0, dtype=bool)
        return Spread(float(values[0]), values[1:], none, none, used, nobody, nobody)

    def share(self, values: Array) -> Spread:
        """A part as a share of the variance, with its jackknife."""
        return self.spread(divide_or_nan(values, self.total, least=1e-12))


def _per_item(values: Array) -> Array:
    """Means over everything but the first axis."""
    return floats(values.reshape(len(values), -1).mean(axis=1))


def add_split(book: Book, frame: str, study: Study, rows: pd.DataFrame) -> None:
    """Enter the parts of one model's variance in one question; nothing where one thing varied.

    `rows` are MODEL rows of one setting and frame.
    """
    for scale, column in SCALES.items():
        grid = make_grid(study, rows, column)
        if grid.n_answers and not grid.sources and np.isnan(grid.within).all():
            continue
        _enter(book, frame, study, grid, scale)


def _enter(book: Book, frame: str, study: Study, grid: Grid, scale: str) -> None:
    note = FILLED.format(n=grid.n_missing, of=grid.means.size) if grid.n_missing else ""
    for metric, source, spread, reason in _parts(study, grid):
        counts = Tally(
            spread,
            n_items=len(grid.means),
            n_answers=grid.n_answers,
            n_dropped=grid.n_missing,
        )
        book.add(
            frame,
            metric,
            counts,
            group={"source": source},
            high=1.0,
            undefined=reason,
            note="; ".join(text for text in (note, _remark(source, grid)) if text),
            tokens={"scale": scale},
        )


def _remark(source: str, grid: Grid) -> str:
    asked_once = bool(np.isnan(grid.within).all())
    return ASKED_ONCE if source == INTERACTIONS and asked_once else ""


def _parts(study: Study, grid: Grid) -> Iterator[tuple[str, str, Value, str]]:
    """Metric, source, value and the reason should it be undefined."""
    if not grid.n_answers:
        yield "answer_variance", WHOLE, Plain(float("nan")), NO_ANSWERS
        return
    full, reason = _whole_grid(grid)
    split = Split(grid, grid.means if full is None else full, study.n_scenarios)
    yield "answer_variance", WHOLE, split.spread(_if(full, split.total)), reason
    for name in (ITEM, *grid.sources):
        yield "variance_share", name, split.share(_if(full, split.main(name))), reason
        yield "variance_total_share", name, split.share(_if(full, split.whole(name))), reason
    yield "variance_share", INTERACTIONS, split.share(_if(full, split.interactions())), reason
    once = ASKED_ONCE if full is not None and np.isnan(split.sampling[0]) else reason
    yield "variance_share", SAMPLING, split.share(_if(full, split.sampling)), once


def _whole_grid(grid: Grid) -> tuple[Array | None, str]:
    """The grid without gaps, or None, and why its parts are undefined where they are."""
    if grid.n_missing > MOST_MISSING * grid.means.size:
        return None, TOO_SPARSE
    full = filled(grid.means)
    return full, STILL if full is not None else TANGLED


def _if(full: Array | None, values: Array) -> Array:
    return values if full is not None else np.full_like(values, np.nan)


def pooled_books(study: Study, model: pd.DataFrame, table: str) -> Iterator[Book]:
    """One book a setting: all models together, the model being one more source.

    Only levels of persona, style and order enter that every model was asked under, and references
    stay out; nothing where fewer than two models were asked.
    """
    real = model[~model["model"].astype(str).str.startswith(PREFIX)]
    for setting in sorted(real["setting"].astype(str).unique()):
        book = Book(table, setting, ALL_MODELS)
        rows = real[real["setting"] == setting]
        for frame in FRAMES:
            shared = _shared(rows[rows["frame"] == frame])
            if shared["model"].nunique() > 1:
                add_split(book, frame, study, shared)
        book.add_mean_of_frames()
        if book.pages:
            yield book


def _shared(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose persona, style and order every model was asked under."""
    models = rows["model"].nunique()
    for name in (name for name in SOURCES.values() if name != "model"):
        asked = rows.groupby(name)["model"].nunique()
        rows = rows[rows[name].isin(asked.index[asked == models])]
    return rows
