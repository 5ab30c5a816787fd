"""Rank correlation of entropies, which cannot be had from sums."""

from collections.abc import Iterator

import numpy as np
from scipy import stats

from analysis.metrics.cells import Cells
from analysis.metrics.intervals import Spread, Tally, codes_used, tally
from analysis.metrics.study import Array, Codes, Mask, divide
from analysis.metrics.terms import NO_SPREAD, both, entropy

AT_ONCE = 2_000_000
"""Replicates times cells that are ranked together: sixteen megabytes an array."""


def spearman(cells: Cells) -> Tally:
    """Spearman's rho over cells of human and model entropy, with its delete-one replicates.

    The intersection of clusters is not subtracted, so the interval errs on the wide side.
    """
    counted = both(cells.n, cells.side)
    bits = entropy(cells.side.q)
    value = rank_correlation(entropy(divide(cells.k, cells.n)), bits, counted)
    used = counted[cells.answer_cell]
    spread = Spread(
        value,
        without_scenarios(cells, bits, counted, value),
        without_people(cells, bits, value),
        np.full(cells.n_pairs, value),
        codes_used(cells.scenario[counted], cells.n_scenarios),
        codes_used(cells.answer_person[used], cells.n_people),
        codes_used(cells.answer_pair[used], cells.n_pairs),
    )
    return tally(cells, counted, spread)


def without_scenarios(cells: Cells, bits: Array, counted: Mask, value: float) -> Array:
    """rho with each scenario left out."""
    replicates = np.full(cells.n_scenarios, value)
    human = entropy(divide(cells.k, cells.n))
    codes = np.unique(cells.scenario[counted])
    for part in _parts(codes, len(counted)):
        kept = counted & (cells.scenario != part[:, None])
        replicates[part] = rank_correlations(np.broadcast_to(human, kept.shape), bits, kept)
    return replicates


def without_people(cells: Cells, bits: Array, value: float) -> Array:
    """rho with each participant left out."""
    replicates = np.full(cells.n_people, value)
    codes, place = np.unique(cells.answer_person, return_inverse=True)
    for start, part in _numbered(_parts(codes, len(bits))):
        mine = (place >= start) & (place < start + len(part))
        where = (place[mine] - start, cells.answer_cell[mine])
        k, n = np.tile(cells.k, (len(part), 1)), np.tile(cells.n, (len(part), 1))
        np.subtract.at(k, where, cells.answer_y[mine])
        np.subtract.at(n, where, 1.0)
        kept = both(n, cells.side)
        replicates[part] = rank_correlations(entropy(divide(k, n)), bits, kept)
    return replicates


def _parts(codes: Codes, cells: int) -> list[Codes]:
    """The codes in parts whose replicates of every cell fit into memory."""
    return np.array_split(codes, max(1, -(-len(codes) * cells // AT_ONCE)))


def _numbered(parts: list[Codes]) -> Iterator[tuple[int, Codes]]:
    """Each part with the place of its first code."""
    start = 0
    for part in parts:
        yield start, part
        start += len(part)


def rank_correlation(x: Array, y: Array, kept: Mask) -> float:
    """Spearman's rho of the kept entries; NaN without spread in either."""
    return float(rank_correlations(x[None, :], y, kept[None, :])[0])


def rank_correlations(x: Array, y: Array, kept: Mask) -> Array:
    """Spearman's rho of x (replicates, cells) and y (cells,), over the kept cells of each row."""
    count = np.maximum(kept.sum(axis=1), 1)[:, None]
    centred = []
    for values in (x, np.broadcast_to(y, x.shape)):
        # What is left out ranks behind everything else, so that it moves no rank.
        ranks = stats.rankdata(np.where(kept, np.round(values, 12), np.inf), axis=1)
        centre = np.where(kept, ranks, 0.0).sum(axis=1, keepdims=True) / count
        centred.append(np.where(kept, ranks - centre, 0.0))
    one, other = centred
    size = np.sqrt((one * one).sum(axis=1) * (other * other).sum(axis=1))
    spread = (size >= NO_SPREAD) & (kept.sum(axis=1) >= 2)
    return np.where(spread, divide((one * other).sum(axis=1), size), np.nan)
