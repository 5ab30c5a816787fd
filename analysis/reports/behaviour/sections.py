"""The parts of a report on behaviour about models, prompts and people, from its estimates."""

from collections.abc import Iterable, Sequence
from typing import Any

from analysis.figures.behaviour import differences, rates_by
from analysis.frames.decisions import CONDITION, PEOPLE, PROMPT, ROLE
from analysis.metrics.estimate import Estimate
from analysis.reports.behaviour.crossed import crossed_table, drawn_of, models_of, some, twin
from analysis.reports.behaviour.levels import (
    HEADS,
    MARKS,
    contrast_of,
    level,
    place,
    short_contrast,
    who,
)
from analysis.reports.behaviour.rates import AGES, GENDERS, TABLE
from analysis.reports.book import Book, by_value
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column

STAGES = {"base": "before tuning", "instruct": "after tuning"}
BESIDE = ("flip_to_preference", "flip_to_culture", "unchanged", "p", "p_bh")
CHANGE_COLUMNS = (
    metric_column("allow_diff_pp"),
    *(metric_column(name) for name in BESIDE),
)


def hierarchy_section(book: Book) -> Section:
    """How far each model leans, overall and by who prefers the personal option."""
    rates = by_value(book.find(TABLE, "allow_rate", where=lambda e: not e.group))
    single = [one for one in rates if one.model]
    roles = crossed_table(book, (ROLE,), title="By who prefers the personal option")
    drawn = _drawn(book.grouped(TABLE, "allow_rate", ROLE), drawn_of(book))
    figure = rates_by(
        drawn,
        name="allow-by-role",
        title="How readily each model lets the preference win",
        what="who prefers the personal option",
        series=[name for name in MARKS.values() if any(row["series"] == name for row in drawn)],
    )
    sources = crossed_table(book, (ROLE,), ("dataset",), title="The same in each source")
    return Section(
        key="hierarchy",
        title="How far each model leans",
        lead=_lead(single),
        figures=(figure,) if drawn else (),
        tables=(models_table(book, rates), *some(roles, sources)),
        under={"allow-by-role": roles.name},
    )


def models_table(book: Book, rates: Sequence[Estimate]) -> Table:
    """Every model over all its decisions, with what could not be read and how undecided it is."""
    found = {who(one): one for one in rates}
    beside = ("unknown_rate", "decision_entropy", "conflict_share")
    head = (
        Column("model", "Model"), metric_column("allow_rate", bar=True),
        *(metric_column(name) for name in beside),
    )  # fmt: skip
    rows = tuple(
        (name, found[name], *(twin(book, found[name], metric) for metric in beside))
        for name in models_of(book)
    )
    return Table("models", "All decisions", head, rows)


def _lead(rates: Sequence[Estimate]) -> str:
    known = [one for one in rates if one.value is not None]
    if not known:
        return "No decision could be read as either choice."
    low, high = known[0], known[-1]
    if low is high:
        return f"{who(low)} allows the preference in {low.value:.0%} of its valid decisions."
    return (
        f"From {who(low)}, which allows the preference in {low.value:.0%} of its valid decisions, "
        f"to {who(high)} with {high.value:.0%}."
    )


def _drawn(rows: Iterable[Estimate], order: list[str]) -> list[dict[str, Any]]:
    rank = {name: number for number, name in enumerate(MARKS.values())}
    drawn = [
        figure_row(one, who(one), "model", series=MARKS[str(one.group[ROLE])])
        for one in rows
        if one.value is not None and str(one.group[ROLE]) in MARKS and who(one) in order
    ]
    return sorted(drawn, key=lambda row: (order.index(row["name"]), rank[row["series"]]))


def tuning_section(book: Book) -> Section | None:
    """What instruction tuning changes; None without both stages of a model."""
    rows = [one for one in book.all(TABLE, "allow_diff_pp") if _factor(one) == "stage"]
    if not rows:
        return None
    rates = {
        (one.model, one.setting): one
        for one in book.find(TABLE, "allow_rate", where=lambda e: not e.group)
    }
    models = [one for one in by_value(e for e in rows if e.model)][::-1]
    drawn = [
        figure_row(rate, one.model, "model", series=title)
        for one in models
        for stage, title in STAGES.items()
        if (rate := rates.get((one.model, stage))) is not None and rate.value is not None
    ]
    figure = rates_by(
        drawn,
        name="tuning",
        title="What instruction tuning changes",
        what="stage of the model; the line joins a model's two stages",
        series=list(STAGES.values()),
        joined=True,
    )
    head = (
        Column("model", "Model"),
        *(
            metric_column("allow_rate", title.capitalize(), key=f"allow_{stage}")
            for stage, title in STAGES.items()
        ),
        *CHANGE_COLUMNS,
    )
    together = [one for one in rows if not one.model]
    table = Table(
        "tuning", "Before and after instruction tuning", head,
        tuple(
            (who(one), *(rates.get((one.model, stage)) for stage in STAGES), one,
             *_beside(book, one))
            for one in (*models, *together)
        ),
        "The rates are over all decisions of a stage, the difference over questions that both "
        "stages answered.",
    )  # fmt: skip
    return Section(
        key="tuning",
        title="Before and after instruction tuning",
        lead="The same questions to the base model and to its tuned form, most changed first.",
        figures=(figure,) if drawn else (),
        tables=(table,),
        under={"tuning": "tuning"},
    )


