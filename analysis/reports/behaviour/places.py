"""Whose country matters: distance, countries and regions of actor and receiver."""

from typing import Final

from analysis.figures.behaviour import rates_by
from analysis.figures.regions import regions
from analysis.frames.decisions import RELATION
from analysis.metrics.estimate import Estimate
from analysis.reports.behaviour.crossed import (
    crossed_table,
    drawn_of,
    ends_of,
    ends_table,
    main_of,
    models_of,
    some,
)
from analysis.reports.behaviour.levels import who
from analysis.reports.behaviour.rates import REGIONS, TABLE
from analysis.reports.book import Book
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, metric_column
from annotation.vocab.regions import get_regions

PANELS = 5
COUNTRY = "receiver_country"
WESTERN, MENA = "N. Am./W. Eur.", "MENA"
SIDES: Final = {WESTERN: "Western", MENA: "MENA"}
"""Regions of the scheme `pact-8` that the paper sets against each other -> their short names."""


def countries_section(book: Book) -> Section:
    """Distance, countries and regions of actor and receiver."""
    found = [one for one in book.grouped(TABLE, "allow_rate", COUNTRY) if one.value is not None]
    main = main_of(book)
    shown = [one for one in found if who(one) == main]
    drawn = [figure_row(e, str(e.group[COUNTRY]), "model", series=who(e)) for e in ends_of(shown)]
    countries = rates_by(
        drawn,
        name="countries",
        title="In whose country preferences are allowed",
        what="receiver's country: those with the highest and the lowest rates",
        series=list(dict.fromkeys(row["series"] for row in drawn)),
    )
    cells = [
        figure_row(
            one, who(one), "model",
            actor=str(one.group[REGIONS[0]]), receiver=str(one.group[REGIONS[1]]),
        )
        for model in _panels(drawn_of(book))
        for one in book.grouped(TABLE, "allow_rate", *REGIONS)
        if who(one) == model and one.value is not None
    ]  # fmt: skip
    crossed = crossed_table(book, REGIONS[1:], REGIONS[:1])
    receiver = ends_table(book, COUNTRY)
    return Section(
        key="countries",
        title="Whose country matters",
        lead=(
            "Rates describe what models do when told of a country. They say nothing about people "
            "there."
        ),
        figures=(
            *((countries,) if drawn else ()),
            *((regions(cells, list(get_regions().labels)),) if cells else ()),
        ),
        tables=some(
            receiver, crossed, sides_table(book), crossed_table(book, (RELATION,)),
            extremes_table(book), ends_table(book, "actor_country"),
        ),
        under={"countries": receiver.name},
    )  # fmt: skip


def _panels(models: list[str]) -> list[str]:
    """The mean first, then the models; the mean alone where there are too many to look at."""
    return models[::-1] if len(models) <= PANELS else models[-1:]


def sides_table(book: Book) -> Table:
    """Western and MENA actors with Western and MENA receivers, a row a model."""
    found = {
        (who(one), one.group[REGIONS[0]], one.group[REGIONS[1]]): one
        for one in book.grouped(TABLE, "allow_rate", *REGIONS)
    }
    pairs = [(actor, receiver) for actor in SIDES for receiver in SIDES]
    head = (
        Column("model", "Model"),
        *(
            metric_column(
                "allow_rate", f"{SIDES[actor]} → {SIDES[receiver]}",
                key=f"{SIDES[actor]}_{SIDES[receiver]}".lower(),
            )
            for actor, receiver in pairs
        ),
    )  # fmt: skip
    rows = tuple(
        (model, *cells)
        for model in models_of(book)
        if any(cells := [found.get((model, *pair)) for pair in pairs])
    )
    note = "Actor → receiver; regions of the scheme pact-8."
    return Table("western-mena", "Western and MENA, actor → receiver", head, rows, note)


def extremes_table(book: Book) -> Table:
    """For each model the countries at both ends, named with their rates."""
    found = [one for one in book.grouped(TABLE, "allow_rate", COUNTRY) if one.value is not None]
    head = (
        Column("model", "Model"),
        Column("most", "Allows the preference most in"),
        Column("least", "Least in"),
    )
    rows = []
    for model in models_of(book):
        ends = ends_of([one for one in found if who(one) == model])
        half = min(5, len(ends) // 2)
        if half:
            rows.append((model, _named(ends[:half]), _named(ends[::-1][:half])))
    note = "Receiver's country; rates with their intervals are in the table of countries."
    return Table("country-ends", "Countries at both ends", head, tuple(rows), note)


def _named(ends: list[Estimate]) -> str:
    return ", ".join(f"{one.group[COUNTRY]} {one.value:.0%}" for one in ends)
