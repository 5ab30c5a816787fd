"""Personas: does speaking for somebody bring a model closer to them?"""

from typing import Any

from analysis.figures.personas import DEMOS, personas
from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book, is_baseline
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, metric_column
from analysis.reports.words import listing

SETTING = "persona"
GROUP = ("persona_country", "persona_demo")
OWN = definition("item_mae", target="subgroup")
EACH = definition("persona_gain", average="groups", scale="hard")


def persona_section(book: Book) -> Section | None:
    """Groups, gain and whose people personas resemble; None where no persona was asked."""
    if SETTING not in book.settings():
        return None
    rows = group_rows(book)
    tables = (gain_table(book), group_table(book), country_table(book))
    return Section(
        key="personas",
        title="What personas change",
        lead=persona_lead(book),
        figures=(personas(rows),) if rows else (),
        tables=tuple(table for table in tables if table.rows),
        under={"personas": "personas"},
    )


def persona_lead(book: Book) -> str:
    """How many models personas bring closer, by intervals that leave zero out."""
    soft = _told(_gains(book, definition("persona_gain")), "On label probabilities")
    hard = _told(_gains(book, EACH), "Persona by persona on hard answers")
    told = f"{soft} {hard} Judged by intervals that leave zero out."
    if not (soft or hard):
        told = "Models were asked as persons of every country, age group and gender."
    return f"{told} {_alone(book)}".strip()


def _alone(book: Book) -> str:
    """Which groups of personas stand for nobody who took part."""
    same = {"setting": SETTING, "frame": book.main_frame(), "definition": OWN}
    people: dict[tuple[str, str], int] = {}
    for e in book.grouped("alignment", "item_mae", *GROUP, **same):
        who = (str(e.group["persona_country"]), str(e.group["persona_demo"]))
        people[who] = max(people.get(who, 0), e.n_humans)
    alone = [who for who, count in people.items() if not count]
    if not alone:
        return ""
    inhabited = {country for (country, _), count in people.items() if count}
    empty = sorted({country for country, _ in alone} - inhabited)
    where = f", among them all of {listing(empty)}" if empty else ""
    return (
        f"For {len(alone)} of {len(people)} groups of personas{where}, nobody of the group took "
        "part: they are compared with all people alone."
    )


def _told(gains: list[Estimate], how: str) -> str:
    if not gains:
        return ""
    closer = sum(e.lower is not None and e.lower > 0 for e in gains)
    further = sum(e.upper is not None and e.upper < 0 for e in gains)
    return (
        f"{how}, personas bring {closer} of {len(gains)} models closer to people and {further} "
        "further away."
    )


def _gains(book: Book, defined: str) -> list[Estimate]:
    same = {"setting": SETTING, "frame": "both", "definition": defined}
    found = book.find("alignment", "persona_gain", where=_is_scored, **same)
    return [e for e in found if e.value is not None]


def _is_scored(estimate: Estimate) -> bool:
    return not estimate.group and not is_baseline(estimate.model)


def gain_table(book: Book) -> Table:
    """Gain from personas, like with like, and the figure that averaging alone produces."""
    columns = (
        Column("model", "Model"),
        metric_column("persona_gain", "Gain, label probabilities"),
        metric_column("persona_gain", "Gain, persona by persona", key="persona_gain_each"),
        metric_column("persona_ensemble", "From averaging alone"),
        metric_column("consensus"),
    )
    rows = []
    for model in book.models(SETTING):
        same = {"model": model, "setting": SETTING, "frame": "both"}
        rows.append(
            (
                model,
                book.one("alignment", "persona_gain", **same),
                book.one("alignment", "persona_gain", definition=EACH, **same),
                book.one("alignment", "persona_ensemble", **same),
                book.one("alignment", "consensus", **same),
            )
        )
    return Table("persona-gain", "Do personas bring a model closer?", columns, tuple(rows))


def group_rows(book: Book) -> list[dict[str, Any]]:
    """Distance to the matching people, for the figure."""
    return [
        {
            **figure_row(e, "", "persona"),
            "model": e.model,
            "country": e.group["persona_country"],
            "demo": DEMOS.get(str(e.group["persona_demo"]), str(e.group["persona_demo"])),
        }
        for e in _groups(book)
        if e.value is not None
    ]


def _groups(book: Book) -> list[Estimate]:
    same = {"setting": SETTING, "frame": "both"}
    found = book.grouped("alignment", "item_mae", *GROUP, definition=OWN, **same)
    return [e for e in found if not is_baseline(e.model)]


def group_table(book: Book) -> Table:
    """One row a model and persona: distance to its own people and to everybody."""
    columns = (
        Column("model", "Model"),
        Column("persona_country", "Persona's country"),
        Column("persona_demo", "Persona"),
        metric_column("item_mae", "Distance to its own people", key="item_mae_subgroup"),
        metric_column("item_mae", "Distance to everybody"),
        metric_column("model_culture_rate"),
        metric_column("invalid_rate"),
    )
    everybody = _by_group(book, "item_mae")
    culture, invalid = (_by_group(book, name) for name in ("model_culture_rate", "invalid_rate"))
    rows = []
    for own in _groups(book):
        key = (own.model, *(own.group[name] for name in GROUP))
        demo = DEMOS.get(str(own.group["persona_demo"]), str(own.group["persona_demo"]))
        beside = (everybody.get(key), culture.get(key), invalid.get(key))
        rows.append((own.model, str(own.group["persona_country"]), demo, own, *beside))
    return Table("personas", "Persona by persona", columns, tuple(rows))


def _by_group(book: Book, metric: str) -> dict[tuple[str | None, ...], Estimate]:
    found = book.grouped("alignment", metric, *GROUP, setting=SETTING, frame="both")
    return {(e.model, *(e.group[name] for name in GROUP)): e for e in found}


def country_table(book: Book) -> Table:
    """Whose people each persona country is closest to: rows personas, columns people."""
    found = book.grouped(
        "alignment",
        "persona_country_mae",
        "human_country",
        "persona_country",
        setting=SETTING,
        frame="both",
    )
    people = sorted({str(e.group["human_country"]) for e in found})
    columns = (
        Column("model", "Model"),
        Column("persona_country", "Persona's country"),
        *(metric_column("persona_country_mae", f"People of {name}", key=name) for name in people),
        Column("closest", "Closest people"),
    )
    place = {
        (e.model, str(e.group["persona_country"]), str(e.group["human_country"])): e
        for e in found
        if not is_baseline(e.model)
    }
    rows = []
    for model, persona in dict.fromkeys((model, persona) for model, persona, _ in place):
        cells = [place.get((model, persona, name)) for name in people]
        defined = [
            (cell.value, name)
            for cell, name in zip(cells, people, strict=True)
            if cell is not None and cell.value is not None
        ]
        rows.append((model, persona, *cells, min(defined)[1] if defined else None))
    return Table("persona-countries", "Whose answers a persona resembles", columns, tuple(rows))
