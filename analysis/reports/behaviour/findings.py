"""Everything a report on behaviour says, as rows of `estimates.csv`."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.frames.decisions import CONDITION, COUNTS, PEOPLE, PROMPT, RELATION, ROLE, Contrast
from analysis.metrics import Estimate, definition
from analysis.metrics.behaviour import (
    Flips,
    Rate,
    allow_rates,
    association,
    decision_entropy,
    direction_share,
    factor_spread,
    flips,
    pooled,
    two_level_effect,
)
from analysis.metrics.intervals import Settings
from analysis.reports.behaviour.inputs import Counted
from annotation.vocab.terms import DemographicCondition

TABLE = "behavior"
FULL = str(DemographicCondition.FULL_DEMO)
AGES, GENDERS = ("actor_age", "receiver_age"), ("actor_gender", "receiver_gender")
REGIONS = ("actor_region", "receiver_region")

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
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
    ("preferences", ("preference_type",)),
    ("preferences", ("preference_strength",)),
)
"""(Cube, columns) of every table of rates; each is estimated per model and stage."""

FACTORS = (("countries", "receiver_country"), ("asked", RELATION), ("asked", ROLE), *(
    ("people", name) for name in PEOPLE
))  # fmt: skip
"""(Cube, factor) whose dependence is tested."""


def estimates(counted: Counted, settings: Settings) -> list[Estimate]:
    """Every number: rates, entropies, contrasts, associations, spreads."""
    tables = {**counted.cubes, "preferences": counted.preferences}
    rows = [*_overall(tables["asked"], settings.level)]
    for cube, by in GROUPS:
        rows += _grouped(_told(tables[cube], by), by, settings.level)
    rows += _corrected(_contrasts(counted.pairs, settings))
    rows += _corrected(_associations(tables))
    return [*rows, *_spreads(rows)]


def _told(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Rows that say what they are grouped by; people are compared where both ages and genders stand."""
    if CONDITION in table and CONDITION not in by and set(by) & set(PEOPLE):
        table = table[table[CONDITION] == FULL]
    return table[(table[list(by)] != "").all(axis=1)]


def _overall(table: pd.DataFrame, level: float) -> Iterator[Estimate]:
    """Rates pooled over datasets, over decisions and per dataset; entropy and conflict."""
    yield from _grouped(table, (), level)
    for (model, stage), rows in _models(table):
        for rate in allow_rates(rows, level=level):
            yield from _rate(rate, model, stage, pool="decisions")
        if rows["dataset"].nunique() > 1:
            for rate in allow_rates(rows, ["dataset"], level=level):
                yield from _rate(rate, model, stage)
        for rate in decision_entropy(rows, level=level):
            yield from _rate(rate, model, stage)


def _grouped(table: pd.DataFrame, by: Sequence[str], level: float) -> Iterator[Estimate]:
    """Rates of every group, each the mean of its datasets' rates."""
    for (model, stage), rows in _models(table):
        found: dict[tuple[object, ...], list[Rate]] = {}
        for rate in allow_rates(rows, [*by, "dataset"], level=level):
            group = {name: rate.group[name] for name in by}
            found.setdefault((rate.metric, *group.items()), []).append(rate)
        for (_, *group_items), rates in found.items():
            one = _pooled(rates)
            yield from _rate(one, model, stage, dict(group_items))  # type: ignore[arg-type]


def _pooled(rates: list[Rate]) -> Rate:
    """The mean of the datasets that have a rate; one dataset's own interval is kept as it is."""
    known = [rate for rate in rates if rate.value is not None] or rates[:1]
    return known[0] if len(known) == 1 else pooled(known)


def _rate(
    rate: Rate, model: str, stage: str, group: dict[str, str] | None = None, **tokens: str
) -> Iterator[Estimate]:
    if rate.metric == "culture_rate":  # one less the allow rate: said once
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


def _contrasts(pairs: dict[Contrast, pd.DataFrame], settings: Settings) -> Iterator[Estimate]:
    for contrast, table in pairs.items():
        for (model, stage), rows in _models(table):
            found = flips(rows, settings)
            repeated = int(rows["repeated"].sum())
            yield from _contrast(found, contrast, model, stage, repeated)


