"""Scenarios of a benchmark in words, and the single decisions about a few of them.

Decisions are counted elsewhere; here the few scenarios that are shown are read with everything that
was asked and written about them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from analysis.frames.decisions import COUNTRIES, FACTORS, KEYS, Contrast, decisions, named
from analysis.frames.traces import LONGEST
from annotation.models import ScenarioVersion
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import with_phrase
from modeling.models import Run
from modeling.services import answers

Key = tuple[str, str]
"""Source dataset and scenario."""

OTHER: Final = "the other person"
"""Who a text calls the receiver where no age or gender is told."""

_ASKED: Final = (*KEYS, *FACTORS, "sample_index")
_SECOND: Final = " second"


@dataclass(frozen=True)
class Dilemma:
    """A scenario in words; what a dataset does not have is "". The country is an English name."""

    key: Key
    country: str
    theme: str
    situation: str
    culture_action: str
    preference_action: str


@dataclass(frozen=True)
class Decision:
    """What a model chose once, what it was asked (FACTORS -> level, countries by their English
    names), and what it wrote beside it."""

    key: Key
    model: str
    stage: str
    asked: Mapping[str, str]
    choice: str
    text: str


def read_decisions(
    runs: Sequence[Run], keys: Collection[Key], names: Mapping[str, str]
) -> pl.DataFrame:
    """Every valid decision about these scenarios, with the words beside it, by its cell's key.

    Those keys are hashes of what was asked, or numbers of rows: an order that nobody chose. `names`
    as `analysis.frames.decisions.named` takes them.
    """
    pks = [run.pk for run in runs]
    wanted = pl.DataFrame(sorted(keys), schema=["dataset", "scenario"], orient="row").lazy()
    scenarios = [scenario for _, scenario in keys]
    rows = decisions(
        answers.scan(pks).filter(pl.col("scenario").is_in(scenarios)),
        *("cell_key", "rationale", "situation", "cultural_expectation"),
    )
    found = (
        rows.filter(pl.col("choice").is_not_null())
        .join(wanted, on=["dataset", "scenario"], how="semi")
        .with_columns(named(names), pl.col("rationale").fill_null("").str.slice(0, LONGEST))
        .sort("cell_key")
    )
    with answers.reading(pks):
        return found.collect(engine="streaming")


def dilemmas(rows: pl.DataFrame) -> dict[Key, Dilemma]:
    """The scenarios of these decisions in words: the version's, else those that came with them."""
    first = rows.unique(["dataset", "scenario"], keep="first", maintain_order=True)
    versions = ScenarioVersion.objects.in_bulk(first["version_id"].unique().to_list())
    told = (_dilemma(row, versions.get(row["version_id"])) for row in first.iter_rows(named=True))
    return {one.key: one for one in told}


def _dilemma(row: Mapping[str, Any], version: ScenarioVersion | None) -> Dilemma:
    situation = version.situation if version else row["situation"] or ""
    return Dilemma(
        key=(row["dataset"], row["scenario"]),
        country=_country(row["base_country"]),
        theme=version.theme if version else "",
        situation=with_phrase(situation, OTHER),
        culture_action=_either(version, "culture_action", row, "cultural_expectation"),
        preference_action=_either(version, "preference_action", row, "personal_preference"),
    )


def _either(
    version: ScenarioVersion | None, action: str, row: Mapping[str, Any], stated: str
) -> str:
    """The action, else what the action is about: imported decisions state only that."""
    own = version and (getattr(version, action) or getattr(version, stated))
    return own or row[stated] or ""


def with_words(rows: pl.DataFrame, key: Key, stage: str, column: str) -> list[Decision]:
    """The first decision with words of each level of a column (models, roles) and choice."""
    by = [column, "choice"]
    about = _about(rows, key).filter((pl.col("stage") == stage) & (pl.col("rationale") != ""))
    first = about.unique(by, keep="first", maintain_order=True).sort(by, maintain_order=True)
    return [_decision(row) for row in first.iter_rows(named=True)]


def turned(
    rows: pl.DataFrame, key: Key, contrast: Contrast, stage: str
) -> Iterator[tuple[Decision, Decision]]:
    """Pairs of decisions that differ in one thing alone and turned, those with most words first.

    As in `analysis.frames.pairs`: a question that was answered twice is paired with nothing.
    """
    others = [name for name in _ASKED if name != contrast.factor]
    about = _about(rows, key).filter(pl.col("stage") == stage)
    first, second = (
        about.filter(pl.col(contrast.factor) == level).unique(others, keep="none")
        for level in (contrast.first, contrast.second)
    )
    pairs = first.join(second, on=others, suffix=_SECOND, nulls_equal=True)
    written = sum(
        (pl.col(name) != "").cast(pl.Int8) for name in ("rationale", f"rationale{_SECOND}")
    )
    ordered = pairs.filter(pl.col("choice") != pl.col(f"choice{_SECOND}")).sort(
        written, "cell_key", descending=[True, False]
    )
    for row in ordered.iter_rows(named=True):
        other = {name: row.get(f"{name}{_SECOND}", value) for name, value in row.items()}
        yield _decision(row), _decision(other)


def _about(rows: pl.DataFrame, key: Key) -> pl.DataFrame:
    return rows.filter((pl.col("dataset") == key[0]) & (pl.col("scenario") == key[1]))


def _country(code: str) -> str:
    return by_iso2(code).name if code else ""


def _decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        key=(row["dataset"], row["scenario"]),
        model=row["model"],
        stage=row["stage"],
        asked={name: row[name] for name in FACTORS}
        | {name: _country(row[name]) for name in COUNTRIES},
        choice=row["choice"],
        text=row["rationale"],
    )
