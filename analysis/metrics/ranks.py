"""Rank correlation of entropies, which cannot be had from sums."""

import numpy as np
from scipy import stats

from analysis.metrics.cells import Cells
from analysis.metrics.intervals import Spread, Tally, codes_used, tally
from analysis.metrics.study import Array, Mask, divide
from analysis.metrics.terms import NO_SPREAD, both, entropy


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
    for code in np.unique(cells.scenario[counted]):
        kept = counted & (cells.scenario != code)
        replicates[code] = rank_correlation(human, bits, kept)
    return replicates


def without_people(cells: Cells, bits: Array, value: float) -> Array:
    """rho with each participant left out."""
    replicates = np.full(cells.n_people, value)
    for code in np.unique(cells.answer_person):
        mine = cells.answer_person == code
        where = cells.answer_cell[mine]
        k, n = cells.k.copy(), cells.n.copy()
        np.subtract.at(k, where, cells.answer_y[mine])
        np.subtract.at(n, where, 1.0)
        replicates[code] = rank_correlation(entropy(divide(k, n)), bits, both(n, cells.side))
    return replicates


def rank_correlation(x: Array, y: Array, kept: Mask) -> float:
    """Spearman's rho of the kept entries; NaN without spread in either."""
    if kept.sum() < 2:
        return float("nan")
    ranks = [stats.rankdata(np.round(values[kept], 12)) for values in (x, y)]
    centred = [rank - rank.mean() for rank in ranks]
    size = np.sqrt((centred[0] @ centred[0]) * (centred[1] @ centred[1]))
    if size < NO_SPREAD:
        return float("nan")
    return float(centred[0] @ centred[1] / size)