def _contrast(
    found: Flips, contrast: Contrast, model: str, stage: str, repeated: int
) -> Iterator[Estimate]:
    note = found.note
    if repeated:
        note = f"{note}; {repeated} questions answered more than once are paired with nothing"
    for metric in ("allow_diff_pp", "flip_to_preference", "flip_to_culture", "unchanged", "p"):
        bounded = metric == "allow_diff_pp"
        yield Estimate(
            TABLE,
            metric,
            setting=stage,
            model=model,
            group={"contrast": contrast.name},
            value=getattr(found, metric),
            lower=found.lower if bounded else None,
            upper=found.upper if bounded else None,
            n_items=found.n_scenarios,
            n_answers=2 * found.n_pairs,
            n_dropped=found.n_unpaired,
            note=note,
        )


def _associations(tables: dict[str, pd.DataFrame]) -> Iterator[Estimate]:
    """Of every factor for each model, and of the model itself over all."""
    for cube, factor in FACTORS:
        for (model, stage), rows in _models(_told(tables[cube], (factor,))):
            yield from _association(rows, factor, model, stage)
    asked = tables["asked"]
    for stage in sorted(asked["stage"].unique()):
        rows = asked[asked["stage"] == stage]
        if rows["model"].nunique() > 1:
            yield from _association(rows, "model", "", str(stage))


def _association(table: pd.DataFrame, factor: str, model: str, stage: str) -> Iterator[Estimate]:
    found = association(table, factor)
    for metric in ("cramers_v", "chi2", "p"):
        yield Estimate(
            TABLE, metric, setting=stage, model=model, group={"factor": factor},
            value=getattr(found, metric), n_items=int(table["scenario"].nunique()),
            n_answers=found.n_decisions, note=found.note,
        )  # fmt: skip


def _corrected(rows: Iterable[Estimate]) -> list[Estimate]:
    """The rows with a `p_bh` beside each p: everything tested in one table is one family."""
    kept = list(rows)
    tested = [row for row in kept if row.metric == "p" and row.value is not None]
    if not tested:
        return kept
    corrected = multipletests([row.value for row in tested], method="fdr_bh")[1]
    family = f"family of {len(tested)} tests"
    return kept + [
        Estimate(
            TABLE, "p_bh", setting=row.setting, model=row.model, group=row.group, value=float(p),
            n_items=row.n_items, n_answers=row.n_answers, note=family,
        )
        for row, p in zip(tested, corrected, strict=True)
    ]  # fmt: skip


def _spreads(rows: Sequence[Estimate]) -> Iterator[Estimate]:
    """How far countries, ages and genders lie apart per model, and in how many models alike."""
    models = sorted({(row.model, row.setting) for row in rows if row.model})
    for model, stage in models:
        mine = [row for row in rows if (row.model, row.setting) == (model, stage)]
        yield from _country_spread(mine, model, stage)
        for name, factors in (("age", AGES), ("gender", GENDERS)):
            effects = [e.value for e in mine if _is_difference(e, factors) and e.value is not None]
            if effects:
                yield _spread(name, two_level_effect(effects), model, stage, len(effects))
    for factor in PEOPLE:
        effects = [e.value for e in rows if _is_difference(e, (factor,)) and e.value is not None]
        share = direction_share(effects)
        if len(effects) > 1 and share is not None:
            yield Estimate(
                TABLE, "direction_share", group={"factor": factor}, value=share,
                note=f"{len(effects)} models",
            )  # fmt: skip


def _country_spread(mine: Sequence[Estimate], model: str, stage: str) -> Iterator[Estimate]:
    rates = {
        str(row.group["receiver_country"]): row.value
        for row in mine
        if row.metric == "allow_rate" and set(row.group) == {"receiver_country"}
        and row.value is not None
    }  # fmt: skip
    found = factor_spread(rates)
    if found.sd_pp is not None:
        yield _spread("country", found.sd_pp, model, stage, found.n_levels)


def _spread(factor: str, value: float, model: str, stage: str, levels: int) -> Estimate:
    return Estimate(
        TABLE, "factor_spread_pp", setting=stage, model=model, group={"factor": factor},
        value=value, note=f"over {levels} {'levels' if factor == 'country' else 'differences'}",
    )  # fmt: skip


def _is_difference(row: Estimate, factors: Sequence[str]) -> bool:
    contrast = str(row.group.get("contrast", ""))
    return row.metric == "allow_diff_pp" and contrast.partition(":")[0] in factors


def _models(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Rows by model and stage; a table in which the stage is what is compared has none."""
    if "stage" not in table:
        table = table.assign(stage="")
    for (model, stage), rows in table.groupby(["model", "stage"], sort=True):
        yield (str(model), str(stage)), rows


def totals(table: pd.DataFrame) -> dict[str, int]:
    """All decisions by what they were."""
    return {name: int(table[name].sum()) for name in COUNTS}
