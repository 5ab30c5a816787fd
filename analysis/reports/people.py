"""The human study: who took part, what they chose, how far they agree."""

from typing import Any

from analysis.figures.marks import FRAME_TITLES
from analysis.figures.people import culture_rates, norm_personal_gaps
from analysis.frames.flow import Step
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book, by_value
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, metric_column, number
from analysis.reports.words import BY, GROUPS, RELATIONS, readable

COUNTRY = "participant_country"
MAJORITY_NOTE = (
    "The majority share rises where fewer people answered an item, even for coin flips: compare it "
    "only between equal numbers of people. The chance that two people agree has no such flaw."
)


def people_section(book: Book, flow: list[Step]) -> Section:
    """Flow, rates, gaps and agreement, overall and by every group."""
    figures = [culture_rates(rate_rows(book))]
    if not book.models("no_persona") and not book.models("persona"):
        figures.append(norm_personal_gaps(gap_rows(book)))
    tables = [flow_table(flow), rate_table(book, ())]
    tables += [t for name in GROUPS if (t := rate_table(book, (name,))).rows]
    asked = [table for table in (importance_table(book), perceived_table(book)) if table.rows]
    return Section(
        key="people",
        title="What people chose",
        lead=people_lead(book),
        figures=tuple(figures),
        tables=(*tables, *asked),
        under={
            "people-culture-rates": "people-by-participant-country",
            "norm-personal-gaps": "people",
        },
    )


def flow_table(flow: list[Step]) -> Table:
    """The participants at every step, with why others were lost."""
    columns = (Column("step", "Step"), Column("people", "People"), Column("note", "Left out"))
    rows = tuple((step.name, step.people, step.note) for step in flow)
    return Table("participants", "From everyone who came to those analysed", columns, rows)


def people_lead(book: Book) -> str:
    """Rates, gap and agreement of everybody in two sentences, or which of them cannot be had."""
    personal, norm = (_human(book, "culture_rate", frame) for frame in ("personal", "norm"))
    gap, pair = gap_of(book), _human(book, "pair_agreement", "both")
    parts = []
    if personal and norm and personal.value is not None and norm.value is not None:
        parts.append(
            f"People follow the cultural expectation in {personal.value:.0%} of answers about "
            f"themselves and call it appropriate in {norm.value:.0%}."
        )
    else:
        parts.append(_one_question(personal, norm))
    if gap and gap.value is not None:
        parts.append(f"The norm-personal gap is {number(gap)} ({_ends(gap)}).")
    if pair and pair.value is not None:
        parts.append(f"Two people who saw the same item agree with a chance of {pair.value:.0%}.")
    return " ".join(parts)


def _one_question(personal: Estimate | None, norm: Estimate | None) -> str:
    """What is known where a question has no valid answer."""
    if personal and personal.value is not None:
        return (
            f"People follow the cultural expectation in {personal.value:.0%} of answers about "
            "themselves. What is appropriate has no valid answer, so there is no gap to show."
        )
    if norm and norm.value is not None:
        return (
            f"People call the cultural expectation appropriate in {norm.value:.0%} of answers. What "
            "they would do themselves has no valid answer, so there is no gap to show."
        )
    return "Neither question has a valid answer: nothing can be said about what people choose."


def rate_rows(book: Book) -> list[dict[str, Any]]:
    """Culture rates by country and question for the figure, ordered by the personal rate."""
    found = {
        frame: book.grouped("human", "culture_rate", COUNTRY, frame=frame)
        for frame in ("personal", "norm")
    }
    order = [e.group[COUNTRY] for e in reversed(by_value(found["personal"]))]
    rows = [
        figure_row(e, str(e.group[COUNTRY]), "people", frame=FRAME_TITLES[frame])
        for frame, estimates in found.items()
        for e in estimates
        if e.value is not None
    ]
    return sorted(rows, key=lambda row: (order.index(row["name"]), row["frame"]))


