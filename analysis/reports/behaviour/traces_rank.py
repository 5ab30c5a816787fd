"""Which scenarios of a benchmark are worth reading, by what models decided about them alone.

Every list is ranked by a lower bound (`analysis.metrics.traces`), so that scenarios with few
decisions do not lead it by chance. Shares are of valid decisions and count what was allowed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.frames.decisions import ROLE, Contrast
from analysis.frames.dilemmas import Key
from analysis.metrics import traces as rules
from analysis.metrics.traces import Bounded, Share


@dataclass(frozen=True)
class Ranked:
    """A scenario with its measure, and the shares behind it by what is compared."""

    key: Key
    measure: Bounded
    shares: Mapping[str, Share]


@dataclass(frozen=True)
class TraceList:
    """The top of one list; `of` says how many scenarios were ranked."""

    name: str
    top: tuple[Ranked, ...]
    of: int
    contrast: Contrast | None = None


def part_by(name: str, column: str, asked: pd.DataFrame, level: float, most: int) -> TraceList:
    """Scenarios on which the levels of a column (models, roles) part most: highest less lowest."""
    shares = _allowed(asked, column)
    several = {key: found for key, found in shares.items() if len(found) > 1}
    measures = rules.ranges([list(found.values()) for found in several.values()], level)
    return _top(name, several, measures, most)


def by_role(name: str, asked: pd.DataFrame, level: float, most: int) -> TraceList:
    """The same by who prefers the personal option, all models together."""
    return part_by(name, ROLE, asked[asked[ROLE] != ""], level, most)


def turned(
    name: str, contrast: Contrast, pairs: pd.DataFrame, level: float, most: int
) -> TraceList:
    """Scenarios about which most decisions turn where one thing is changed, all models together."""
    moves = ["to_preference", "to_culture", "stayed_culture", "stayed_preference"]
    sums = pairs.groupby(["dataset", "scenario"], sort=True)[moves].sum()
    n = sums.sum(axis=1)
    sums, n = sums[n > 0], n[n > 0]
    shares: dict[Key, dict[str, Share]] = {
        key: {"to preference": Share(float(up), int(all_)), "to culture": Share(float(down), int(all_))}
        for key, up, down, all_ in zip(sums.index, sums[moves[0]], sums[moves[1]], n, strict=True)
    }  # fmt: skip
    changed = [
        Share(found["to preference"].k + found["to culture"].k, found["to culture"].n)
        for found in shares.values()
    ]
    measures = rules.shares_at_least(changed, level) if changed else []
    return _top(name, shares, measures, most, contrast)


def _allowed(asked: pd.DataFrame, column: str) -> dict[Key, dict[str, Share]]:
    """Scenario -> level -> share of valid decisions that allow the preference."""
    by = ["dataset", "scenario", column]
    sums = asked.groupby(by, sort=True)[["culture", "preference"]].sum()
    valid = sums.sum(axis=1)
    sums, valid = sums[valid > 0], valid[valid > 0]
    found: dict[Key, dict[str, Share]] = {}
    for (dataset, scenario, level), k, n in zip(sums.index, sums["preference"], valid, strict=True):
        found.setdefault((dataset, scenario), {})[str(level)] = Share(float(k), int(n))
    return found


def _top(
    name: str,
    shares: Mapping[Key, Mapping[str, Share]],
    measures: Sequence[Bounded],
    most: int,
    contrast: Contrast | None = None,
) -> TraceList:
    ranked = [Ranked(key, one, shares[key]) for key, one in zip(shares, measures, strict=True)]
    ranked.sort(
        key=lambda one: (-round(one.measure.bound, 9), -round(one.measure.value, 9), one.key)
    )
    return TraceList(name, tuple(ranked[:most]), len(ranked), contrast)
