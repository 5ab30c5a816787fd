"""Shares and means of answers with intervals over scenarios: answers about one scenario are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEVEL: Final = 0.95
NOTHING: Final = "nothing to count"


@dataclass(frozen=True)
class Share:
    """`k` of `n`, or a sum over `n` answers, with its interval; None with a `note` where undefined.

    The interval is a delete-one jackknife over `clusters` scenarios, as for every number about a
    model alone.
    """

    value: float | None
    n: int
    k: float
    clusters: int
    lower: float | None = None
    upper: float | None = None
    note: str = ""


def over_clusters(
    k: Sequence[float], n: Sequence[int], *, low: float = 0.0, high: float = 1.0
) -> Share:
    """sum(k) / sum(n) with its 95 % interval, cut to [low, high]; one entry a cluster.

    Clusters with no answer (n = 0) do not count.
    """
    import numpy as np

    from analysis.metrics.intervals import Spread

    sums, sizes = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    used = sizes > 0
    sums, sizes = sums[used], sizes[used]
    total, size = float(sums.sum()), float(sizes.sum())
    if not size:
        return Share(None, 0, 0.0, 0, note=NOTHING)
    rest = np.where(size - sizes > 0, size - sizes, np.nan)
    replicates = np.where(np.isnan(rest), np.nan, (total - sums) / rest)
    none, nobody = np.empty(0), np.empty(0, dtype=bool)
    everyone = np.ones(len(sums), dtype=bool)
    spread = Spread(total / size, replicates, none, none, everyone, nobody, nobody)
    found = spread.interval(LEVEL, low, high)
    lower, upper = (None if end is None else float(end) for end in (found.lower, found.upper))
    return Share(total / size, int(size), total, len(sums), lower, upper, found.note)
