"""Decisions counted where they lie, a part at a time: memory holds the counts and one part.

How much is held depends on scenarios and factors, not on how many decisions there are.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

import pandas as pd
import polars as pl

from analysis.frames.coded import renamed, to_pandas
from analysis.frames.decisions import (
    COLUMNS,
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

PART_ROWS: Final = 500_000
"""About how many decisions a part has."""

AT_ONCE: Final = 2
"""Parts that are held, each being read or counted: neither uses all processors by itself."""

_HELD: Final = ("run", "family", "model")
_NAMED: Final = ("family", "model")
_OFFERED: Final = ("version_id", "personal_preference")
_PREFERENCE: Final = ("run", CONDITION, *_OFFERED, "receiver_country")
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
        self.tables.append(table)
        if sum(one.height for one in self.tables) > 2 * max(self.merged, _FEW):
            self.tables = [_summed(pl.concat(self.tables).lazy(), self.by).collect()]
            self.merged = self.tables[0].height

    def by_model(self, names: dict[str, str]) -> pl.LazyFrame:
        """The sums, with models as tables name them, whatever run they are from."""
        table = pl.concat(self.tables).lazy().with_columns(pl.col(_NAMED).cast(pl.String))
        model = named(names).cast(pl.Categorical)
        return _summed(
            table.with_columns(model), [n for n in self.by if n not in ("run", "family")]
        )


def tally(
    runs: Sequence[Run],
    regions: Regions,
    told: Told,
    *,
    kinds: Kinds | None = None,
    part_rows: int = PART_ROWS,
) -> Tally:
    """Every decision of the runs, read once; `told` gets decisions counted, of how many.

    Countries have their English names, and `actor_region` and `receiver_region` stand beside them.
    Texts are categories in the order of their words. Damaged where a shard cannot be read.
    """
    totals = _counted([run.pk for run in runs], told, part_rows)
    size = pl.sum_horizontal(COUNTS).sum().alias("decisions")
    held = pl.concat(totals["preferences"].tables).group_by(_HELD).agg(size)
    held = held.with_columns(pl.col(_HELD).cast(pl.String))
    names = sized(held.select(_NAMED).unique().iter_rows())
    # All at once, and each total let go as soon as it is summed.
    summed = pl.collect_all([total.by_model(names) for total in totals.values()])
    tables = dict(zip(totals, summed, strict=True))
    by_version = tables.pop("preferences")
    cubes = {name: _placed(table, regions) for name, table in tables.items()}
    return Tally(
        cubes,
        _by_preference(by_version, kinds),
        _by_theme(by_version),
        held.with_columns(named(names))
        .group_by("run", "model")
        .agg(pl.col("decisions").sum())
        .sort("run", "model"),
        names,
    )


def _counted(pks: Sequence[int], told: Told, part_rows: int) -> dict[str, _Total]:
    """The decisions of these runs by the columns of each cube, and by version and preference."""
    wanted = {**CUBES, "preferences": _PREFERENCE}
    totals = {name: _Total(("family", *KEYS, *by)) for name, by in wanted.items()}
    with answers.reading(pks):
        parts = answers.parts(pks, part_rows)
        done, every = 0, sum(part.rows for part in parts)
        by = [total.by for total in totals.values()]
        for part, tables in zip(parts, _counted_parts(parts, by), strict=True):
            told(done, every)
            for total, table in zip(totals.values(), tables, strict=True):
                total.add(table)
            done += part.rows
    return totals


def _counted_parts(
    parts: Sequence[answers.Part], by: Sequence[Sequence[str]]
) -> Iterator[list[pl.DataFrame]]:
    """Each part's counts by each of these columns, in the order of the parts, two made at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = (pool.submit(_count_part, part, by) for part in parts)
        waiting = deque(islice(asked, AT_ONCE))
        while waiting:
            tables = waiting.popleft().result()
            waiting.extend(islice(asked, 1))
            yield tables


def _count_part(part: answers.Part, by: Sequence[Sequence[str]]) -> list[pl.DataFrame]:
    rows = decisions(part.coded(COLUMNS).lazy())
    groups = [rows.group_by(columns).agg(*_counts()) for columns in by]
    return pl.collect_all(groups, engine="streaming")


