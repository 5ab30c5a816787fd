"""Everything a report on behaviour says, as rows of `estimates.csv`."""

from collections.abc import Iterator

import pandas as pd

from analysis.frames.decisions import CONDITION, COUNTS, PEOPLE, PROMPT, RELATION, ROLE
from analysis.metrics import Estimate
from analysis.metrics.behaviour import allow_rates, decision_entropy
from analysis.metrics.intervals import Settings
from analysis.reports.behaviour.contrasts import contrasts
from analysis.reports.behaviour.gaps import gaps, scales
from analysis.reports.behaviour.inputs import Counted
from analysis.reports.behaviour.rates import (
    AGES,
    GENDERS,
    REGIONS,
    by_model,
    grouped,
    over_models,
    rate_row,
    told,
)
from analysis.reports.behaviour.spreads import spreads

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("asked", ("dataset",)),
    ("asked", ("dataset", PROMPT)),
    ("asked", ("dataset", ROLE)),
    ("asked", (ROLE,)),
    ("asked", (CONDITION,)),
    ("asked", (PROMPT,)),
    ("asked", (RELATION,)),
    ("asked", (CONDITION, ROLE)),
    ("countries", ("receiver_country",)),
    ("countries", ("actor_country",)),
    ("countries", REGIONS),
    *(("people", (name,)) for name in PEOPLE),
    ("people", AGES),
    ("people", GENDERS),
    ("themes", ("theme",)),
    ("preferences", ("preference_type",)),
    ("preferences", ("preference_strength",)),
)
"""(Cube, columns) of every table of rates; each is estimated per model and stage, and over models."""

FINE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("preferences", ("receiver_country", "preference_strength")),
    ("preferences", ("receiver_country", "preference_type")),
)
"""The same for groups too small for one model among several: over models only."""


def estimates(counted: Counted, settings: Settings) -> list[Estimate]:
    """Every number: rates, entropies, contrasts, associations, spreads."""
    tables = {**counted.cubes, "preferences": counted.preferences, "themes": counted.themes}
    asked = tables["asked"]
    rows = [*_overall(asked, settings.level), *over_models(asked, (), settings.level)]
    for cube, by in GROUPS:
        table = told(tables[cube], by)
        rows += grouped(table, by, settings.level)
        rows += over_models(table, by, settings.level)
    for cube, by in FINE:
        table = told(tables[cube], by)
        rows += over_models(table, by, settings.level)
        alone = table.groupby("stage")["model"].transform("nunique") == 1
        rows += grouped(table[alone], by, settings.level)
    rows += contrasts(tables, counted.pairs, settings)
    rows += gaps(tables, settings.level)
    rows += scales(asked, settings.level)
    return [*rows, *spreads(rows)]


def _overall(table: pd.DataFrame, level: float) -> Iterator[Estimate]:
    """Rates pooled over datasets and over decisions; entropy and conflict."""
    yield from grouped(table, (), level)
    for (model, stage), rows in by_model(table):
        for rate in allow_rates(rows, level=level):
            yield from rate_row(rate, model, stage, pool="decisions")
        for rate in decision_entropy(rows, level=level):
            yield from rate_row(rate, model, stage)


def totals(table: pd.DataFrame) -> dict[str, int]:
    """All decisions by what they were."""
    return {name: int(table[name].sum()) for name in COUNTS}
