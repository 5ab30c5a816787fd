"""The human study in the paper's forms: allow rates, agreement by distance, without a country."""

from typing import Any

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.figures.people import agreement_by_relation
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book, by_value
from analysis.reports.closeness import figure_row
from analysis.reports.paper_forms import allowing
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.words import GROUPS, RELATIONS, readable

LEAST_PEOPLE, EXAMPLES = 3, 3
COUNTRY, RELATION = "participant_country", "relation"
FRAME_COLUMNS = {"personal": "what I would do", "norm": "what is appropriate"}


def distance_section(book: Book, human: pd.DataFrame) -> Section | None:
    """Agreement and rates by distance to the scenario; None where distances are unknown."""
    tables = [
        relation_table(book),
        agreement_table(book),
        contrast_table(book),
        without_table(book),
        allow_table(book),
        examples_table(human),
    ]
    rows = agreement_rows(book)
    if not any(table.rows for table in tables):
        return None
    return Section(
        key="distance",
        title="One's own country and others",
        lead=(
            "How people answer about their own country, close ones and far ones. Relations hold "
            "different scenarios, so the differences within scenarios say more than the rates."
        ),
        figures=(agreement_by_relation(rows),) if rows else (),
        tables=tuple(table for table in tables if table.rows),
        under={"agreement-by-relation": "relations"},
    )


def relation_table(book: Book) -> Table:
    """Rates and agreement in every relation, over all countries."""
    metrics = ("culture_rate", "pair_agreement", "majority_share")
    titles = {
        "culture_rate": "Culture",
        "pair_agreement": "Two people agree",
        "majority_share": "Majority share",
    }
    columns = (
        Column(RELATION, GROUPS[RELATION]),
        *(
            metric_column(metric, f"{titles[metric]}, {words}", key=f"{metric}_{frame}")
            for metric in metrics
            for frame, words in FRAME_COLUMNS.items()
        ),
    )
    rows = tuple(
        (
            readable(relation),
            *(
                _one(book, metric, frame, {RELATION: relation})
                for metric in metrics
                for frame in FRAME_COLUMNS
            ),
        )
        for relation in _relations(book, (RELATION,))
    )
    note = (
        "The majority share, which the paper calls agreement, rises where fewer people answered an "
        "item: compare relations by the chance that two people agree."
    )
    return Table("relations", "By distance to the scenario's country", columns, rows, note)


def _relations(book: Book, columns: tuple[str, ...]) -> list[str]:
    found = book.grouped("human", "culture_rate", *columns, frame="personal")
    names = {str(e.group[RELATION]) for e in found if e.group[RELATION] is not None}
    return sorted(names, key=lambda name: RELATIONS.index(name) if name in RELATIONS else 9)


def _one(book: Book, metric: str, frame: str, group: dict[str, str | None]) -> Estimate | None:
    found = book.find("human", metric, where=lambda e: dict(e.group) == group, frame=frame)
    return found[0] if found else None


def agreement_table(book: Book) -> Table:
    """A row a country, a column a relation: the chance that two people agree, and majority share."""
    relations = _relations(book, (COUNTRY, RELATION))
    columns = (
        Column(COUNTRY, GROUPS[COUNTRY]),
        *(
            metric_column(metric, f"{title}, {name}", key=f"{metric}_{name}")
            for metric, title in (("pair_agreement", "Agree"), ("majority_share", "Majority"))
            for name in relations
        ),
    )
    rows = tuple(
        (
            country,
            *(
                _one(book, metric, "both", {COUNTRY: country, RELATION: name})
                for metric in ("pair_agreement", "majority_share")
                for name in relations
            ),
        )
        for country in _countries(book)
    )
    title = "Agreement by country and distance, both questions"
    return Table("agreement-by-country", title, columns, rows if relations else ())


def _countries(book: Book) -> list[str]:
    found = book.grouped("human", "culture_rate", COUNTRY, frame="personal")
    return [str(e.group[COUNTRY]) for e in by_value(found) if e.group[COUNTRY] is not None]


def agreement_rows(book: Book) -> list[dict[str, Any]]:
    """The chance that two people agree by country and relation, for the figure."""
    return [
        figure_row(one, country, "people", relation=name)
        for country in _countries(book)
        for name in _relations(book, (COUNTRY, RELATION))
        if (one := _one(book, "pair_agreement", "both", {COUNTRY: country, RELATION: name}))
        and one.value is not None
    ]


def contrast_table(book: Book) -> Table:
    """Relations against each other inside the scenarios and items that both hold."""
    keys = (RELATION, "relation_reference")
    found = book.grouped("human", "culture_rate_contrast", *keys, frame="personal")
    columns = (
        Column("contrast", "First less second"),
        metric_column("culture_rate_contrast", "Culture, what I would do", key="contrast_personal"),
        metric_column("culture_rate_contrast", "Culture, what is appropriate", key="contrast_norm"),
        metric_column("pair_agreement_contrast", "Two people agree"),
    )
    rows: list[tuple[Value, ...]] = []
    for one in found:
        group = dict(one.group)
        cells = (
            _one(book, "culture_rate_contrast", "norm", group),
            _one(book, "pair_agreement_contrast", "both", group),
        )
        rows.append((f"{group[keys[0]]} − {group[keys[1]]}", one, *cells))
    title = "Distances compared within the same scenarios"
    note = "Only scenarios (for agreement: items) that people in both relations answered."
    return Table("relation-contrasts", title, columns, tuple(rows), note)


