"""Decisions counted where they lie, a part at a time: memory holds the counts and one part.

How much is held depends on scenarios and factors, not on how many decisions there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import polars as pl

from analysis.frames.decisions import (
    CONDITION,
    COUNTRIES,
    COUNTS,
    CUBES,
    KEYS,
    decisions,
    named,
    sized,
)
from analysis.frames.kinds import Kinds
from analysis.metrics.preferences import preference_strength, preference_type
from annotation.models import ScenarioVersion
from annotation.vocab.countries import by_iso2
from annotation.vocab.regions import Regions
from annotation.vocab.terms import Choice, DemographicCondition
from modeling.models import Run
from modeling.services import answers

Told = Callable[[int, int], None]
"""Told how much is done, and of how much."""

_HELD: Final = ("run", "family", "model")
_PREFERENCE: Final = (CONDITION, "version_id", "personal_preference", "receiver_country")
_FULL: Final = str(DemographicCondition.FULL_DEMO)
_FEW: Final = 200_000


@dataclass(frozen=True)
class Tally:
    """Decisions counted by scenario: the cubes, by kind of preference, and by theme.

    `held`: columns run, model (as tables name it) and decisions. `names`: see `named`.
    """

    cubes: dict[str, pd.DataFrame]
    preferences: pd.DataFrame
    themes: pd.DataFrame
    held: pl.DataFrame
    names: dict[str, str]


class _Total:
    """Counts by some columns, added up: what waits is merged once it outgrows what is merged."""

    def __init__(self, by: Sequence[str]) -> None:
        self.by = list(by)
        self.merged = 0
        self.tables: list[pl.DataFrame] = []

    def add(self, table: pl.DataFrame) -> None:
        # Names repeat: as categories they take four bytes instead of sixteen and more.
        self.tables.append(table.with_columns(pl.col(pl.String).cast(pl.Categorical)))
        if sum(one.height for one in self.tables) > 2 * max(self.merged, _FEW):
            self.tables = [_summed(pl.concat(self.tables), self.by)]
            self.merged = self.tables[0].height

    def by_model(self, names: dict[str, str]) -> pl.DataFrame:
        """The sums, with models as tables name them and no families."""
        strings = pl.col("family", "model").cast(pl.String)
        table = pl.concat(self.tables).with_columns(strings).with_columns(named(names))
        summed = _summed(table, [name for name in self.by if name != "family"])
        return summed.with_columns(pl.col(pl.Categorical).cast(pl.String))


def tally(
    runs: Sequence[Run],
    regions: Regions,
    told: Told,
    *,
    kinds: Kinds | None = None,
    part_rows: int = answers.PART_ROWS,
) -> Tally:
    """Every decision of the runs, read once; `told` gets decisions counted, of how many.

    Countries have their English names, and `actor_region` and `receiver_region` stand beside them.
    Damaged where a shard cannot be read.
    """
    wanted = {**CUBES, "preferences": _PREFERENCE}
    totals = {name: _Total(("family", *KEYS, *by)) for name, by in wanted.items()}
    totals["held"] = _Total(_HELD)
    pks = [run.pk for run in runs]
    with answers.reading(pks):
        parts = answers.parts(pks, part_rows)
        done, every = 0, sum(part.rows for part in parts)
        for part in parts:
            told(done, every)
            rows = decisions(part.frame)
            groups = [rows.group_by(total.by).agg(*_counts()) for total in totals.values()]
            tables = pl.collect_all(groups, engine="streaming")
            for total, table in zip(totals.values(), tables, strict=True):
                total.add(table)
            done += part.rows
    held = pl.concat(totals["held"].tables).with_columns(pl.col(_HELD).cast(pl.String))
    names = sized(held.select("family", "model").unique().iter_rows())
    # One after the other, each total let go: tables of strings are several times as large.
    cubes = {name: _placed(totals.pop(name).by_model(names), regions) for name in CUBES}
    by_version = totals.pop("preferences").by_model(names)
    themes = _by_theme(by_version)
    preferences = _by_preference(_full(by_version, cubes["asked"]).to_pandas(), kinds)
    size = pl.sum_horizontal(COUNTS).sum().alias("decisions")
    return Tally(
        cubes,
        preferences,
        themes,
        held.with_columns(named(names)).group_by("run", "model").agg(size).sort("run", "model"),
        names,
    )


def _counts() -> list[pl.Expr]:
    choice = pl.col("choice")
    return [
        (choice == Choice.CULTURE.value).sum().alias("culture"),
        (choice == Choice.PREFERENCE.value).sum().alias("preference"),
        choice.is_null().sum().alias("unknown"),
    ]


def _summed(table: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    wanted = table.lazy().group_by(by).agg(pl.col(COUNTS).sum())
    return wanted.collect(engine="streaming")


def _placed(cube: pl.DataFrame, regions: Regions) -> pd.DataFrame:
    """The table, its countries by name and with their regions, where it has countries."""
    table = cube.to_pandas()
    if not set(COUNTRIES) <= set(table):
        return table
    for side in ("actor", "receiver"):
        codes = table[f"{side}_country"]
        table[f"{side}_region"] = codes.map({c: _region(regions, c) for c in codes.unique()})
    for column in COUNTRIES:
        codes = table[column]
        table[column] = codes.map({code: _country(code) for code in codes.unique()})
    return table


def _full(counts: pl.DataFrame, asked: pd.DataFrame) -> pl.DataFrame:
    """Counts of prompts that tell both ages and both genders, where there are any."""
    if _FULL not in set(asked[CONDITION].unique()):
        return counts
    return counts.filter(pl.col(CONDITION) == _FULL)


def _by_theme(counts: pl.DataFrame) -> pd.DataFrame:
    """Counts by KEYS and theme, that of the scenario's version; scenarios without one are left out."""
    versions = ScenarioVersion.objects.filter(pk__in=counts["version_id"].unique().to_list())
    known = dict(versions.exclude(theme="").values_list("pk", "theme"))
    theme = pl.col("version_id").replace_strict(known, default=None, return_dtype=pl.String)
    named = counts.with_columns(theme.alias("theme")).drop_nulls("theme")
    return _summed(named, [*KEYS, "theme"]).to_pandas()


