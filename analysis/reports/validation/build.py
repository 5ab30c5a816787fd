"""Build the folder of a validation's report: estimates, labels, tables, figures, documents."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from analysis.exports.files import fill_table
from analysis.exports.labels import release_labels
from analysis.metrics import to_frame
from analysis.metrics.agreement import Bounds
from analysis.reports.book import Book
from analysis.reports.build import Built, described, write_figures, write_tables
from analysis.reports.bundle import write_manifest, written_aside
from analysis.reports.codebook import write_codebook
from analysis.reports.documents import write_documents
from analysis.reports.progress import Progress, silent
from analysis.reports.validation.compose import compose
from analysis.reports.validation.findings import Findings, estimates, find
from analysis.reports.validation.inputs import ValidationInputs

RECOMPUTE = Path(__file__).with_name("recompute.py")


def write_bundle(inputs: ValidationInputs, folder: Path, progress: Progress = silent) -> Built:
    """Compute everything and put the bundle at `folder`; `progress` gets 0 to 1 and what is done.

    BadInput, before anything is computed, where the folder holds something else.
    """
    with written_aside(folder) as aside:
        found = find(inputs, progress)
        rows = estimates(found, inputs)
        content = compose(Book(tuple(rows)), inputs, found)
        fill_table(to_frame(rows), aside / "estimates.csv")
        progress(0.6, "Writing tables and labels")
        write_tables(content, aside / "tables")
        write_data(inputs, found, aside)
        write_codebook(aside)
        shutil.copy(RECOMPUTE, aside / "recompute.py")
        progress(0.75, "Drawing figures")
        write_figures(content, aside / "figures")
        progress(0.9, "Writing the report")
        notes = write_documents(content, aside, progress)
        manifest = described(inputs, content, notes)
        write_manifest(aside, manifest)
    progress(1.0, "Done")
    return Built(folder, content, manifest)


def write_data(inputs: ValidationInputs, found: Findings, folder: Path) -> None:
    """Every label with its reason, what was settled, items by disagreement, and all intervals."""
    fill_table(release_labels(inputs.labels), folder / "labels.csv")
    if len(inputs.outcomes):
        fill_table(inputs.outcomes, folder / "outcomes.csv")
    fill_table(pd.DataFrame(list(_items(found))), folder / "tables" / "disagreement.csv")
    fill_table(pd.DataFrame(list(_intervals(found))), folder / "tables" / "intervals.csv")


def _items(found: Findings) -> Iterator[dict[str, object]]:
    for row in found.items:
        for criterion, counts in row.counts.items():
            for value, n in counts.items():
                yield {
                    "item": row.item,
                    "disagreement": row.disagreement,
                    "pairs": row.n_pairs,
                    "criterion": criterion,
                    "value": value,
                    "n": n,
                }


def _intervals(found: Findings) -> Iterator[dict[str, object]]:
    """Gwet's, the jackknife's and the bootstrap's bounds of every coefficient, side by side."""
    for rule, rows in found.agreement.items():
        for row in rows:
            yield {
                "single_rated": rule,
                "criterion": row.criterion,
                "coefficient": row.coefficient,
                "value": row.value,
                "se": row.se,
                "lower": row.lower,
                "upper": row.upper,
                **_bounds("jackknife", row.jackknife),
                **_bounds("bootstrap", row.bootstrap or Bounds()),
                "note": row.note,
            }


def _bounds(name: str, bounds: Bounds) -> dict[str, object]:
    return {f"{name}_{part}": getattr(bounds, part) for part in ("se", "lower", "upper")}
