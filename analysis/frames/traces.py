"""Answers counted item by item, and the words that came with them: what traces are chosen from.

Counting happens where the rows lie, in the database for people and in the shards for models; what
reaches memory is a row an item, question and model. Words are read for the few items shown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Avg, Count, Q, QuerySet

from analysis.frames.subjects import analysed
from analysis.metrics.traces import Share
from annotation.models import Item, Release
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Choice, Frame, with_receiver
from modeling.models import Run
from modeling.services import answers
from survey.models import Answer, Study

FRAMES: Final = tuple(frame.value for frame in Frame)
LONGEST: Final = 20_000
"""Characters that are read of one rationale; a reply may hold a hundred thousand."""


@dataclass(frozen=True)
class TracedItem:
    """An item in words. Countries are English names; `kind` is that of the preference."""

    pk: int
    version: int
    name: str
    scenario: str
    country: str
    theme: str
    kind: str
    receiver: str
    situation: str
    expectation: str
    preference: str
    culture_action: str
    preference_action: str


@dataclass(frozen=True)
class People:
    """What people said of one item: their choices by question and their mean ratings."""

    shares: Mapping[str, Share]
    importance_norm: float | None = None
    importance_preference: float | None = None
    rated: int = 0
    reasons: int = 0


@dataclass(frozen=True)
class Reason:
    """One person's words about one item, with both choices; never with who it was but a pseudonym."""

    item: int
    pseudonym: str
    country: str
    relation: str
    personal: str
    norm: str
    text: str


@dataclass(frozen=True)
class Rationale:
    """What a model wrote beside one of its choices."""

    item: int
    model: str
    frame: str
    choice: str
    persona: str
    text: str
    cell_key: str


@dataclass(frozen=True)
class Shown:
    """Which answers are counted: of people in one relation or from one country (ISO2)."""

    relation: str = ""
    participant_country: str = ""


@dataclass(frozen=True)
class Asked:
    """What models answered to one item and question, by model, invalid answers counted apart."""

    shares: dict[str, Share] = field(default_factory=dict)
    invalid: int = 0


def traced_items(release: Release, kinds: Mapping[int, str]) -> dict[int, TracedItem]:
    """Every item of a release by primary key; `kinds` maps versions to kinds of preference."""
    rows = Item.objects.filter(release=release).select_related("version__scenario").order_by("pk")
    return {item.pk: _traced(item, kinds) for item in rows}


def _traced(item: Item, kinds: Mapping[int, str]) -> TracedItem:
    version = item.version
    return TracedItem(
        pk=item.pk,
        version=version.pk,
        name=item.scenario_item_id,
        scenario=version.scenario.key,
        country=by_iso2(version.country).name,
        theme=version.theme,
        kind=kinds.get(version.pk, ""),
        receiver=f"{item.receiver_age} {item.receiver_gender}",
        situation=with_receiver(version.situation, item.receiver_age, item.receiver_gender),
        expectation=version.cultural_expectation,
        preference=version.personal_preference,
        culture_action=version.culture_action,
        preference_action=version.preference_action,
    )


def people_by_item(study: Study, cohort: str, shown: Shown | None = None) -> dict[int, People]:
    """What the people who count said, by item; items that nobody answered are not there."""
    counts = {
        f"{frame}_{name}": Count("pk", filter=Q(**{frame: choice.value}))
        for frame in FRAMES
        for name, choice in (("k", Choice.CULTURE), ("other", Choice.PREFERENCE))
    }
    rows = _answers(study, cohort, shown or Shown()).values("assignment__item").annotate(
        **counts,
        norm_rating=Avg("importance_norm"),
        preference_rating=Avg("importance_preference"),
        rated=Count("importance_norm"),
        reasons=Count("pk", filter=~Q(reason="")),
    )  # fmt: skip
    return {row["assignment__item"]: _people(row) for row in rows.order_by()}


def _people(row: Mapping[str, Any]) -> People:
    shares = {
        frame: Share(row[f"{frame}_k"], row[f"{frame}_k"] + row[f"{frame}_other"])
        for frame in FRAMES
    }
    return People(
        shares=shares,
        importance_norm=row["norm_rating"],
        importance_preference=row["preference_rating"],
        rated=row["rated"],
        reasons=row["reasons"],
    )


def people_by_relation(study: Study, cohort: str) -> dict[str, dict[int, People]]:
    """The same for the people of each relation to the scenario's country, by its code."""
    found = _answers(study, cohort, Shown()).order_by().values_list("assignment__relation")
    relations = sorted({code for (code,) in found.distinct()})
    return {code: people_by_item(study, cohort, Shown(relation=code)) for code in relations}


