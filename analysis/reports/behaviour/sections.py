"""The parts of a report on behaviour, from its estimates."""

from collections.abc import Iterable, Sequence
from typing import Any

from analysis.figures.behaviour import differences, rates_by
from analysis.frames.decisions import PEOPLE
from analysis.metrics.estimate import Estimate
from analysis.reports.behaviour.findings import AGES, GENDERS, REGIONS, TABLE
from analysis.reports.book import Book, by_value
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.words import readable

ROLES = {
    "actor_pref_only": "C1: the actor prefers",
    "swapped": "C2: the receiver prefers",
    "both_prefs": "C3: both prefer",
}
MARKS = {"actor_pref_only": "C1 actor", "swapped": "C2 receiver", "both_prefs": "C3 both"}
"""The same, as short as a figure's legend on a phone needs them."""

HEADS = {
    "eval_pref_config": "Who prefers the personal option",
    "eval_demo_config": "What the prompt says of people",
    "prompt": "Prompt",
    "scenario_type": "Actor's country is",
    "receiver_country": "Receiver's country",
    "actor_country": "Actor's country",
    "actor_region": "Actor's region",
    "receiver_region": "Receiver's region",
    "actor_age": "Actor's age",
    "receiver_age": "Receiver's age",
    "actor_gender": "Actor's gender",
    "receiver_gender": "Receiver's gender",
    "preference_type": "Kind of preference",
    "preference_strength": "Strength of preference",
    "dataset": "Source",
    "model": "Model",
}
MOST_COUNTRIES = 5
CONTRAST_COLUMNS = (
    Column("contrast", "Second less first"),
    Column("model", "Model"),
    metric_column("allow_diff_pp"),
    metric_column("flip_to_preference"),
    metric_column("flip_to_culture"),
    metric_column("unchanged"),
    metric_column("p"),
    metric_column("p_bh"),
)


def who(row: Estimate) -> str:
    """The model, with its stage where one is known."""
    return f"{row.model} ({row.setting})" if row.setting else row.model


def level(value: str | None) -> str:
    """A group's level in words."""
    return ROLES.get(str(value), readable(value))


def hierarchy_section(book: Book) -> Section:
    """How far each model leans, overall and by who prefers the personal option."""
    rates = by_value(book.find(TABLE, "allow_rate", where=lambda e: not e.group))
    head = (
        Column("model", "Model"), metric_column("allow_rate", bar=True),
        metric_column("unknown_rate"), metric_column("decision_entropy"),
        metric_column("conflict_share"),
    )  # fmt: skip
    rows = tuple(
        (
            who(one),
            one,
            *(_twin(book, one, m) for m in ("unknown_rate", "decision_entropy", "conflict_share")),
        )
        for one in reversed(rates)
    )
    roles = grouped_table(book, ("eval_pref_config",))
    order = [who(one) for one in reversed(rates)]
    drawn = _drawn(book.grouped(TABLE, "allow_rate", "eval_pref_config"), order)
    figure = rates_by(
        drawn,
        name="allow-by-role",
        title="How readily each model lets the preference win",
        what="who prefers the personal option",
        series=[name for name in MARKS.values() if any(row["series"] == name for row in drawn)],
    )
    return Section(
        key="hierarchy",
        title="How far each model leans",
        lead=_lead(rates),
        figures=(figure,) if drawn else (),
        tables=(Table("models", "All decisions", head, rows), *_some(roles)),
        under={"allow-by-role": roles.name},
    )


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


def changes_section(book: Book) -> Section | None:
    """What a balance prompt, instruction tuning, age and gender change, question by question."""
    rows = book.all(TABLE, "allow_diff_pp")
    if not rows:
        return None
    models = list(dict.fromkeys(who(one) for one in rows))
    drawn = [
        figure_row(one, short_contrast(one), "model", series=who(one))
        for one in rows
        if one.value is not None
    ]
    figure = differences(
        drawn,
        name="contrasts",
        title="What moves a decision when nothing else changes",
        caption=(
            "Difference of allow rates between questions that differ in one thing alone, with "
            "intervals (scenarios as clusters). Right: the preference is allowed more often under what the row names than under its opposite."
        ),
        series=models,
    )
    table = Table(
        "contrasts", "One thing changed, all else equal", CONTRAST_COLUMNS,
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
        tables=(table, *_some(_directions(book))),
        under={"contrasts": "contrasts"},
    )


