"""Raw and pooled rates: what small cells can say once all answers are looked at together."""

from statistics import fmean, median
from typing import Any

from analysis.figures.figure import Figure
from analysis.figures.marks import FRAME_TITLES
from analysis.figures.pooled import KINDS, pooled_cells, pooled_groups
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book, by_value
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.words import FRAMES, GROUPS, RELATIONS, readable

COUNTRY, DEMO, RELATION = "participant_country", "participant_demo", "relation"
POOLED, CELL, COUNTED = "culture_rate_pooled", "culture_rate_cell", "culture_rate"
FURTHEST = 15
NAMES = {
    "person": "people",
    "scenario": "scenarios",
    "item": "items (a scenario's receivers)",
    "group": "groups of country, age and gender",
    "scenario within group": "scenarios, from group to group",
    "item within group": "items, from group to group",
}
SHRINKAGE = (
    "Counted alone, a cell of two people can only say 0, 50 or 100 %. A multilevel model of all "
    "answers draws each cell towards what its item, its scenario and its group's other answers "
    "suggest: cells of one or two people far, large ones hardly. This is called shrinkage. Taken "
    "together, pooled rates lie closer to the truth; the price is that a cell that really stands out "
    "is drawn in as well."
)


def pooled_section(book: Book) -> Section | None:
    """Counted beside pooled rates; None where nothing was pooled."""
    groups = book.all("human", POOLED)
    if not groups:
        return None
    if all(one.value is None for one in groups):
        return _section(f"Nothing could be pooled: {groups[0].note}.")
    cells = cell_pairs(book)
    figures = _figures(book, cells)
    tables = [
        *(
            t
            for by in ((COUNTRY, DEMO), (COUNTRY,), (RELATION,))
            if (t := group_table(book, by)).rows
        ),
        furthest_table(cells),
        spread_table(book),
        distance_table(book),
    ]
    used = tuple(table for table in tables if table.rows)
    under = {
        "pooled-groups": "pooled-by-participant-country-participant-demo",
        "pooled-cells": "pooled-furthest",
    }
    shown = {table.name for table in used}
    return Section(
        key="pooled",
        title="Raw and pooled rates",
        lead=f"{SHRINKAGE} {_widths(cells)}".strip(),
        figures=figures,
        tables=used,
        under={
            figure.name: under[figure.name] for figure in figures if under[figure.name] in shown
        },
    )


def _section(lead: str) -> Section:
    return Section(key="pooled", title="Raw and pooled rates", lead=lead)


def _figures(book: Book, cells: list[tuple[Estimate, Estimate]]) -> tuple[Figure, ...]:
    groups, points = group_figure_rows(book), cell_figure_rows(cells)
    return (
        *((pooled_groups(groups),) if groups else ()),
        *((pooled_cells(points),) if points else ()),
    )


def cell_pairs(book: Book) -> list[tuple[Estimate, Estimate]]:
    """Every country x item cell as counted and pooled, in the file's order."""
    by = (COUNTRY, "item")
    pooled = {(e.frame, *sorted(e.group.items())): e for e in book.grouped("human", POOLED, *by)}
    counted = book.grouped("human", CELL, *by)
    return [(one, pooled[one.frame, *sorted(one.group.items())]) for one in counted]


def _widths(cells: list[tuple[Estimate, Estimate]]) -> str:
    """Size of the cells and mean width of both kinds of interval."""
    if not cells:
        return ""
    people = median(one.n_humans for one, _ in cells)
    counted, pooled = (fmean(map(_width, side)) for side in zip(*cells, strict=True))
    return (
        f"Here {len(cells):,} cells of country, item and question hold {people:g} people in the "
        f"median; their intervals are {counted * 100:.0f} points wide as counted and "
        f"{pooled * 100:.0f} pooled."
    )


def _width(estimate: Estimate) -> float:
    return (estimate.upper or 0.0) - (estimate.lower or 0.0)


def group_table(book: Book, by: tuple[str, ...]) -> Table:
    """Both rates for both questions, one row a group."""
    columns = (
        *(Column(name, GROUPS[name]) for name in by),
        *(
            metric_column(metric, f"{FRAMES[frame]}: {kind}", key=f"{metric}_{frame}")
            for frame in FRAME_TITLES
            for metric, kind in zip((COUNTED, POOLED), KINDS, strict=True)
        ),
    )
    rows = tuple(
        (
            *(readable(level.get(name)) for name in by),
            *(
                _one(book, metric, level, frame)
                for frame in FRAME_TITLES
                for metric in (COUNTED, POOLED)
            ),
        )
        for level in _levels(book, by)
    )
    title = "As counted and pooled: " + " and ".join(_title(name) for name in by)
    return Table("pooled-by-" + "-".join(by).replace("_", "-"), title, columns, rows)