def _answers(study: Study, cohort: str, shown: Shown) -> QuerySet[Answer]:
    rows = Answer.objects.filter(assignment__participant__in=analysed(study, cohort))
    if shown.relation:
        rows = rows.filter(assignment__relation=shown.relation)
    if shown.participant_country:
        rows = rows.filter(assignment__participant__country=shown.participant_country)
    return rows


def reasons_of(
    study: Study, cohort: str, items: Collection[int], shown: Shown | None = None
) -> list[Reason]:
    """Every reason that people who count gave for these items, in an order that says nothing."""
    rows = _answers(study, cohort, shown or Shown()).filter(assignment__item__in=items)
    fields = (
        "assignment__item", "assignment__participant__pseudonym",
        "assignment__participant__country", "assignment__relation", "personal", "norm", "reason",
    )  # fmt: skip
    found = [
        Reason(item, person, by_iso2(country).name if country else "", *rest)
        for item, person, country, *rest in rows.exclude(reason="").values_list(*fields)
    ]
    return sorted(found, key=lambda one: (one.item, one.pseudonym))


def models_by_item(
    runs: Sequence[Run], setting: str, without: Iterable[str] = ()
) -> dict[tuple[int, str], Asked]:
    """What the models of these runs answered in one setting, by (item, question)."""
    if not runs:
        return {}
    import polars as pl

    keys = ["model", "item_id", "frame"]
    pks = [run.pk for run in runs]
    valid = pl.col("q").is_not_null()
    counted = (
        answers.scan(pks)
        .filter((pl.col("setting") == setting) & ~pl.col("model").is_in(list(without)))
        .group_by(keys)
        .agg(
            pl.col("q").sum().round(9).alias("k"),
            valid.sum().alias("n"),
            (~valid).sum().alias("invalid"),
        )
        .sort(keys)
    )
    with answers.reading(pks):
        rows = counted.collect(engine="streaming").to_dicts()
    return _asked(((row["item_id"], row["frame"]), row) for row in rows)


def _asked(rows: Iterable[tuple[Any, Mapping[str, Any]]]) -> dict[Any, Asked]:
    found: dict[Any, Asked] = {}
    for key, row in rows:
        before = found.get(key, Asked())
        if row["n"]:
            before.shares[row["model"]] = Share(row["k"], row["n"])
        found[key] = Asked(before.shares, before.invalid + row["invalid"])
    return found


def settings_of(runs: Sequence[Run]) -> list[str]:
    """The settings in which these runs asked, without personas first."""
    if not runs:
        return []
    import polars as pl

    pks = [run.pk for run in runs]
    with answers.reading(pks):
        found = answers.scan(pks).select(pl.col("setting").unique()).collect(engine="streaming")
    return sorted(found["setting"].to_list())  # no_persona stands before persona


def rationales_of(
    runs: Sequence[Run], setting: str, items: Collection[int], each: int
) -> list[Rationale]:
    """Up to `each` rationales a model, item, question and choice, the first by their cells' keys.

    Those keys are hashes of what was asked: an order that nobody chose.
    """
    if not runs or not items:
        return []
    import polars as pl

    by = ["item_id", "model", "frame", "choice"]
    pks = [run.pk for run in runs]
    wanted = (
        answers.scan(pks)
        .filter(
            pl.col("item_id").is_in(list(items))
            & (pl.col("setting") == setting)
            & pl.col("choice").is_not_null()
            & (pl.col("rationale").fill_null("") != "")
        )
        .select(*by, "persona_country", "persona_demo", "cell_key",
                pl.col("rationale").str.slice(0, LONGEST))
        .sort([*by, "cell_key"])
        .group_by(by, maintain_order=True)
        .head(each)
    )  # fmt: skip
    with answers.reading(pks):
        rows = wanted.collect(engine="streaming").to_dicts()
    return [_rationale(row) for row in rows]


def _rationale(row: Mapping[str, Any]) -> Rationale:
    country = row["persona_country"]
    persona = f"{by_iso2(country).name}, {row['persona_demo'].replace('_', ' ')}" if country else ""
    return Rationale(
        item=row["item_id"],
        model=row["model"],
        frame=row["frame"],
        choice=row["choice"],
        persona=persona,
        text=row["rationale"],
        cell_key=row["cell_key"],
    )