def contrast_of(row: Estimate) -> str:
    """`actor_age: younger - older` in words."""
    factor, _, levels = str(row.group["contrast"]).partition(": ")
    return f"{HEADS.get(factor, factor.capitalize())}: {readable(levels)}".replace(" - ", " less ")


def short_contrast(row: Estimate) -> str:
    """The same for a figure's axis: `actor younger`, `balance`."""
    factor, _, levels = str(row.group["contrast"]).partition(": ")
    second = readable(levels.partition(" - ")[0])
    side = factor.partition("_")[0]
    return f"{side} {second}" if side in ("actor", "receiver") else second


def _directions(book: Book) -> Table:
    head = (Column("factor", "Of"), metric_column("direction_share"), Column("models", "Over"))
    rows = tuple(
        (HEADS[str(one.group["factor"])], one, one.note)
        for one in book.all(TABLE, "direction_share")
    )
    return Table("directions", "In how many models a difference has the same sign", head, rows)


def conditions_section(book: Book) -> Section:
    """Rates by what the prompt says: people, balance, both with roles, datasets."""
    names = (
        ("eval_demo_config",),
        ("prompt",),
        ("eval_demo_config", "eval_pref_config"),
        ("dataset",),
    )
    tables = [table for name in names if (table := grouped_table(book, name)).rows]
    return Section(
        key="conditions",
        title="By prompt, people told of, and source",
        lead="Allow rates by what the prompt says, and by where the scenarios come from.",
        tables=tuple(tables),
    )


def countries_section(book: Book) -> Section:
    """Distance, countries and regions of actor and receiver."""
    tables = [
        grouped_table(book, ("scenario_type",)),
        *(ends_table(book, name) for name in ("receiver_country", "actor_country")),
        grouped_table(book, REGIONS),
    ]
    return Section(
        key="countries",
        title="Whose country matters",
        lead=(
            "Rates describe what models do when told of a country. They say nothing about people "
            "there."
        ),
        tables=tuple(table for table in tables if table.rows),
    )


def people_section(book: Book) -> Section | None:
    """Ages and genders of actor and receiver, single and crossed."""
    names = (*((name,) for name in PEOPLE), AGES, GENDERS)
    tables = [table for name in names if (table := grouped_table(book, name)).rows]
    if not tables:
        return None
    return Section(
        key="people",
        title="Age and gender",
        lead="From prompts that tell both ages and both genders.",
        tables=tuple(tables),
    )


def preferences_section(book: Book) -> Section | None:
    """Kinds and strengths of the preference, by keywords."""
    names = (("preference_strength",), ("preference_type",))
    tables = [table for name in names if (table := grouped_table(book, name)).rows]
    if not tables:
        return None
    return Section(
        key="preferences",
        title="What kind of preference",
        lead="Kinds are told by keywords in the preference: an aid for reading, not a gold label.",
        tables=tuple(tables),
    )


