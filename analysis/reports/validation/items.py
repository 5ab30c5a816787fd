"""Where annotators part, with their reasons, and what counts nowhere."""

from collections.abc import Iterable
from typing import Any

from analysis.metrics.agreement import Disagreement
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table
from analysis.reports.validation.findings import Findings
from analysis.reports.validation.inputs import ValidationInputs
from analysis.reports.validation.places import single_rated

MOST_ITEMS = 30


def items_section(found: Findings, inputs: ValidationInputs) -> Section:
    """Where annotators differ most, with the reasons, and what was settled."""
    differing = [row for row in found.items if row.disagreement]
    labels = inputs.labels[inputs.labels["repeat"] == 0]
    yes = inputs.validation.labels
    columns = (
        Column("item", "Item"),
        Column("disagreement", "Differ"),
        Column("answers", "Answers"),
        Column("reasons", "Reasons"),
        Column("outcome", "Outcome"),
    )
    by_item = {str(item): rows for item, rows in labels.groupby("item")}
    rows = tuple(
        (
            row.item,
            f"{row.disagreement:.2f}",
            _answers(row, yes),
            "; ".join(_reasons(by_item[row.item].itertuples())),
            "; ".join(_outcomes(by_item[row.item].itertuples())),
        )
        for row in differing[:MOST_ITEMS]
    )
    more = (
        f"The first {MOST_ITEMS}; all are in tables/disagreement.csv."
        if len(differing) > MOST_ITEMS
        else ""
    )
    table = Table("items", "Items by disagreement", columns, rows, note=more)
    return Section(
        key="items",
        title="Where annotators part",
        lead=(
            f"On {len(differing)} of {len(found.items)} rated items at least two annotators "
            f"differ; {inputs.outcomes['item'].nunique() if len(inputs.outcomes) else 0} items "
            "have an outcome that the lead settled. Labels stay as they were given."
        ),
        tables=(table,) if rows else (),
    )


def dropped_section(found: Findings, inputs: ValidationInputs) -> Section:
    """What counts nowhere, or only in part."""
    invalid = sum(judge.invalid for judge in found.judges)
    labels = inputs.labels
    left = labels[~labels["active"]]["annotator"].nunique()
    lines: list[tuple[str, int]] = [
        ("items with a single rating: only in chance agreement", single_rated(inputs)),
        ("ratings skipped with a reason", inputs.skipped),
        ("planned self-repeats: only beside the first answer", int((labels["repeat"] > 0).sum())),
        ("annotators who have left: their labels are kept", left),
        ("judges' verdicts that could not be read", invalid),
    ]
    columns = (Column("reason", "What"), Column("n", "How many"))
    return Section(
        key="dropped",
        title="What was left out, and why",
        lead="Nothing is left out in silence. Labels of annotators who have left count.",
        tables=(Table("dropped-labels", "Labels", columns, tuple(lines)),),
    )


def _answers(row: Disagreement, labels: list[str]) -> str:
    return "; ".join(
        f"{code}: " + ", ".join(f"{counts[label]} {label}" for label in labels if label in counts)
        for code, counts in row.counts.items()
        if len(counts) > 1
    )


def _reasons(rows: Iterable[Any]) -> list[str]:
    return [
        f"{row.annotator}, {row.criterion} {row.value}: {row.reason}" for row in rows if row.reason
    ]


def _outcomes(rows: Iterable[Any]) -> list[str]:
    told = {str(row.criterion): f"{row.criterion} {row.outcome}" for row in rows if row.outcome}
    return list(told.values())
