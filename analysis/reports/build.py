"""Build a report's folder: frames, estimates, content, files, in this order."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from django.conf import settings

from analysis.exports.files import fill_table
from analysis.exports.human import release_human, scenario_texts
from analysis.exports.predictions import release_predictions
from analysis.figures.render import write_figure
from analysis.metrics import Estimate, alignment_table, human_table, to_frame
from analysis.metrics.leave_out import relations_without
from analysis.metrics.pooled import pooled_distances, pooled_table, pools_of
from analysis.metrics.regression.table import human_regressions, model_regressions
from analysis.reports.book import Book
from analysis.reports.bundle import write_manifest, written_aside
from analysis.reports.codebook import write_codebook
from analysis.reports.compose import compose
from analysis.reports.documents import write_documents
from analysis.reports.indicators import PEOPLE as BY_COUNTRY
from analysis.reports.indicators import indicator_rows
from analysis.reports.inputs import Inputs, code_digest
from analysis.reports.models import item_rates
from analysis.reports.power import PEOPLE, power_rows
from analysis.reports.progress import Progress, silent
from analysis.reports.sections import Content
from analysis.reports.tables import Table
from analysis.reports.traces_files import write_traces
from analysis.reports.version import code_version
from analysis.reports.writers import write_csv, write_tex
from survey.services.export_records import record_export

if TYPE_CHECKING:
    from analysis.reports.kinds import AnyInputs

PACKED_ROWS = 20_000
RECOMPUTE = Path(__file__).with_name("recompute.py")


@dataclass(frozen=True)
class Built:
    """A report that now stands in its folder."""

    folder: Path
    content: Content
    manifest: dict[str, Any]


def write_bundle(inputs: Inputs, folder: Path, progress: Progress = silent) -> Built:
    """Compute everything and put the bundle at `folder`; `progress` gets 0 to 1 and what is done.

    BadInput, before anything is computed, where the folder holds something else.
    """
    with written_aside(folder) as aside:
        estimates = compute(inputs, progress)
        frame = to_frame(estimates)
        content = compose(Book(tuple(estimates)), inputs)
        fill_table(frame, aside / "estimates.csv")
        progress(0.72, "Writing tables and data")
        write_tables(content, aside / "tables")
        write_data(inputs, aside)
        write_traces(inputs.traced, aside / "data")
        _remember(inputs, folder)
        write_codebook(aside)
        shutil.copy(RECOMPUTE, aside / "recompute.py")
        progress(0.8, "Drawing figures")
        write_figures(content, aside / "figures")
        progress(0.9, "Writing the report")
        notes = write_documents(content, aside, progress)
        manifest = describe(inputs, content, notes)
        write_manifest(aside, manifest)
    progress(1.0, "Done")
    return Built(folder, content, manifest)


def compute(inputs: Inputs, progress: Progress = silent) -> list[Estimate]:
    """All estimates of a report."""
    options = inputs.options
    settings: dict[str, Any] = {
        "replicates": options.replicates,
        "seed": options.seed,
        "level": options.level,
    }
    progress(0.02, "Computing the human study")
    estimates = human_table(inputs.human, **settings)
    progress(0.15, "Regressions of people's choices")
    estimates += human_regressions(inputs.human, **settings)
    estimates += relations_without(inputs.human, **settings)
    progress(0.17, "Pooling small cells")
    pools = pools_of(inputs.human)
    estimates += pooled_table(inputs.human, pools, **settings)
    if not inputs.model.empty:

        def told(done: int, parts: int) -> None:
            progress(0.2 + 0.5 * done / parts, f"Comparing models with people: {done} of {parts}")

        estimates += alignment_table(inputs.human, inputs.model, progress=told, **settings)
        progress(0.7, "Regressions of models' choices")
        estimates += model_regressions(inputs.model, **settings)
        estimates += pooled_distances(inputs.human, inputs.model, pools, **settings)
    beside = indicator_rows(estimates, inputs.indicators, BY_COUNTRY, options.level)
    return [*estimates, *beside, *power_rows(estimates, PEOPLE, options.level)]


def write_tables(content: Content, folder: Path) -> None:
    """Every table as CSV and LaTeX."""
    folder.mkdir()
    for table in content.tables():
        write_csv(table, folder / f"{table.name}.csv")
        write_tex(table, folder / f"{table.name}.tex")


def write_figures(content: Content, folder: Path) -> None:
    """Every figure as spec and in the formats that are set, its rows beside it."""
    folder.mkdir()
    for figure in content.figures():
        list(write_figure(figure, folder, settings.PACT_REPORT_FIGURES))
        fill_table(pd.DataFrame(list(figure.rows)), folder / f"{figure.name}.csv")


def _remember(inputs: Inputs, folder: Path) -> None:
    """A bundle holds people's rows: a withdrawal must be able to name it."""
    record_export(
        study=inputs.study,
        cohort=inputs.cohort,
        kind=f"report: {inputs.options.kind}",
        name=folder.name,
        pseudonyms=inputs.human["participant"].astype(str).unique().tolist(),
        rows=len(inputs.human),
        content_hash=inputs.digest,
    )


def write_data(inputs: Inputs, folder: Path) -> None:
    """The answers in the PACT release formats, and rates per item; large ones packed."""
    data = folder / "data"
    data.mkdir()
    texts = scenario_texts(inputs.study.release)
    fill_table(release_human(inputs.human, texts), data / "human.csv")
    if inputs.model.empty:
        return
    predictions = release_predictions(inputs.model)
    ending = "csv.gz" if len(predictions) > PACKED_ROWS else "csv"
    fill_table(predictions, data / f"predictions.{ending}")
    rates = [
        item_rates(inputs.human, inputs.model, setting).assign(setting=setting)
        for setting in sorted(inputs.model["setting"].unique())
    ]
    fill_table(pd.concat(rates), folder / "tables" / "items.csv")


def describe(inputs: Inputs, content: Content, notes: list[str]) -> dict[str, Any]:
    """The manifest's facts of a study's report: the common ones, whom it counts and what it drops."""
    return described(inputs, content, notes) | {
        "options": {**inputs.options.as_dict(), "cohort": inputs.cohort},
        "dropped": [{"reason": reason, "answers": n} for reason, n in inputs.dropped],
        "participants": [vars(step) for step in inputs.flow],
        "runs": [described_run(run) for run in inputs.runs],
    }


def described(inputs: AnyInputs, content: Content, notes: list[str]) -> dict[str, Any]:
    """The manifest's facts that every kind of report has: what, from what, with what."""
    return {
        "title": content.title,
        "headline": content.headline,
        "certainty": content.certainty,
        "simulated": inputs.simulated,
        "options": inputs.options.as_dict(),
        "input_hash": inputs.digest,
        "code": {"version": code_version(), "analysis_hash": code_digest()},
        "facts": content.facts,
        "notes": notes,
        "sections": [section.key for section in content.sections],
        "tables": [_table(table) for table in content.tables()],
        "figures": [figure.name for figure in content.figures()],
    }


def described_run(run: Any) -> dict[str, Any]:
    """What a manifest says of a run."""
    return {
        "id": run.public_id,
        "label": run.label,
        "state": run.state,
        "cells": run.cells,
        "imported": run.imported,
        "simulated": run.simulated,
        "plan_hash": run.plan_hash,
    }


def _table(table: Table) -> dict[str, str]:
    return {"name": table.name, "title": table.title}
