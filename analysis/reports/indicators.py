"""Countries' rates beside figures about the countries that somebody brought."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.metrics.estimate import Estimate
from analysis.metrics.indicators import (
    FEW_POINTS,
    MOST_POINTS,
    PEARSON,
    SPEARMAN,
    Compared,
    compared,
    correlations,
)
from analysis.reports.book import Book
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.words import FRAMES, readable

if TYPE_CHECKING:
    from analysis.figures.figure import Figure
    from analysis.frames.indicators import Indicators

MOST_FIGURES = 8


@dataclass(frozen=True)
class Source:
    """Rates by country that indicators stand beside: where they are, and what they are called."""

    table: str
    metric: str
    by: str
    title: str


PEOPLE = (
    Source(
        "human", "culture_rate", "participant_country", "Culture rate of people from the country"
    ),
    Source(
        "human", "culture_rate", "scenario_country", "Culture rate in scenarios set in the country"
    ),
)
DECISIONS = (
    Source("behavior", "allow_rate", "receiver_country", "Allow rate, receiver from the country"),
    Source("behavior", "allow_rate", "actor_country", "Allow rate, actor from the country"),
)


def indicator_rows(
    estimates: Iterable[Estimate],
    indicators: Indicators | None,
    sources: Iterable[Source],
    level: float,
) -> list[Estimate]:
    """The correlations as rows of `estimates.csv`; none without a table of indicators."""
    if indicators is None:
        return []
    book = Book(tuple(estimates))
    return [
        row
        for source in sources
        for one in comparisons(book, indicators, source)
        for row in correlations(one, level)
    ]


def comparisons(book: Book, indicators: Indicators, source: Source) -> Iterator[Compared]:
    """Every indicator beside the rates of every model, setting and question."""
    found = book.grouped(source.table, source.metric, source.by)
    series: dict[tuple[str, str, str], list[Estimate]] = {}
    for one in found:
        if one.frame != "both":
            series.setdefault((one.model, one.setting, one.frame), []).append(one)
    for rates in series.values():
        for indicator, values in indicators.values.items():
            yield compared(indicator, values, rates, source.by)


def indicators_section(
    book: Book, indicators: Indicators | None, sources: tuple[Source, ...]
) -> Section | None:
    """Points, correlations with intervals, source and licence; None without a table."""
    if indicators is None:
        return None
    every = [(s, one) for s in sources for one in comparisons(book, indicators, s) if one.points]
    figures = tuple(_figure(n, s, one) for n, (s, one) in enumerate(every[:MOST_FIGURES], 1))
    tables = (correlation_table(book, sources, indicators), point_table(every, indicators))
    lead = (
        f"Figures about countries: {indicators.name}. Source: {indicators.source}. Licence: "
        f"{indicators.licence}. Countries differ in much besides, so a correlation is no cause. "
        f"{MOST_POINTS} countries or fewer give points and no correlation; below {FEW_POINTS} one "
        "country can turn it. Intervals take the countries' rates as known."
    )
    if not every:
        lead += " No country of this report has a value in it."
    return Section(
        key="indicators",
        title="Beside figures about countries",
        lead=lead,
        figures=figures,
        tables=tuple(table for table in tables if table.rows),
    )


def _figure(number: int, source: Source, one: Compared) -> Figure:
    from analysis.figures.indicators import indicator_points

    rows = [
        {
            "country": point.country,
            "indicator": point.indicator,
            **{name: getattr(point.rate, name) for name in ("value", "lower", "upper")},
        }
        for point in one.points
    ]
    whom = ", ".join(filter(None, _whose(one.points[0].rate)))
    title = f"{source.title}{f' ({whom})' if whom else ''}"
    return indicator_points(
        f"indicator-{number}-{_key(one.indicator)}".rstrip("-"),
        readable(one.indicator),
        title,
        rows,
    )


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]


def _whose(rate: Estimate) -> tuple[str, ...]:
    return (rate.model, readable(rate.setting), FRAMES.get(rate.frame, rate.frame))


def correlation_table(book: Book, sources: Iterable[Source], indicators: Indicators) -> Table:
    """Both coefficients, one row an indicator and set of rates."""
    titles = {source.by: source.title for source in sources}
    columns = (
        Column("indicator", "Indicator"),
        Column("rate", "Beside"),
        Column("whose", "Whose"),
        Column("countries", "Countries"),
        metric_column(PEARSON, "Pearson's r"),
        metric_column(SPEARMAN, "Spearman's"),
        Column("note", "Remark"),
    )
    rows = []
    for table in dict.fromkeys(source.table for source in sources):
        twins = {
            (e.model, e.setting, e.frame, *e.group.values()): e for e in book.all(table, SPEARMAN)
        }
        for one in book.all(table, PEARSON):
            rows.append(
                (
                    readable(str(one.group["indicator"])),
                    titles[str(one.group["by"])],
                    ", ".join(filter(None, _whose(one))),
                    one.n_items,
                    one,
                    twins.get((one.model, one.setting, one.frame, *one.group.values())),
                    one.note,
                )
            )
    note = f"{indicators.name}. Source: {indicators.source}. Licence: {indicators.licence}."
    return Table(
        "indicator-correlations", "Correlations over countries", columns, tuple(rows), note
    )


def point_table(every: list[tuple[Source, Compared]], indicators: Indicators) -> Table:
    """Every point that a correlation is made of."""
    columns = (
        Column("indicator", "Indicator"),
        Column("country", "Country"),
        Column("value", "Value"),
        Column("beside", "Beside"),
        Column("whose", "Whose"),
        Column("rate", "Rate", "culture_rate"),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            readable(one.indicator),
            point.country,
            f"{point.indicator:g}",
            source.title,
            ", ".join(filter(None, _whose(point.rate))),
            point.rate,
        )
        for source, one in every
        for point in one.points
    )
    note = f"Licence of the indicators: {indicators.licence}."
    return Table("indicator-points", "All points", columns, rows, note)
