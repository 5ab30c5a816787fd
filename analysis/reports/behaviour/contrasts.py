"""What moves a decision: questions paired, and dependence tested."""

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.frames.decisions import PEOPLE, RELATION, ROLE, Contrast
from analysis.metrics import Estimate
from analysis.metrics.behaviour import Flips, association, flips
from analysis.metrics.intervals import Settings
from analysis.reports.behaviour.rates import TABLE, by_model, told

FACTORS = (("countries", "receiver_country"), ("asked", RELATION), ("asked", ROLE), *(
    ("people", name) for name in PEOPLE
))  # fmt: skip
"""(Cube, factor) whose dependence is tested."""


def contrasts(
    tables: Mapping[str, pd.DataFrame], pairs: Mapping[Contrast, pd.DataFrame], settings: Settings
) -> list[Estimate]:
    """Paired contrasts and dependence of each model, then of all models of a stage together."""
    return [
        *_corrected(_paired(pairs, settings)),
        *_corrected(_associations(tables)),
        *_corrected([*_paired_together(pairs, settings), *_associations_together(tables)]),
    ]


def _paired(pairs: Mapping[Contrast, pd.DataFrame], settings: Settings) -> Iterator[Estimate]:
    for contrast, table in pairs.items():
        for (model, stage), rows in by_model(table):
            yield from _contrast(rows, contrast, model, stage, settings)


def _paired_together(
    pairs: Mapping[Contrast, pd.DataFrame], settings: Settings
) -> Iterator[Estimate]:
    """The pairs of all models of a stage counted together, a scenario one cluster over all."""
    for contrast, table in pairs.items():
        staged = table if "stage" in table else table.assign(stage="")
        for stage, rows in staged.groupby("stage", sort=True):
            if rows["model"].nunique() > 1:
                yield from _contrast(rows, contrast, "", str(stage), settings)


def _contrast(
    rows: pd.DataFrame, contrast: Contrast, model: str, stage: str, settings: Settings
) -> Iterator[Estimate]:
    found: Flips = flips(rows, settings)
    repeated = int(rows["repeated"].sum())
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


def _associations(tables: Mapping[str, pd.DataFrame]) -> Iterator[Estimate]:
    for cube, factor in FACTORS:
        for (model, stage), rows in by_model(told(tables[cube], (factor,))):
            yield from _association(rows, factor, model, stage)


def _associations_together(tables: Mapping[str, pd.DataFrame]) -> Iterator[Estimate]:
    """Of the model itself, and of every factor over the decisions of all models of a stage."""
    for cube, factor in (("asked", "model"), *FACTORS):
        for stage, rows in told(tables[cube], (factor,)).groupby("stage", sort=True):
            if rows["model"].nunique() > 1:
                yield from _association(rows, factor, "", str(stage))


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