def gap_of(book: Book, **group: str) -> Estimate | None:
    """The people's norm-personal gap, of everybody or of one group."""
    found = book.find("human", "norm_personal_gap", where=lambda e: dict(e.group) == group)
    return found[0] if found else None


def gap_rows(book: Book) -> list[dict[str, Any]]:
    """The people's gap for everybody and by country, for the figure."""
    everybody = gap_of(book)
    rows = [figure_row(everybody, "All people", "people")] if everybody else []
    by_country = by_value(book.grouped("human", "norm_personal_gap", COUNTRY))
    rows += [figure_row(e, str(e.group[COUNTRY]), "people") for e in reversed(by_country)]
    return [row for row in rows if row["value"] is not None]


def rate_table(book: Book, by: tuple[str, ...]) -> Table:
    """Rates, gap and agreement, one row a level of the grouping (one row without)."""
    levels = _levels(book, by)
    columns = (
        *(Column(name, GROUPS[name]) for name in by or ()),
        *(() if by else (Column("people", "People"),)),
        metric_column("culture_rate", "Culture, what I would do", key="culture_rate_personal"),
        metric_column("culture_rate", "Culture, what is appropriate", key="culture_rate_norm"),
        metric_column("norm_personal_gap", "Norm-personal gap"),
        metric_column("pair_agreement", "Two people agree"),
        metric_column("majority_share", "Majority share"),
    )
    rows = tuple(_rate_row(book, level) for level in levels)
    name = "people" if not by else "people-by-" + "-".join(by).replace("_", "-")
    title = "Everybody" if not by else BY[by[0]]
    return Table(name, title, columns, rows, MAJORITY_NOTE)


def _levels(book: Book, by: tuple[str, ...]) -> list[dict[str, str | None]]:
    if not by:
        return [{}]
    found = book.grouped("human", "culture_rate", *by, frame="personal")
    if by == ("relation",):
        found.sort(key=lambda e: RELATIONS.index(str(e.group["relation"])))
        return [dict(e.group) for e in found]
    return [dict(e.group) for e in reversed(by_value(found))]


def _rate_row(book: Book, level: dict[str, str | None]) -> tuple[Any, ...]:
    def one(metric: str, **fields: str) -> Estimate | None:
        found = book.find("human", metric, where=lambda e: dict(e.group) == level, **fields)
        return found[0] if found else None

    label = tuple(readable(text) for text in level.values()) or ("Everybody",)
    return (
        *label,
        one("culture_rate", frame="personal"),
        one("culture_rate", frame="norm"),
        one("norm_personal_gap"),
        one("pair_agreement", frame="both"),
        one("majority_share", frame="both"),
    )


def importance_table(book: Book) -> Table:
    """The importance ratings by country; no rows where nobody was asked."""
    metrics = ("importance_norm", "importance_preference", "importance_difference")
    return _by_country(book, "people-importance", "How important both sides are", metrics)


def perceived_table(book: Book) -> Table:
    """What people think that people there choose, by country; no rows where nobody was asked."""
    metrics = ("perceived_rate", "perceived_gap")
    return _by_country(book, "people-perceived", "What people think others there would do", metrics)


def _by_country(book: Book, name: str, title: str, metrics: tuple[str, ...]) -> Table:
    columns = (Column("group", "Participants from"), *(metric_column(name) for name in metrics))
    rows: list[tuple[Any, ...]] = []
    for level in _levels(book, (COUNTRY,)):
        cells = [
            next(iter(book.find("human", m, where=lambda e, g=level: dict(e.group) == g)), None)  # type: ignore[misc]
            for m in metrics
        ]
        if any(cell is not None for cell in cells):
            rows.append((readable(level[COUNTRY]), *cells))
    return Table(name, title, columns, tuple(rows))


def _human(book: Book, metric: str, frame: str) -> Estimate | None:
    return book.one("human", metric, frame=frame)


def _ends(estimate: Estimate) -> str:
    if estimate.lower is None or estimate.upper is None:
        return estimate.note or "no interval"
    return f"{estimate.lower:+.3f} to {estimate.upper:+.3f}".replace("-", "−")