def _title(name: str) -> str:
    return {
        COUNTRY: "the participants' country",
        DEMO: "their age and gender",
        RELATION: "relation to the scenario's country",
    }[name]


def _levels(book: Book, by: tuple[str, ...]) -> list[dict[str, str | None]]:
    found = book.grouped("human", POOLED, *by, frame="personal")
    if by == (RELATION,):
        found.sort(key=lambda e: RELATIONS.index(str(e.group[RELATION])))
        return [dict(e.group) for e in found]
    return [dict(e.group) for e in reversed(by_value(found))]


def _one(book: Book, metric: str, level: dict[str, str | None], frame: str) -> Estimate | None:
    found = book.find("human", metric, where=lambda e: dict(e.group) == level, frame=frame)
    return found[0] if found else None


def group_figure_rows(book: Book) -> list[dict[str, Any]]:
    """Persona groups' rates of both kinds, ordered by the pooled personal rate."""
    rows = []
    for level in _levels(book, (COUNTRY, DEMO)):
        name = f"{level[COUNTRY]}, {readable(level[DEMO])}"
        for frame, title in FRAME_TITLES.items():
            for metric, kind in zip((COUNTED, POOLED), KINDS, strict=True):
                one = _one(book, metric, level, frame)
                if one is not None and one.value is not None:
                    rows.append(figure_row(one, name, kind, frame=title))
    return rows


def cell_figure_rows(cells: list[tuple[Estimate, Estimate]]) -> list[dict[str, Any]]:
    """Cells as the figure's rows."""
    return [
        {
            "country": counted.group[COUNTRY],
            "item": counted.group["item"],
            "frame": FRAME_TITLES[counted.frame],
            "people": counted.n_humans,
            "counted": round(counted.value or 0.0, 4),
            "pooled": round(pooled.value or 0.0, 4),
        }
        for counted, pooled in cells
    ]


def furthest_table(cells: list[tuple[Estimate, Estimate]]) -> Table:
    """The cells that pooling moves furthest."""

    def moved(pair: tuple[Estimate, Estimate]) -> float:
        return abs((pair[0].value or 0.0) - (pair[1].value or 0.0))

    columns = (
        Column(COUNTRY, GROUPS[COUNTRY]),
        Column("item", "Item"),
        Column("frame", "Question"),
        Column("people", "People"),
        metric_column(CELL, "As counted"),
        metric_column(POOLED, "Pooled"),
    )
    chosen = sorted(cells, key=moved, reverse=True)[:FURTHEST]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            str(counted.group[COUNTRY]),
            str(counted.group["item"]),
            FRAMES[counted.frame],
            counted.n_humans,
            counted,
            pooled,
        )
        for counted, pooled in chosen
    )
    title = f"The {len(rows)} cells that pooling moves furthest"
    return Table("pooled-furthest", title, columns, rows, "All cells are in estimates.csv.")


def spread_table(book: Book) -> Table:
    """The components' standard deviations, a row each, for the model of country x item."""
    found = book.find("human", "pooled_sd", where=lambda e: e.group["pooled_by"] == COUNTRY)
    columns = (
        Column("component", "Differences between"),
        *(
            metric_column("pooled_sd", title, key=f"pooled_sd_{frame}")
            for frame, title in FRAMES.items()
            if frame != "both"
        ),
    )
    names = list(dict.fromkeys(str(e.group["component"]) for e in found))
    rows = tuple(
        (
            NAMES[name],
            *(
                next((e for e in found if e.frame == frame and e.group["component"] == name), None)
                for frame in FRAME_TITLES
            ),
        )
        for name in names
    )
    note = "In logits; near a rate of 50 %, 0.4 logits are 10 points."
    return Table("pooled-spread", "What answers vary by, and how much", columns, rows, note)


def distance_table(book: Book) -> Table:
    """Personas beside their groups' rates, counted and pooled; no rows without personas."""
    found = [e for e in book.all("alignment", "item_mae_pooled") if e.frame == "both"]
    columns = (
        Column("model", "Model"),
        metric_column("item_mae", "Distance to rates as counted", key="item_mae_subgroup"),
        metric_column("item_mae_pooled", "Distance to pooled rates"),
    )
    rows = tuple((e.model, _subgroup(book, e.model), e) for e in by_value(found))
    title = "Personas beside the people they stand for, both questions averaged"
    return Table("pooled-distances", title, columns, rows)


def _subgroup(book: Book, model: str) -> Estimate | None:
    return book.one(
        "alignment",
        "item_mae",
        definition="average:items;invalid:drop;scale:probability;target:subgroup",
        setting="persona",
        model=model,
        frame="both",
    )
