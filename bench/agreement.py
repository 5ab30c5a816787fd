"""Agreement of 20,000 items x 4 raters: all coefficients with intervals, beside statsmodels.

    python bench/agreement.py

The same ratings go through `summarise` (ten coefficients, Gwet's errors, jackknife), the same with
2,000 bootstrap replicates, and statsmodels' `aggregate_raters` and `fleiss_kappa` (one coefficient,
no error). The bootstrap's baseline draws items and calls `fleiss_kappa` 50 times; its time for 2,000
is projected. A second table is harder: five labels, a third of the ratings missing, so that few
items look alike. Each lane runs five times, the median counts. Compare ratios, not machines.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from analysis.metrics.agreement import POOLED, summarise
from bench.table import Figure, tell

ITEMS, RATERS, REPLICATES, SAMPLE = 20_000, 4, 2_000, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=ITEMS)
    items = parser.parse_args().items
    easy = _draw(items, 2, missing=0.0)
    hard = _draw(items, 5, missing=1 / 3)
    print(f"{items:,} items x {RATERS} raters, median of five runs; peak memory at the end")
    for name, table, labels in (("two labels", easy, "01"), ("five labels, holes", hard, "01234")):
        _compare(name, table, labels)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:,.0f} MB")
    tell(Figure("peak memory", peak, "MB", size=items))


def _draw(items: int, q: int, missing: float) -> np.ndarray:
    """Labels (items, raters) that raters draw around each item's own; -1 is missing."""
    rng = np.random.default_rng(11)
    own = rng.integers(0, q, (items, 1))
    table = np.where(rng.random((items, RATERS)) < 0.7, own, rng.integers(0, q, (items, RATERS)))
    return np.where(rng.random((items, RATERS)) < missing, -1, table)


def _compare(name: str, table: np.ndarray, labels: str) -> None:
    frame = _long(table)
    rng = np.random.default_rng(3)
    analytic = _time(lambda: summarise(frame, labels))
    drawn = _time(lambda: summarise(frame, labels, generator=rng, replicates=REPLICATES))
    print(f"\n{name}")
    print(f"  ten coefficients with intervals           {analytic:8.3f} s")
    print(f"  with {REPLICATES:,} bootstrap replicates           {drawn:8.3f} s")
    if (table < 0).any():  # statsmodels' Fleiss takes no missing ratings
        tell(Figure(f"ten coefficients, {name}", analytic, "s", size=len(table)))
        return
    theirs = _time(lambda: fleiss_kappa(aggregate_raters(table)[0]))
    counts = aggregate_raters(table)[0]
    one = _time(lambda: _resample(counts, rng)) / SAMPLE * REPLICATES
    print(
        f"  statsmodels: Fleiss' kappa alone          {theirs:8.3f} s  ours / theirs {analytic / theirs:.2f}"
    )
    print(
        f"  its kappa bootstrapped (projected)        {one:8.3f} s  ours / theirs {drawn / one:.3f}"
    )
    tell(
        Figure("ten coefficients", analytic, "s", analytic / theirs, "Fleiss' kappa alone", size=len(table)),
        Figure("with 2,000 bootstrap replicates", drawn, "s", drawn / one, "its kappa bootstrapped", size=len(table)),
    )  # fmt: skip
    ours = {
        row.coefficient: row.value for row in summarise(frame, labels) if row.criterion == POOLED
    }
    assert abs(ours["fleiss"] - fleiss_kappa(counts)) < 1e-12


def _resample(counts: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(SAMPLE):
        fleiss_kappa(counts[rng.integers(0, len(counts), len(counts))])


def _long(table: np.ndarray) -> pd.DataFrame:
    items, raters = np.indices(table.shape).reshape(2, -1)
    values = table.ravel()
    return pd.DataFrame(
        {
            "item": np.char.add("i", items.astype(str)),
            "rater": np.char.add("r", raters.astype(str)),
            "criterion": "clear",
            "value": np.where(values < 0, "", values.astype(str)),
        }
    )


def _time(work: Callable[[], object], runs: int = 5) -> float:
    work()
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return median(seconds)


if __name__ == "__main__":
    main()