def _by_preference(counted: pd.DataFrame, kinds: Kinds | None) -> pd.DataFrame:
    """Counts by KEYS, receiver_country, preference_type and preference_strength; scenarios without
    a kind are left out.

    By the rule of keywords the text is the row's own where a file gave one, else that of the
    scenario's version; `kinds` of another source (`analysis.frames.kinds`) speak of versions alone.
    """
    if kinds is not None:
        return _told_by(counted, kinds)
    texts = dict(
        ScenarioVersion.objects.filter(pk__in=counted["version_id"].unique().tolist())
        .values_list("pk", "personal_preference")
    )  # fmt: skip
    own = counted["personal_preference"].astype(object)
    text = own.where(own.notna(), counted["version_id"].map(texts)).fillna("")
    by_rule = {one: preference_type(one) for one in text.unique() if one.strip()}
    counted["preference_type"] = text.map(by_rule)
    counted = counted.dropna(subset=["preference_type"])
    counted["preference_strength"] = counted["preference_type"].map(preference_strength)
    return _by_receiver(counted)


def _told_by(counted: pd.DataFrame, kinds: Kinds) -> pd.DataFrame:
    counted["preference_type"] = counted["version_id"].map(kinds.kind)
    counted = counted.dropna(subset=["preference_type"]).copy()
    counted["preference_strength"] = counted["version_id"].map(kinds.strength).fillna("")
    return _by_receiver(counted)


def _by_receiver(counted: pd.DataFrame) -> pd.DataFrame:
    codes = counted["receiver_country"]
    counted["receiver_country"] = codes.map({code: _country(code) for code in codes.unique()})
    columns = [*KEYS, "receiver_country", "preference_type", "preference_strength"]
    return counted.groupby(columns, as_index=False)[list(COUNTS)].sum()


def _country(code: str) -> str:
    return by_iso2(code).name if code else ""


def _region(regions: Regions, code: str) -> str:
    return regions.region_of(code) if code else ""
