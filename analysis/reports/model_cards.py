"""Notes on models as a table: what runs know, what people noted, "not stated" where nobody did."""

from collections.abc import Sequence
from typing import Final

from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table
from analysis.reports.traces_text import line
from modeling.services.cards import FIELDS, NOT_STATED, Noted

HEADS: Final = {
    "developer": "Developer",
    "size": "Size",
    "released": "Released",
    "licence": "Licence",
    "context": "Context window",
    "training": "What its card says of training",
    "relation": "Relation to the findings",
    "source": "Source",
}


def cards_section(rows: Sequence[Noted]) -> Section | None:
    """A row a model; None without models."""
    if not rows:
        return None
    columns = (
        Column("model", "Model"),
        Column("asked", "As asked here"),
        *(Column(field, HEADS[field]) for field in FIELDS),
    )
    table = Table(
        "model-cards", "Notes on the models", columns, tuple(_row(one) for one in rows),
        "“As asked here” comes from the runs. All else was noted by hand from the sources named.",
    )  # fmt: skip
    return Section(
        key="model-cards",
        title="What is known of the models",
        lead=(
            "Facts to read the findings beside. A model card describes a model, it does not explain "
            "what it does here."
        ),
        tables=(table,),
    )


def _row(one: Noted) -> tuple[str, ...]:
    known = one.known
    asked = "; ".join((*known.served, *known.endpoints, *known.details)) or NOT_STATED
    mark = "SIMULATED, no language model: " if known.simulated else ""
    notes = (line(one.said(field), 600) or NOT_STATED for field in FIELDS)
    return (line(one.name, 120), mark + line(asked, 400), *notes)


def told(rows: Sequence[Noted]) -> list[tuple[str, ...]]:
    """Everything of the cards that a report shows: what its hash covers."""
    return [_row(one) for one in rows]