def changes_section(book: Book) -> Section | None:
    """What a balance prompt, instruction tuning, age and gender change, question by question."""
    rows = [one for one in book.all(TABLE, "allow_diff_pp") if one.model]
    if not rows:
        return None
    shown = drawn_of(book)
    drawn = [
        figure_row(one, who(one), "model", contrast=short_contrast(one))
        for one in sorted(rows, key=lambda one: shown.index(who(one)) if who(one) in shown else 0)
        if one.value is not None and who(one) in shown
    ]
    figure = differences(
        drawn,
        name="contrasts",
        title="What moves a decision when nothing else changes",
        caption=(
            "Difference of allow rates between questions that differ in one thing alone, with "
            "intervals (scenarios as clusters). Right: the preference is allowed more often under what the row names than under its opposite."
        ),
    )
    head = (Column("contrast", "Second less first"), Column("model", "Model"), *CHANGE_COLUMNS)
    table = Table(
        "contrasts", "One thing changed, all else equal", head,
        tuple((contrast_of(one), who(one), one, *_beside(book, one)) for one in rows),
        note="p by flipping the signs of whole scenarios; corrected over this table.",
    )  # fmt: skip
    return Section(
        key="changes",
        title="What changes a decision",
        lead=(
            "The same question asked twice, with one thing changed. A small difference can hide "
            "many flips in both directions, so both are shown."
        ),
        figures=(figure,) if drawn else (),
        tables=(table, *some(balance_table(book), _directions(book))),
        under={"contrasts": "contrasts"},
    )


def balance_table(book: Book) -> Table:
    """Both prompts' rates of each model, and what becomes of the same question under both."""
    rows = [one for one in book.all(TABLE, "allow_diff_pp") if _factor(one) == PROMPT]
    rates = {
        (who(one), one.group[PROMPT]): one for one in book.grouped(TABLE, "allow_rate", PROMPT)
    }
    prompts = ("no_balance", "balance")
    head = (
        Column("model", "Model"),
        *(
            metric_column("allow_rate", level(name).capitalize(), key=f"allow_{name}")
            for name in prompts
        ),
        *CHANGE_COLUMNS,
    )
    order = models_of(book)
    found = sorted(rows, key=lambda one: order.index(who(one)) if who(one) in order else len(order))
    lines = tuple(
        (who(one), *(rates.get((who(one), name)) for name in prompts), one, *_beside(book, one))
        for one in found
    )
    return Table("balance", "Asked to balance both, or not", head, lines)


def _factor(one: Estimate) -> str:
    return str(one.group.get("contrast", "")).partition(":")[0]


def _beside(book: Book, one: Estimate) -> tuple[Value, ...]:
    return tuple(twin(book, one, metric) for metric in BESIDE)


def _directions(book: Book) -> Table:
    head = (Column("factor", "Of"), metric_column("direction_share"), Column("models", "Over"))
    rows = tuple(
        (HEADS[str(one.group["factor"])], one, one.note)
        for one in book.all(TABLE, "direction_share")
    )
    return Table("directions", "In how many models a difference has the same sign", head, rows)


def conditions_section(book: Book) -> Section:
    """Rates by what it is about and what the prompt says: people, balance, with roles; datasets."""
    tables = some(
        crossed_table(book, ("theme",)),
        crossed_table(book, (CONDITION,)),
        crossed_table(book, (CONDITION,), (ROLE,)),
        told_table(book),
        crossed_table(book, ("dataset",)),
        crossed_table(book, ("dataset", PROMPT)),
    )
    return Section(
        key="conditions",
        title="By theme, prompt, people told of, and source",
        lead="Allow rates by what a scenario is about, what the prompt says, and the scenarios' source.",
        tables=tables,
    )


def told_table(book: Book) -> Table:
    """What telling of age and gender changes, less telling of neither, over all and by role."""
    found = [one for one in book.all(TABLE, "allow_gap_pp") if CONDITION in one.group]
    conditions = sorted({str(one.group[CONDITION]) for one in found}, key=place)
    cells = {(who(e), e.group.get(ROLE), str(e.group[CONDITION])): e for e in found}
    order = models_of(book)
    keys = sorted(
        {key[:2] for key in cells},
        key=lambda key: (order.index(key[0]), place(key[1]) if key[1] else (-1, "")),
    )
    head = (
        Column("model", "Model"),
        Column(ROLE, HEADS[ROLE]),
        *(
            metric_column("allow_gap_pp", f"{level(name).capitalize()} less no demo", key=name)
            for name in conditions
        ),
    )
    rows = tuple(
        (who_, level(role) if role else "all", *(cells.get((who_, role, c)) for c in conditions))
        for who_, role in keys
    )
    return Table("told-of-people", "What telling of age and gender changes", head, rows)


def people_section(book: Book) -> Section | None:
    """Ages and genders of actor and receiver, crossed and single."""
    tables = some(
        crossed_table(book, AGES, title="By age, actor → receiver"),
        crossed_table(book, GENDERS, title="By gender, actor → receiver"),
        *(crossed_table(book, (name,)) for name in PEOPLE),
    )
    if not tables:
        return None
    return Section(
        key="people",
        title="Age and gender",
        lead="From prompts that tell both ages and both genders.",
        tables=tables,
    )
