"""Rates as rows of `estimates.csv`: each model's and their mean, pooled over datasets."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from analysis.frames.decisions import CONDITION, PEOPLE
from analysis.metrics import Estimate, definition
from analysis.metrics.behaviour import Rate, allow_rates, mean_over_models, pooled
from analysis.reports.behaviour.inputs import FULL

TABLE = "behavior"
AGES, GENDERS = ("actor_age", "receiver_age"), ("actor_gender", "receiver_gender")
WHO = ("model", "stage")
REGIONS = ("actor_region", "receiver_region")


def told(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Rows that say what they are grouped by; people are compared where both ages and genders stand."""
    if CONDITION in table and CONDITION not in by and set(by) & set(PEOPLE):
        table = table[table[CONDITION] == FULL]
    return table[(table[list(by)] != "").all(axis=1)]


def grouped(table: pd.DataFrame, by: Sequence[str], level: float) -> Iterator[Estimate]:
    """Rates of every group, each the mean of its datasets' rates."""
    # Of all models at once: to tell groups apart takes longer than to count them.
    rates = allow_rates(table, [*WHO, *_with_dataset(by)], level=level)
    for (model, stage), own in _by_who(rates).items():
        for group, rate in pool(own, by):
            yield from rate_row(rate, model, stage, group)


def _by_who(rates: Sequence[Rate]) -> dict[tuple[str, str], list[Rate]]:
    found: dict[tuple[str, str], list[Rate]] = {}
    for rate in rates:
        found.setdefault((rate.group["model"], rate.group["stage"]), []).append(rate)
    return found


def over_models(table: pd.DataFrame, by: Sequence[str], level: float) -> Iterator[Estimate]:
    """The same rates as the mean of a stage's models, where there are several."""
    for stage, rows in table.groupby("stage", sort=True):
        if rows["model"].nunique() > 1:
            rates = mean_over_models(rows, _with_dataset(by), level=level)
            for group, rate in pool(rates, by):
                yield from rate_row(rate, "", str(stage), group)


def _with_dataset(by: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*by, "dataset")))


def pool(rates: Sequence[Rate], by: Sequence[str]) -> Iterator[tuple[dict[str, str], Rate]]:
    """One rate a metric and group: the mean of the datasets that have one."""
    found: dict[tuple[object, ...], list[Rate]] = {}
    for rate in rates:
        group = {name: rate.group[name] for name in by}
        found.setdefault((rate.metric, *group.items()), []).append(rate)
    for (_, *items), parts in found.items():
        known = [rate for rate in parts if rate.value is not None] or parts[:1]
        yield dict(items), known[0] if len(known) == 1 else _mean(known)  # type: ignore[arg-type]


def _mean(rates: list[Rate]) -> Rate:
    """The datasets' mean, with what all of them remark."""
    one = pooled(rates)
    remarks = {rate.note for rate in rates}
    return replace(one, note=one.note or "; ".join(remarks)) if len(remarks) == 1 else one


def rate_row(
    rate: Rate, model: str, stage: str, group: dict[str, str] | None = None, **tokens: str
) -> Iterator[Estimate]:
    """A rate as an estimate; the culture rate is one less the allow rate and is said once."""
    if rate.metric == "culture_rate":
        return
    yield Estimate(
        TABLE,
        rate.metric,
        definition(rate.metric, **tokens),
        stage,
        model,
        group=dict(rate.group) if group is None else group,
        value=rate.value,
        lower=rate.lower,
        upper=rate.upper,
        n_items=rate.n_scenarios,
        n_answers=rate.n_decisions,
        n_dropped=rate.n_dropped,
        note=rate.note,
    )


def by_model(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Rows by model and stage; a table in which the stage is what is compared has none."""
    if "stage" not in table:
        table = table.assign(stage="")
    for (model, stage), rows in table.groupby(["model", "stage"], sort=True):
        yield (str(model), str(stage)), rows
