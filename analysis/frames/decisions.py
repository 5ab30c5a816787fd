"""Decisions of a benchmark, counted where they lie: what reaches memory is a few rows a scenario.

Columns that form groups have the names of the PACT release files. A model is its family where the
run names one, so that its base and instruct runs, or imports of two prompts, stand together; a
family of which several sizes were asked is one model a size (`Llama 8B`, `Llama 70B`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import polars as pl

from analysis.frames.kinds import Kinds
from analysis.metrics.preferences import preference_strength, preference_type
from annotation.models import ScenarioVersion
from annotation.vocab.countries import by_iso2
from annotation.vocab.regions import Regions
from annotation.vocab.terms import Choice
from modeling.models import Run
from modeling.services import answers

KEYS: Final = ("model", "stage", "dataset", "scenario")
"""What every counted row is told apart by, before its groups."""

ROLE, CONDITION, PROMPT, RELATION = (
    "eval_pref_config",
    "eval_demo_config",
    "prompt",
    "scenario_type",
)
PEOPLE: Final = ("actor_age", "receiver_age", "actor_gender", "receiver_gender")
COUNTRIES: Final = ("base_country", "actor_country", "receiver_country")
FACTORS: Final[Mapping[str, str]] = {
    ROLE: "role",
    CONDITION: "condition",
    PROMPT: "balance",
    RELATION: "relation",
    "base_country": "scenario_country",
    "actor_country": "actor_country",
    "receiver_country": "receiver_country",
    **{name: name for name in PEOPLE},
}
"""Name of a factor in groups -> column of the shards."""

CUBES: Final[Mapping[str, tuple[str, ...]]] = {
    "asked": (ROLE, CONDITION, PROMPT, RELATION),
    "countries": COUNTRIES,
    "people": (CONDITION, *PEOPLE),
}
"""Counts from which all tables are summed: three passes over the decisions instead of twenty."""

COUNTS: Final = ("culture", "preference", "unknown")
_SIZE: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?[bB](?![a-zA-Z0-9])")
_UNREAD, _CULTURE, _PREFERENCE = 0, 1, 2


@dataclass(frozen=True)
class Contrast:
    """A factor's two levels, compared with everything else equal; `first` is the starting point."""

    factor: str
    first: str
    second: str

    @property
    def name(self) -> str:
        """How estimates name it: `actor_age: younger - older`."""
        return f"{self.factor}: {self.second} - {self.first}"


def decision_runs(dataset_slug: str) -> list[Run]:
    """The benchmark runs of a dataset that hold answers, oldest first; imports among them."""
    runs = Run.objects.filter(kind="benchmark", dataset_slug=dataset_slug)
    return list(runs.exclude(chunks__shard="").distinct().order_by("pk"))


def decisions(runs: Sequence[Run]) -> pl.LazyFrame:
    """One row a decision: KEYS, the factors, sample_index, version_id, personal_preference and
    `choice` (culture, preference, or null for what could not be read as either, ties included)."""
    rows = answers.scan([run.pk for run in runs])
    names = _names(rows.select("family", "model").unique().collect())
    family = (
        pl.when(pl.col("model").is_in(list(names)))
        .then(pl.col("model").replace(names))
        .when(pl.col("family") != "")
        .then("family")
        .otherwise("model")
        .alias("model")
    )
    known = pl.col("choice").is_in([Choice.CULTURE.value, Choice.PREFERENCE.value])
    return rows.select(
        family, "stage", "dataset", "scenario",
        *(pl.col(column).alias(name) for name, column in FACTORS.items()),
        "sample_index", "version_id", "personal_preference",
        pl.when(known).then("choice").alias("choice"),
    )  # fmt: skip


def _names(pairs: pl.DataFrame) -> dict[str, str]:
    """Model -> family and size, for families of which several sizes were asked."""
    sizes: dict[str, dict[str, str]] = {}
    for family, model in pairs.iter_rows():
        if family and (size := size_of(model)):
            sizes.setdefault(family, {})[model] = size
    return {
        model: f"{family} {size}"
        for family, found in sizes.items()
        if len(set(found.values())) > 1
        for model, size in found.items()
    }


def size_of(model: str) -> str:
    """The number of parameters that a model's name states, as `8B`; "" where it states none."""
    found = _SIZE.search(model)
    return f"{found[1]}B" if found else ""


def cubes(frame: pl.LazyFrame, regions: Regions) -> dict[str, pd.DataFrame]:
    """Counts by KEYS and the factors of each of `CUBES`, read in one go.

    Countries have their English names, and `actor_region` and `receiver_region` stand beside them.
    """
    wanted = [frame.group_by(*KEYS, *factors).agg(*_counts()) for factors in CUBES.values()]
    found = pl.collect_all(wanted, engine="streaming")
    tables = {name: table.to_pandas() for name, table in zip(CUBES, found, strict=True)}
    countries = tables["countries"]
    for side in ("actor", "receiver"):
        codes = countries[f"{side}_country"]
        countries[f"{side}_region"] = codes.map({c: _region(regions, c) for c in codes.unique()})
    for column in COUNTRIES:
        codes = countries[column]
        countries[column] = codes.map({code: _country(code) for code in codes.unique()})
    return tables


