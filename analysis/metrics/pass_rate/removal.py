"""What removal by flag gets wrong, from people's checks of flagged and of unflagged items."""

import pandas as pd

from analysis.metrics.pass_rate.exact import share_bounds
from analysis.metrics.pass_rate.population import numbers
from analysis.metrics.pass_rate.result import Rate


def removal_errors(population: pd.DataFrame, *, level: float = 0.95) -> list[Rate]:
    """Three rates with exact hypergeometric intervals (finite populations).

    `false_removal_rate`: of the flagged items, those people find acceptable. `miss_rate`: of the
    unflagged, those people find unacceptable. `missed_share`: of all unacceptable items, those
    that no flag caught; its bounds combine those of the other two at half the error each.

    `population` has item, flagged (true, false) and human (1, 0, missing: not checked); the checked
    items are a random sample of their side. Pass removed for flagged to speak of removals.
    """
    flagged = population["flagged"].astype(bool)
    on, off = population[flagged], population[~flagged]
    return [
        _side("false_removal_rate", "flagged", on, 1.0, level),
        _side("miss_rate", "unflagged", off, 0.0, level),
        _missed(on, off, level),
    ]


def kept_rate(population: pd.DataFrame, *, level: float = 0.95) -> Rate:
    """The share of the kept items that people find acceptable.

    `population` as above, with removed and decided: 1 and 0 for every person's decision, drawn or
    not. What somebody decided is known; of the other kept items, all of them unflagged, as many are
    unacceptable as the drawn checks of that side leave, with the same exact bounds.
    """
    made = ("dataset_pass_rate", "after:removal;source:human")
    kept = population[~population["removed"].astype(bool)]
    if kept.empty:
        return Rate(*made, None, note="no item was kept")
    open_ = int(numbers(kept["decided"]).isna().sum())
    bad = int((numbers(kept["decided"]) == 0).sum())
    off = population[~population["flagged"].astype(bool)]
    missed = _side("missed", "unflagged", off, 0.0, level)
    if open_ and missed.value is None:
        return Rate(*made, None, n_population=len(kept), note=missed.note)
    found = int((numbers(off["decided"]) == 0).sum())

    def share(rate: float | None) -> float:
        left = min(max((rate or 0.0) * len(off) - found, 0.0), float(open_))
        return 1 - (bad + left) / len(kept)

    bounds = share(missed.upper), share(missed.lower)
    return Rate(*made, share(missed.value), *bounds, len(kept), missed.n_sampled)


def _side(metric: str, side: str, rows: pd.DataFrame, counted: float, level: float) -> Rate:
    checked = numbers(rows["human"]).dropna()
    definition = f"side:{side};source:human"
    if not len(checked):
        what = "was checked by people" if len(rows) else "exists"
        note = f"no {side} item {what}"
        return Rate(metric, definition, None, n_population=len(rows), note=note)
    hits = int((checked == counted).sum())
    lower, upper = share_bounds(len(rows), len(checked), hits, level)
    value = hits / len(checked)
    return Rate(metric, definition, value, lower, upper, len(rows), len(checked))


def _missed(on: pd.DataFrame, off: pd.DataFrame, level: float) -> Rate:
    half = 1 - (1 - level) / 2
    caught = _side("caught", "flagged", on, 0.0, half)
    missed = _side("missed", "unflagged", off, 0.0, half)
    n, sampled = len(on) + len(off), caught.n_sampled + missed.n_sampled
    made = ("missed_share", "side:both;source:human")
    if caught.value is None or missed.value is None:
        note = caught.note or missed.note
        return Rate(*made, None, n_population=n, n_sampled=sampled, note=note)
    value = _share(missed.value * len(off), caught.value * len(on))
    if value is None:
        note = "no checked item is unacceptable"
        return Rate(*made, None, n_population=n, n_sampled=sampled, note=note)
    lower = _share((missed.lower or 0.0) * len(off), (caught.upper or 0.0) * len(on))
    upper = _share((missed.upper or 0.0) * len(off), (caught.lower or 0.0) * len(on))
    return Rate(*made, value, lower, upper, n, sampled)


def _share(part: float, rest: float) -> float | None:
    return part / (part + rest) if part + rest > 0 else None
