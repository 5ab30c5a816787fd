"""How far the levels of a factor lie apart, and in how many models in the same direction."""

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.frames.decisions import PEOPLE
from analysis.metrics import Estimate
from analysis.metrics.behaviour import direction_share, factor_spread, two_level_effect
from analysis.reports.behaviour.rates import AGES, GENDERS, TABLE

LEVELS = {
    "country": "receiver_country",
    "relation": "scenario_type",
    "role": "eval_pref_config",
    "preference_type": "preference_type",
}
"""Factors of several levels -> the column whose rates spread."""


def spreads(rows: Sequence[Estimate]) -> Iterator[Estimate]:
    """Spreads per model and their mean over a stage's models; then directions."""
    found = []
    for model, stage in sorted({(row.model, row.setting) for row in rows if row.model}):
        mine = [row for row in rows if (row.model, row.setting) == (model, stage)]
        found += [*_levels(mine, model, stage), *_two_levels(mine, model, stage)]
    yield from found
    yield from _means(found)
    for factor in PEOPLE:
        effects = [e.value for e in rows if _is_difference(e, (factor,)) and e.value is not None]
        share = direction_share(effects)
        if len(effects) > 1 and share is not None:
            yield Estimate(
                TABLE, "direction_share", group={"factor": factor}, value=share,
                note=f"{len(effects)} models",
            )  # fmt: skip


def _levels(mine: Sequence[Estimate], model: str, stage: str) -> Iterator[Estimate]:
    for factor, column in LEVELS.items():
        rates = {
            str(row.group[column]): row.value
            for row in mine
            if row.metric == "allow_rate" and set(row.group) == {column} and row.value is not None
        }
        one = factor_spread(rates)
        for metric, value in (
            ("factor_spread_pp", one.sd_pp),
            ("factor_gap_pp", one.mean_abs_diff_pp),
        ):
            if value is not None:
                yield _spread(metric, factor, value, model, stage, f"over {one.n_levels} levels")


def _two_levels(mine: Sequence[Estimate], model: str, stage: str) -> Iterator[Estimate]:
    for factor, columns in (("age", AGES), ("gender", GENDERS)):
        effects = [e.value for e in mine if _is_difference(e, columns) and e.value is not None]
        if effects:
            value, note = two_level_effect(effects), f"over {len(effects)} differences"
            yield _spread("factor_spread_pp", factor, value, model, stage, note)
            yield _spread("factor_gap_pp", factor, value, model, stage, note)


def _means(found: Sequence[Estimate]) -> Iterator[Estimate]:
    """The plain mean over a stage's models of each spread, where there are several."""
    for metric, factor, stage in dict.fromkeys(
        (e.metric, str(e.group["factor"]), e.setting) for e in found
    ):
        values = [
            e.value
            for e in found
            if (e.metric, e.group["factor"], e.setting) == (metric, factor, stage)
            and e.value is not None
        ]
        if len(values) > 1:
            note = f"mean of {len(values)} models"
            yield _spread(metric, factor, float(np.mean(values)), "", stage, note)


def _spread(metric: str, factor: str, value: float, model: str, stage: str, note: str) -> Estimate:
    return Estimate(
        TABLE, metric, setting=stage, model=model, group={"factor": factor}, value=value, note=note
    )


def _is_difference(row: Estimate, factors: Sequence[str]) -> bool:
    contrast = str(row.group.get("contrast", ""))
    named = contrast.partition(":")[0] in factors
    return bool(row.model) and row.metric == "allow_diff_pp" and named