def _counts() -> list[pl.Expr]:
    choice = pl.col("choice")
    return [
        (choice == Choice.CULTURE.value).sum().alias("culture"),
        (choice == Choice.PREFERENCE.value).sum().alias("preference"),
        choice.is_null().sum().alias("unknown"),
    ]


def _summed(table: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    return table.group_by(by).agg(pl.col(COUNTS).sum())


def _placed(cube: pl.DataFrame, regions: Regions) -> pd.DataFrame:
    """The table, its countries by name and with their regions, where it has countries."""
    table = to_pandas(cube)
    if not set(COUNTRIES) <= set(table):
        return table
    for side in ("actor", "receiver"):
        table[f"{side}_region"] = renamed(table[f"{side}_country"], partial(_region, regions))
    for column in COUNTRIES:
        table[column] = renamed(table[column], _country)
    return table


def _by_theme(counts: pl.DataFrame) -> pd.DataFrame:
    """Counts by KEYS and theme, that of the scenario's version; scenarios without one are left out."""
    versions = ScenarioVersion.objects.filter(pk__in=counts["version_id"].unique().to_list())
    known = dict(versions.exclude(theme="").values_list("pk", "theme"))
    theme = pl.col("version_id").replace_strict(known, default=None, return_dtype=pl.String)
    themed = counts.lazy().with_columns(theme.cast(pl.Categorical).alias("theme"))
    return to_pandas(_summed(themed.drop_nulls("theme"), [*KEYS, "theme"]).collect())


def _by_preference(counts: pl.DataFrame, kinds: Kinds | None) -> pd.DataFrame:
    """Counts by KEYS, receiver_country, preference_type and preference_strength; scenarios without
    a kind are left out. Of prompts that tell both ages and both genders, where there are any.
    """
    full = counts.filter(pl.col(CONDITION) == _FULL)
    counted = full if full.height else counts
    kind = _by_rule(counted) if kinds is None else _told_by(counted, kinds)
    columns = ("preference_type", "preference_strength")
    words = kind.with_columns(pl.col(columns).cast(pl.Categorical))
    known = counted.lazy().join(words.lazy(), on=_OFFERED, nulls_equal=True)
    table = to_pandas(_summed(known, [*KEYS, "receiver_country", *columns]).collect())
    table["receiver_country"] = renamed(table["receiver_country"], _country)
    return table


def _by_rule(counted: pl.DataFrame) -> pl.DataFrame:
    """Kind and strength by the rule of keywords of every preference that was offered and has one.

    The text is the row's own where a file gave one, else that of the scenario's version.
    """
    offered = _offered(counted)
    versions = ScenarioVersion.objects.filter(pk__in=offered["version_id"].unique().to_list())
    texts = dict(versions.values_list("pk", "personal_preference"))
    rows = []
    for version, own in offered.iter_rows():
        text = texts.get(version, "") if own is None else own
        if text.strip():
            kind = preference_type(text)
            rows.append((version, own, kind, preference_strength(kind)))
    return _kinds(rows)


def _told_by(counted: pl.DataFrame, kinds: Kinds) -> pl.DataFrame:
    """The same as another source says it (`analysis.frames.kinds`), which knows versions alone."""
    return _kinds(
        [
            (version, own, kinds.kind[version], kinds.strength.get(version, ""))
            for version, own in _offered(counted).iter_rows()
            if version in kinds.kind
        ]
    )


def _offered(counted: pl.DataFrame) -> pl.DataFrame:
    return counted.select(_OFFERED).unique().with_columns(pl.col(_OFFERED[1]).cast(pl.String))


def _kinds(rows: list[tuple[int, str | None, str, str]]) -> pl.DataFrame:
    columns = dict(zip(_OFFERED, (pl.Int64, pl.String), strict=True))
    schema = {**columns, "preference_type": pl.String, "preference_strength": pl.String}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(pl.col(_OFFERED[1]).cast(pl.Categorical))


def _country(code: str) -> str:
    return by_iso2(code).name if code else ""


def _region(regions: Regions, code: str) -> str:
    return regions.region_of(code) if code else ""