def without_table(book: Book) -> Table:
    """Rates by relation with each participant country left out."""
    found = book.grouped("human", "culture_rate", RELATION, "without", frame="personal")
    columns = (
        Column("without", "Without participants from"),
        Column(RELATION, GROUPS[RELATION]),
        metric_column("culture_rate", "Culture, what I would do", key="culture_rate_personal"),
        metric_column("culture_rate", "Culture, what is appropriate", key="culture_rate_norm"),
        metric_column("pair_agreement", "Two people agree"),
        metric_column("majority_share", "Majority share"),
    )
    found.sort(
        key=lambda e: (
            str(e.group["without"]),
            RELATIONS.index(r) if (r := str(e.group[RELATION])) in RELATIONS else 9,
        )
    )
    rows = tuple(
        (
            str(one.group["without"]),
            readable(one.group[RELATION]),
            one,
            _one(book, "culture_rate", "norm", dict(one.group)),
            _one(book, "pair_agreement", "both", dict(one.group)),
            _one(book, "majority_share", "both", dict(one.group)),
        )
        for one in found
    )
    note = (
        "The scheme pact-2026 calls Myanmar and Singapore close to Brazil, some 16,000 km away: "
        "read its results without Brazil too."
    )
    return Table("relations-without", "The same, leaving out one country", columns, rows, note)


def allow_table(book: Book) -> Table:
    """Allow rates of both questions and their gap by country of the participants."""
    columns = (
        Column(COUNTRY, GROUPS[COUNTRY]),
        metric_column("allow_rate", "Allows, what I would do", key="allow_personal"),
        metric_column("allow_rate", "Allows, what is appropriate", key="allow_norm"),
        metric_column("norm_personal_gap"),
        Column("pattern", "Pattern"),
    )
    gaps = by_value(book.grouped("human", "norm_personal_gap", COUNTRY))[::-1]
    rows = tuple(
        (
            readable(gap.group[COUNTRY]),
            *(allowing(_one(book, "culture_rate", f, dict(gap.group))) for f in FRAME_COLUMNS),
            gap,
            pattern(gap),
        )
        for gap in gaps
    )
    return Table("allow-by-country", "Allow rates by country", columns, rows)


def pattern(gap: Estimate) -> str:
    """Which way a gap points, as far as its interval says."""
    if gap.value is None or gap.lower is None or gap.upper is None:
        return "undefined"
    if gap.lower > 0:
        return "freer for oneself"
    if gap.upper < 0:
        return "stricter for oneself"
    return "cannot be told from none"


def examples_table(human: pd.DataFrame) -> Table:
    """Each country's items on which most people answer the two questions differently, one way.

    Ranked by the lower end of Wilson's interval of that share; items with fewer than three people
    of the country are left out.
    """
    paired = human.dropna(subset=["personal", "norm", COUNTRY])
    gap = paired["norm"] - paired["personal"]
    counts = (
        paired.assign(freer=gap > 0, stricter=gap < 0)
        .groupby([COUNTRY, "item"], observed=True)
        .agg(
            people=("personal", "size"),
            personal=("personal", "mean"),
            norm=("norm", "mean"),
            freer=("freer", "sum"),
            stricter=("stricter", "sum"),
        )
        .reset_index()
    )
    counts = counts[counts["people"] >= LEAST_PEOPLE]
    most = counts[["freer", "stricter"]].max(axis=1)
    counts = counts[most > 0].assign(most=most)
    columns = (
        Column(COUNTRY, GROUPS[COUNTRY]), Column("item", "Item"), Column("people", "People"),
        Column("personal", "Allow, what I would do"), Column("norm", "Allow, what is appropriate"),
        Column("pattern", "Pattern"),
    )  # fmt: skip
    title = "Items on which the two questions part"
    rows: list[tuple[Value, ...]] = []
    if len(counts):
        low, _ = proportion_confint(counts["most"], counts["people"], method="wilson")
        ranked = counts.assign(low=low).sort_values(
            [COUNTRY, "low", "item"], ascending=[True, False, True]
        )
        for row in ranked.groupby(COUNTRY, observed=True).head(EXAMPLES).to_dict("records"):
            way = "freer for oneself" if row["freer"] >= row["stricter"] else "stricter for oneself"
            rates = (f"{1 - row[frame]:.0%}" for frame in FRAME_COLUMNS)
            rows.append((str(row[COUNTRY]), str(row["item"]), int(row["people"]), *rates, way))
    note = (
        f"Single items of {LEAST_PEOPLE} people or more of the country, most clearly parted first: "
        "examples to read, not findings."
    )
    return Table("gap-examples", title, columns, tuple(rows), note)
