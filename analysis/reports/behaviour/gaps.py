"""Differences of rates that no pairing of questions gives: conditions, pairs, kinds, sizes."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.frames.decisions import CONDITION, ROLE
from analysis.metrics import Estimate
from analysis.metrics.behaviour import EVERYBODY, RateGap, mean_over_models, rate_gaps
from analysis.reports.behaviour.rates import AGES, GENDERS, TABLE, grouped, pool, rate_row, told
from annotation.vocab.terms import DemographicCondition

NO_DEMO = str(DemographicCondition.NO_DEMO)
PAIRS = (
    ("age pair", AGES, "younger", "older"),
    ("gender pair", GENDERS, "female", "male"),
)
"""Actor and receiver both at one level, against both at the other."""

Part = Callable[[pd.DataFrame], pd.DataFrame]


def gaps(tables: Mapping[str, pd.DataFrame], level: float) -> Iterator[Estimate]:
    """Differences of rates that no pairing of questions gives."""
    asked, people, kinds = (tables[name] for name in ("asked", "people", "preferences"))
    roles = [{}, *({ROLE: role} for role in sorted(set(asked[ROLE].unique()) - {""}))]
    for condition in sorted(set(asked[CONDITION].unique()) - {"", NO_DEMO}):
        for role in roles:
            group = {CONDITION: condition, "reference": NO_DEMO, **role}
            first, second = _at({CONDITION: NO_DEMO, **role}), _at({CONDITION: condition, **role})
            yield from _gap(asked, first, second, group, level)
    full = told(people, AGES)
    for name, columns, one, other in PAIRS:
        group = {"contrast": f"{name}: {one}-{one} - {other}-{other}"}
        first, second = (_at(dict.fromkeys(columns, value)) for value in (other, one))
        yield from _gap(full, first, second, group, level)
    weak, strong = (_at({"preference_strength": value}) for value in ("low_stakes", "strong"))
    contrast = {"contrast": "preference_strength: strong - low_stakes"}
    yield from _gap(kinds, weak, strong, contrast, level)
    for country, rows in kinds[kinds["receiver_country"] != ""].groupby("receiver_country"):
        group = {**contrast, "receiver_country": str(country)}
        yield from _gap(rows, weak, strong, group, level, single=False)


def _at(levels: Mapping[str, str]) -> Part:
    """The rows at these levels."""

    def part(table: pd.DataFrame) -> pd.DataFrame:
        kept = np.ones(len(table), dtype=bool)
        for name, value in levels.items():
            kept &= (table[name] == value).to_numpy()
        return table[kept]

    return part


def _gap(
    table: pd.DataFrame,
    first: Part,
    second: Part,
    group: dict[str, str],
    level: float,
    *,
    single: bool = True,
) -> Iterator[Estimate]:
    """The mean gap of a stage's models, and with `single` that of each."""
    one, other = first(table), second(table)
    for stage in sorted(set(one["stage"].unique()) & set(other["stage"].unique())):
        sides = [side[side["stage"] == stage] for side in (one, other)]
        found = _over_datasets(sides, level)
        for model, gap in found.items():
            if single or model == EVERYBODY or len(found) == 1:
                yield _gap_row(gap, group, model, str(stage))


def _over_datasets(sides: list[pd.DataFrame], level: float) -> dict[str, RateGap]:
    """Each model's gap, the mean of the datasets that have one."""
    one, other = (set(side["dataset"].unique()) for side in sides)
    names = sorted(one & other)
    found: dict[str, list[RateGap]] = {}
    for name in names:
        parts = (side[side["dataset"] == name] for side in sides)
        for model, gap in rate_gaps(*parts, level=level).items():
            found.setdefault(model, []).append(gap)
    return {model: _mean(gaps) for model, gaps in found.items()}


def _mean(gaps: list[RateGap]) -> RateGap:
    """The mean of several datasets' gaps; datasets are independent."""
    if len(gaps) == 1:
        return gaps[0]
    value = sum(gap.value or 0.0 for gap in gaps) / len(gaps)
    reach = [(gap.upper or 0.0) - (gap.value or 0.0) for gap in gaps if gap.upper is not None]
    half = math.hypot(*reach) / len(gaps) if len(reach) == len(gaps) else None
    return RateGap(
        value,
        None if half is None else value - half,
        None if half is None else value + half,
        sum(gap.n_scenarios for gap in gaps),
        sum(gap.n_decisions for gap in gaps),
        sum(gap.n_dropped for gap in gaps),
        "no interval: a dataset of the pool has none" if half is None else "",
    )


def _gap_row(gap: RateGap, group: dict[str, str], model: str, stage: str) -> Estimate:
    note = (
        gap.note if model else "; ".join(part for part in ("mean of the models", gap.note) if part)
    )
    return Estimate(
        TABLE, "allow_gap_pp", setting=stage, model=model, group=group, value=gap.value,
        lower=gap.lower, upper=gap.upper, n_items=gap.n_scenarios, n_answers=gap.n_decisions,
        n_dropped=gap.n_dropped, note=note,
    )  # fmt: skip


def scales(asked: pd.DataFrame, level: float) -> Iterator[Estimate]:
    """Families of which two sizes were asked: the smallest against the largest."""
    for stage, rows in asked.groupby("stage", sort=True):
        found = families(rows["model"].unique())
        ends = {
            size: rows[rows["model"].isin([sizes[place] for sizes in found.values()])]
            for place, size in ((0, "small"), (-1, "large"))
        }
        for family, sizes in found.items():
            small, large = (rows[rows["model"] == model] for model in (sizes[0], sizes[-1]))
            gaps = _over_datasets([side.assign(model=family) for side in (small, large)], level)
            for gap in gaps.values():
                yield _gap_row(gap, {"contrast": "scale: large - small"}, family, str(stage))
        for size, part in ends.items():
            yield from _scale_rates(part, found, size, str(stage), level)


def _scale_rates(
    part: pd.DataFrame, found: Mapping[str, list[str]], size: str, stage: str, level: float
) -> Iterator[Estimate]:
    """Rates of every family at one end of its sizes, and by role over the families."""
    family = {model: name for name, sizes in found.items() for model in sizes}
    named = part.assign(model=part["model"].map(family))
    for one in grouped(named, (), level):
        yield _with_scale(one, size)
    if named["model"].nunique() > 1:
        for by in ((), (ROLE,)):
            rates = mean_over_models(told(named, by), [*by, "dataset"], level=level)
            for group, rate in pool(rates, by):
                yield from rate_row(rate, "", stage, {**group, "scale": size})


def _with_scale(one: Estimate, size: str) -> Estimate:
    return replace(one, group={**one.group, "scale": size})


def families(models: Iterable[str]) -> dict[str, list[str]]:
    """Family -> its models by size, for models named `FAMILY 8B` of several sizes."""
    found: dict[str, dict[float, str]] = {}
    for model in models:
        family, _, size = str(model).rpartition(" ")
        if family and size.endswith("B") and size[:-1].replace(".", "", 1).isdigit():
            found.setdefault(family, {})[float(size[:-1])] = str(model)
    return {
        family: [sizes[size] for size in sorted(sizes)]
        for family, sizes in sorted(found.items())
        if len(sizes) > 1
    }