def dependence_section(book: Book) -> Section:
    """How strongly decisions depend on each factor, strongest first; spreads beside."""
    head = (
        Column("factor", "Factor"), Column("model", "Model"), metric_column("cramers_v"),
        metric_column("chi2"), metric_column("p"), metric_column("p_bh"),
    )  # fmt: skip
    found = sorted(book.all(TABLE, "cramers_v"), key=lambda e: -(e.value or 0))
    rows = tuple(
        (HEADS[str(e.group["factor"])], who(e) if e.model else "all models", e,
         *(_twin(book, e, metric) for metric in ("chi2", "p", "p_bh")))
        for e in found
    )  # fmt: skip
    spread = (Column("factor", "Of"), Column("model", "Model"), metric_column("factor_spread_pp"), Column("note", "Remark"))  # fmt: skip
    spreads = tuple(
        (str(e.group["factor"]), who(e), e, e.note) for e in book.all(TABLE, "factor_spread_pp")
    )
    tables = (
        Table("dependence", "Dependence of the decision, strongest first", head, rows),
        Table("spreads", "How far a factor's levels lie apart", spread, spreads),
    )
    return Section(
        key="dependence",
        title="What matters most",
        lead=(
            "With this many decisions every p value is small. Cramer's V and the spread in "
            "percentage points say how much a factor matters."
        ),
        tables=tuple(table for table in tables if table.rows),
    )


def grouped_table(book: Book, by: tuple[str, ...]) -> Table:
    """Allow rates by these columns, one row a level and model."""
    head = (*(Column(name, HEADS[name]) for name in by), Column("model", "Model"),
            metric_column("allow_rate", bar=True), metric_column("unknown_rate"))  # fmt: skip
    found = sorted(book.grouped(TABLE, "allow_rate", *by), key=lambda one: _place(one, by))
    rows = tuple(_row(book, one, by) for one in found)
    title = "Allow rate by " + " and ".join(HEADS[name].lower() for name in by)
    return Table("by-" + "-".join(by).replace("_", "-"), title, head, rows)


def ends_table(book: Book, name: str) -> Table:
    """The five countries in which each model allows most, and the five in which it allows least."""
    whole = grouped_table(book, (name,))
    found = [one for one in book.grouped(TABLE, "allow_rate", name) if one.value is not None]
    models = list(dict.fromkeys(who(one) for one in found))
    rows: list[tuple[Value, ...]] = []
    for model in models:
        ordered = by_value([one for one in found if who(one) == model])
        ends = ordered if len(ordered) <= 2 * MOST_COUNTRIES else [
            *ordered[:MOST_COUNTRIES], *ordered[-MOST_COUNTRIES:]
        ]  # fmt: skip
        rows += [_row(book, one, (name,)) for one in reversed(ends)]
    note = "All countries stand in estimates.csv." if len(found) > len(rows) else ""
    return Table(whole.name, f"{whole.title}: most and least", whole.columns, tuple(rows), note)


def _place(one: Estimate, by: tuple[str, ...]) -> list[tuple[int, str]]:
    """Roles in the order of their numbers, everything else by name."""
    roles = list(ROLES)
    levels = [str(one.group[name]) for name in by]
    return [(roles.index(name) if name in roles else -1, name) for name in levels]


def _row(book: Book, one: Estimate, by: tuple[str, ...]) -> tuple[Value, ...]:
    levels = tuple(level(one.group[name]) for name in by)
    return (*levels, who(one), one, _twin(book, one, "unknown_rate"))


def _twin(book: Book, one: Estimate, metric: str) -> Estimate | None:
    """The estimate of another metric for the same model, stage and group."""
    found = book.find(
        TABLE, metric, where=lambda e: e.group == one.group, model=one.model, setting=one.setting
    )
    return found[0] if found else None


def _beside(book: Book, one: Estimate) -> tuple[Value, ...]:
    metrics = ("flip_to_preference", "flip_to_culture", "unchanged", "p", "p_bh")
    return tuple(_twin(book, one, metric) for metric in metrics)


def _drawn(rows: Iterable[Estimate], order: list[str]) -> list[dict[str, Any]]:
    rank = {name: place for place, name in enumerate(MARKS.values())}
    drawn = [
        figure_row(one, who(one), "model", series=MARKS[str(one.group["eval_pref_config"])])
        for one in rows
        if one.value is not None
    ]

    def place(row: dict[str, Any]) -> tuple[int, int]:
        return order.index(row["name"]), rank.get(row["series"], 0)

    return sorted(drawn, key=place)


def _some(table: Table) -> tuple[Table, ...]:
    return (table,) if table.rows else ()