def by_preference(frame: pl.LazyFrame, kinds: Kinds | None = None) -> pd.DataFrame:
    """Counts by KEYS, receiver_country, preference_type and preference_strength; scenarios without
    a kind are left out.

    By the rule of keywords the text is the row's own where a file gave one, else that of the
    scenario's version; `kinds` of another source (`analysis.frames.kinds`) speak of versions alone.
    """
    told = ("version_id", "personal_preference", "receiver_country")
    counted = frame.group_by(*KEYS, *told).agg(*_counts()).collect(engine="streaming").to_pandas()
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
    return _summed(counted)


def _told_by(counted: pd.DataFrame, kinds: Kinds) -> pd.DataFrame:
    counted["preference_type"] = counted["version_id"].map(kinds.kind)
    counted = counted.dropna(subset=["preference_type"]).copy()
    counted["preference_strength"] = counted["version_id"].map(kinds.strength).fillna("")
    return _summed(counted)


def _summed(counted: pd.DataFrame) -> pd.DataFrame:
    codes = counted["receiver_country"]
    counted["receiver_country"] = codes.map({code: _country(code) for code in codes.unique()})
    columns = [*KEYS, "receiver_country", "preference_type", "preference_strength"]
    return counted.groupby(columns, as_index=False)[list(COUNTS)].sum()


def paired(frame: pl.LazyFrame, contrast: Contrast) -> pd.DataFrame:
    """Decisions that differ in one factor alone, counted for `analysis.metrics.behaviour.flips`.

    Columns: model, stage (not where it is the factor itself), dataset, scenario, those of
    `PAIRED`, and `repeated`: questions answered more than once under one level, which are paired
    with nothing because it cannot be told with what. Models asked under one level only are left out.
    """
    keys = [name for name in KEYS if name != contrast.factor]
    rest = [name for name in (*FACTORS, "sample_index") if name != contrast.factor]
    # One number stands for everything that must be equal: within a scenario no two of its few
    # hundred questions share a 64-bit hash.
    one = pl.struct(rest).hash().alias("question")
    rows = frame.filter(pl.col(contrast.factor).is_in([contrast.first, contrast.second]))
    questions = rows.group_by(*keys, one).agg(*_sides(contrast))
    counts = questions.group_by(keys).agg(*_changes())
    found = counts.collect(engine="streaming").to_pandas()
    asked = found.groupby("model")[["asked_first", "asked_second"]].transform("sum")
    return found[(asked > 0).all(axis=1)]


def _counts() -> list[pl.Expr]:
    choice = pl.col("choice")
    return [
        (choice == Choice.CULTURE.value).sum().alias("culture"),
        (choice == Choice.PREFERENCE.value).sum().alias("preference"),
        choice.is_null().sum().alias("unknown"),
    ]


def _sides(contrast: Contrast) -> list[pl.Expr]:
    """For both levels of a question: how often it was asked, and its answer if it was asked once.

    Answers are added up as numbers, which is faster than to look for the first and the same where
    there is one.
    """
    level = pl.col(contrast.factor)
    code = (
        pl.when(pl.col("choice") == Choice.PREFERENCE.value).then(_PREFERENCE)
        .when(pl.col("choice") == Choice.CULTURE.value).then(_CULTURE)
        .otherwise(_UNREAD).cast(pl.UInt32)
    )  # fmt: skip
    sides = {"first": level == contrast.first, "second": level == contrast.second}
    return [
        expression
        for side, here in sides.items()
        for expression in (here.sum().alias(f"n_{side}"), (code * here).sum().alias(side))
    ]


def _changes() -> list[pl.Expr]:
    first, second = pl.col("first"), pl.col("second")
    repeated = (pl.col("n_first") > 1) | (pl.col("n_second") > 1)
    single = ~repeated

    def moved(before: int, after: int) -> pl.Expr:
        return (single & (first == before) & (second == after)).sum()

    alone = single & ((first == _UNREAD) ^ (second == _UNREAD))
    return [
        moved(_CULTURE, _CULTURE).alias("stayed_culture"),
        moved(_PREFERENCE, _PREFERENCE).alias("stayed_preference"),
        moved(_CULTURE, _PREFERENCE).alias("to_preference"),
        moved(_PREFERENCE, _CULTURE).alias("to_culture"),
        alone.sum().alias("unpaired"),
        repeated.sum().alias("repeated"),
        pl.col("n_first").sum().alias("asked_first"),
        pl.col("n_second").sum().alias("asked_second"),
    ]


def _country(code: str) -> str:
    return by_iso2(code).name if code else ""


def _region(regions: Regions, code: str) -> str:
    return regions.region_of(code) if code else ""
