"""Decisions of a benchmark: their columns, the models' names, and what is compared.

Columns that form groups have the names of the PACT release files. A model is its family where the
run names one, so that its base and instruct runs, or imports of two prompts, stand together; a
family of which several sizes were asked is one model a size (`Llama 8B`, `Llama 70B`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from annotation.vocab.terms import Choice
from modeling.models import Run

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

COLUMNS: Final = (
    "run", "family", *KEYS, *FACTORS.values(), "sample_index", "version_id", "personal_preference",
    "choice",
)  # fmt: skip
"""Columns of the shards that decisions are counted by."""

CUBES: Final[Mapping[str, tuple[str, ...]]] = {
    "asked": (ROLE, CONDITION, PROMPT, RELATION),
    "countries": COUNTRIES,
    "people": (CONDITION, *PEOPLE),
}
"""Counts from which all tables are summed: three groupings of the decisions instead of twenty."""

COUNTS: Final = ("culture", "preference", "unknown")
_SIZE: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?[bB](?![a-zA-Z0-9])")


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


def decisions(rows: pl.LazyFrame, *more: str) -> pl.LazyFrame:
    """One row a decision: run, family, KEYS with the model as the run names it, the factors,
    sample_index, version_id, personal_preference, `choice` (culture, preference, or null for
    what could not be read as either, ties included) and the columns `more` of the shards."""
    known = pl.col("choice").is_in([Choice.CULTURE.value, Choice.PREFERENCE.value])
    return rows.select(
        "run", "family", *KEYS,
        *(pl.col(column).alias(name) for name, column in FACTORS.items()),
        "sample_index", "version_id", "personal_preference", *more,
        pl.when(known).then("choice").alias("choice"),
    )  # fmt: skip


def named(names: Mapping[str, str]) -> pl.Expr:
    """The column `model` under the name that tables have, by what `sized` found."""
    return (
        pl.when(pl.col("model").is_in(list(names)))
        .then(pl.col("model").replace(names))
        .when(pl.col("family") != "")
        .then("family")
        .otherwise("model")
        .alias("model")
    )


def sized(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Model -> family and size, of (family, model), for families asked in several sizes."""
    sizes: dict[str, dict[str, str]] = {}
    for family, model in pairs:
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
