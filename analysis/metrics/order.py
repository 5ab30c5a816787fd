"""Does a model answer differently when the culture action is shown first?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from analysis.metrics.book import Book
from analysis.metrics.bootstrap import Resampler
from analysis.metrics.contrasts import paired
from analysis.metrics.intervals import Plain, Settings, Tally
from analysis.metrics.study import Array, Codes, floats

FIRST, SECOND = "culture_first", "preference_first"
NO_ORDERS = "no valid answers paired over both option orders"
NOT_SINGLE = "McNemar's test needs exactly one hard pair a scenario"
NO_Z = "both orders gave the same single choice, or one gave no valid answer"
EXACT_CLUSTERS = 12


@dataclass(frozen=True)
class Pairs:
    """Answers to the same cell under both orders: values, items, and cells lacking one."""

    first: Array
    second: Array
    item: Codes
    dropped: int


def add_order_effect(
    book: Book, frame: str, resampler: Resampler, rows: pd.DataFrame, settings: Settings
) -> None:
    """Enter the paired difference and its three tests; nothing where only one order was asked."""
    if not {FIRST, SECOND} <= set(rows["option_order"]):
        return
    for scale, column in (("probability", "q"), ("hard", "choice")):
        pairs = make_pairs(resampler, rows, column)
        add_difference(book, frame, scale, pairs, resampler, settings)
    add_hard_tests(book, frame, pairs, resampler, rows)


def make_pairs(resampler: Resampler, rows: pd.DataFrame, column: str) -> Pairs:
    """Pair the two orders of every otherwise equal cell."""
    wide = paired(rows, "option_order", column).reindex(columns=[FIRST, SECOND])
    valid = wide[wide.notna().all(axis=1)]
    item = resampler.study.item_codes(valid.index.get_level_values("item").to_series())
    first, second = (valid[name].to_numpy(np.float64) for name in (FIRST, SECOND))
    return Pairs(first, second, item, len(wide) - len(valid))


def add_difference(
    book: Book, frame: str, scale: str, pairs: Pairs, resampler: Resampler, settings: Settings
) -> None:
    """The mean paired difference with its sign-flip p."""
    scenario = resampler.study.item_scenario[pairs.item]
    change = pairs.first - pairs.second
    mean = resampler.scenario_mean(scenario, change, np.ones_like(change))
    p, how = sign_flip_p(scenario_sums(change, scenario), settings)
    for metric, spread, note in (("order_effect", mean, ""), ("order_effect_p", Plain(p), how)):
        counts = _counts(pairs, spread)
        low = -1.0 if metric == "order_effect" else 0.0
        book.add(
            frame,
            metric,
            counts,
            low=low,
            high=1.0,
            undefined=NO_ORDERS,
            note=note,
            tokens={"scale": scale},
        )


def _counts(pairs: Pairs, spread: "Plain | object") -> Tally:
    return Tally(
        spread,  # type: ignore[arg-type]
        n_items=len(np.unique(pairs.item)),
        n_answers=2 * len(pairs.item),
        n_dropped=pairs.dropped,
    )


def scenario_sums(change: Array, scenario: Codes) -> Array:
    """Summed differences of each scenario that has any."""
    codes, place = np.unique(scenario, return_inverse=True)
    return np.bincount(place, weights=change, minlength=len(codes)).astype(np.float64)


def sign_flip_p(sums: Array, settings: Settings) -> tuple[float, str]:
    """Two-sided p of the mean difference under sign flips of whole scenarios, and how it was got.

    Every pattern of signs where there are at most 12 scenarios, else seeded random flips, counting
    the observed one. NaN without scenarios.
    """
    if not len(sums):
        return float("nan"), ""
    seen = abs(sums.sum()) - 1e-12
    if len(sums) <= EXACT_CLUSTERS:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(sums))))
        share = float((np.abs(signs @ sums) >= seen).mean())
        return share, f"all {len(signs)} sign patterns of {len(sums)} scenarios"
    rng = np.random.default_rng([settings.seed, 4])
    flips = rng.choice((-1.0, 1.0), size=(settings.replicates, len(sums)))
    extreme = int((np.abs(flips @ sums) >= seen).sum())
    p = (1 + extreme) / (settings.replicates + 1)
    return p, f"{settings.replicates} random sign flips of {len(sums)} scenarios"


def mcnemar_p(first: Array, second: Array) -> float:
    """Exact two-sided p from the discordant pairs; 1 where there are none."""
    gained = int((first > second).sum())
    lost = int((first < second).sum())
    if gained + lost == 0:
        return 1.0
    return float(stats.binomtest(gained, gained + lost, 0.5).pvalue)


def two_proportion_p(successes: tuple[float, float], sizes: tuple[float, float]) -> float:
    """Two-sided p of the pooled two-proportion z test; NaN without variation or answers."""
    total = sum(sizes)
    rate = sum(successes) / total if total else 0.0
    if min(sizes) == 0 or not 0 < rate < 1:
        return float("nan")
    error = np.sqrt(rate * (1 - rate) * (1 / sizes[0] + 1 / sizes[1]))
    z = (successes[0] / sizes[0] - successes[1] / sizes[1]) / error
    return float(2 * stats.norm.sf(abs(z)))


def add_hard_tests(
    book: Book, frame: str, pairs: Pairs, resampler: Resampler, rows: pd.DataFrame
) -> None:
    """McNemar's test where it applies, and the paper's unpaired z."""
    scenario = resampler.study.item_scenario[pairs.item]
    hard = np.isin(np.concatenate([pairs.first, pairs.second]), (0.0, 1.0)).all()
    single = len(scenario) > 0 and len(np.unique(scenario)) == len(scenario) and hard
    mcnemar = mcnemar_p(pairs.first, pairs.second) if single else float("nan")
    choices = [_choices(rows, order) for order in (FIRST, SECOND)]
    z = two_proportion_p(
        (float(choices[0].sum()), float(choices[1].sum())), (len(choices[0]), len(choices[1]))
    )
    for metric, p, reason in _tests(mcnemar, z):
        book.add(frame, metric, _counts(pairs, Plain(p)), low=0, high=1, undefined=reason)


def _tests(mcnemar: float, z: float) -> Iterator[tuple[str, float, str]]:
    yield "order_effect_p_mcnemar", mcnemar, NOT_SINGLE
    yield "order_effect_p_z", z, NO_Z


def _choices(rows: pd.DataFrame, order: str) -> Array:
    """Valid hard choices under one order."""
    choice = rows.loc[rows["option_order"] == order, "choice"]
    return floats(choice[choice.notna()])
