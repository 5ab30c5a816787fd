"""Build the folder of a report on behaviour: estimates, counts, tables, figures, documents."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from analysis.exports.files import fill_table
from analysis.frames.decisions import COUNTS, KEYS, ROLE
from analysis.metrics import Estimate, to_frame
from analysis.metrics.intervals import Settings
from analysis.reports.behaviour.compose import DECISIONS, compose
from analysis.reports.behaviour.findings import estimates
from analysis.reports.behaviour.inputs import BehaviourInputs, Counted, count
from analysis.reports.book import Book
from analysis.reports.build import Built, described, described_run, write_figures, write_tables
from analysis.reports.bundle import write_manifest, written_aside
from analysis.reports.codebook import write_codebook
from analysis.reports.documents import write_documents
from analysis.reports.indicators import DECISIONS as BY_COUNTRY
from analysis.reports.indicators import indicator_rows
from analysis.reports.power import power_rows
from analysis.reports.printing import ready_to_print
from analysis.reports.progress import Progress, silent
from analysis.reports.sections import Content

RECOMPUTE = Path(__file__).with_name("recompute.py")


def write_bundle(inputs: BehaviourInputs, folder: Path, progress: Progress = silent) -> Built:
    """Compute everything and put the bundle at `folder`; `progress` gets 0 to 1 and what is done.

    BadInput, before anything is computed, where the folder holds something else.
    """
    options = inputs.options
    with written_aside(folder) as aside, ready_to_print():
        counted = count(inputs, progress)
        progress(0.5, "Computing rates and contrasts")
        settings = Settings(options.replicates, options.seed, options.level)
        rows = estimates(counted, settings)
        rows += indicator_rows(rows, inputs.indicators, BY_COUNTRY, options.level)
        rows += power_rows(rows, DECISIONS, options.level)
        content = compose(Book(tuple(rows)), inputs, counted)
        progress(0.8, "Drawing figures")
        write_figures(content, aside / "figures")
        progress(0.9, "Writing the report, its tables and counts")
        notes = write_documents(
            content, aside, progress, partial(_write_numbers, content, rows, counted, aside)
        )
        manifest = described(inputs, content, notes)
        manifest["runs"] = [described_run(run) for run in inputs.runs]
        write_manifest(aside, manifest)
    progress(1.0, "Done")
    return Built(folder, content, manifest)


def _write_numbers(
    content: Content, rows: Sequence[Estimate], counted: Counted, folder: Path
) -> None:
    """What others compute with, and what explains it."""
    fill_table(to_frame(rows), folder / "estimates.csv")
    write_tables(content, folder / "tables")
    write_data(counted, folder / "data")
    write_codebook(folder)
    shutil.copy(RECOMPUTE, folder / "recompute.py")


def write_data(counted: Counted, folder: Path) -> None:
    """Decisions counted by scenario and role: the rows that `recompute.py` starts from.

    Single decisions leave by `export_data decisions`; tens of millions have no place in a report.
    """
    by = [*KEYS, ROLE]
    folder.mkdir()
    table = counted.cubes["asked"].groupby(by, as_index=False)[list(COUNTS)].sum()
    fill_table(table, folder / "counts.csv")
