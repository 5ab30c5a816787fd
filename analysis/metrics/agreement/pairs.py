"""Who agrees with whom, and on which items raters differ."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.metrics.agreement.coefficients import AC1, PERCENT
from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.ratings import Ratings, Units
from analysis.metrics.agreement.result import Bounds, Disagreement, Pair
from analysis.metrics.agreement.spread import item_sums, linearised
from analysis.metrics.agreement.unanimous import edge
from analysis.metrics.study import Codes, count_by

NOTHING_SHARED = "the two rated no item in common"


def pairwise(
    ratings: pd.DataFrame,
    labels: Sequence[str],
    *,
    weights: str = "identity",
    level: float = 0.95,
) -> list[Pair]:
    """Observed agreement and AC1 of every two raters on what both rated, criteria pooled.

    Each unordered pair once, in alphabetical order; pairs that share nothing are undefined and say
    so. Intervals as in `summarise`. `ratings` as there; give the rows of one criterion for that one.
    """
    coded = Ratings(ratings, Labels(tuple(labels), weights))
    units = coded.units()
    rows = [np.flatnonzero(units.rater == place) for place in range(len(coded.raters))]
    return [
        _pair(coded.raters[one], coded.raters[two], _shared(units, rows[one], rows[two]), level)
        for one in range(len(rows))
        for two in range(one + 1, len(rows))
    ]


def _shared(units: Units, one: Codes, two: Codes) -> Units:
    """What two raters, given by their rows, both rated."""
    both, at_one, at_two = np.intersect1d(
        units.unit[one], units.unit[two], assume_unique=True, return_indices=True
    )
    place = np.arange(len(both))
    return Units(
        units.labels,
        np.concatenate([place, place]),
        np.repeat(np.array([0, 1], dtype=np.intp), len(both)),
        np.concatenate([units.label[one[at_one]], units.label[two[at_two]]]),
        units.item_of[both],
        units.n_known_items,
    )


def _pair(one: str, two: str, both: Units, level: float) -> Pair:
    if not both.n_units:
        return Pair(one, two, 0, 0, note=NOTHING_SHARED)
    observed, ac1 = item_sums(PERCENT, both), item_sums(AC1, both)
    bounds = [
        Bounds()
        if sums.value is None
        else edge(sums, sums.value, level) or linearised(sums, sums.value, level)
        for sums in (observed, ac1)
    ]
    return Pair(
        one,
        two,
        both.n_items,
        both.n_units,
        observed.value,
        bounds[0].lower,
        bounds[0].upper,
        ac1.value,
        bounds[1].lower,
        bounds[1].upper,
        note=bounds[0].note,
    )


def disagreement(
    ratings: pd.DataFrame, labels: Sequence[str], *, weights: str = "identity"
) -> list[Disagreement]:
    """Items by how often two of their raters differ, most first; those without a pair last.

    Ties: more pairs first, then by name. `ratings` as in `summarise`.
    """
    coded = Ratings(ratings, Labels(tuple(labels), weights))
    units = coded.units()
    paired = units.size >= 2
    differing = np.where(paired, 1 - units.scores, 0.0)
    size = len(coded.items)
    pairs = count_by(units.item_of, size, units.size * (units.size - 1) / 2)
    total = count_by(units.item_of, size, differing)
    criteria = count_by(units.item_of[paired], size)
    ratings_of = count_by(units.item_of, size, units.size)
    counts = _counts(coded)
    found = [
        Disagreement(
            name,
            float(total[place] / criteria[place]) if criteria[place] else None,
            int(pairs[place]),
            int(ratings_of[place]),
            counts.get(place, {}),
        )
        for place, name in enumerate(coded.items)
    ]
    return sorted(found, key=_most_first)


def _most_first(row: Disagreement) -> tuple[float, int, str]:
    most = -1.0 if row.disagreement is None else row.disagreement
    return -most, -row.n_pairs, row.item


def _counts(coded: Ratings) -> dict[int, dict[str, dict[str, int]]]:
    """How often each label was chosen, by item and criterion."""
    rated = coded.label >= 0
    columns = (coded.item[rated], coded.criterion[rated], coded.label[rated])
    keys, times = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    found: dict[int, dict[str, dict[str, int]]] = {}
    for (item, criterion, label), count in zip(keys.tolist(), times.tolist(), strict=True):
        labels = found.setdefault(item, {}).setdefault(coded.criteria[criterion], {})
        labels[coded.labels.names[label]] = count
    return found
