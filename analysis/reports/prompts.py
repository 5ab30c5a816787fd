"""What makes a model's answers vary: items, personas, order of the options, style of the prompt."""

from dataclasses import replace
from typing import Any

from analysis.figures.variance import variance_parts
from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import ALL_MODELS, Estimate
from analysis.reports.book import Book, is_baseline, token, without
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, metric_column
from analysis.reports.words import FRAMES, SETTING_TITLES, readable

TESTS = ("order_effect", "order_effect_p", "order_effect_p_z")
SPLIT = ("item_mae", "model_culture_rate", "invalid_rate")
SPLIT_TITLES = {"style": "Prompt style", "order": "Option order"}


WAYS_LEAD = (
    "The same questions were asked in more than one way. Were the order of the options or the style "
    "of the prompt to matter more than what is asked, or than the differences between models, those "
    "could not be believed."
)
PERSONAS_LEAD = (
    "Every question was asked in one way, with one order of the options and one style of the prompt: "
    "how much these matter cannot be told from this. What can be told is how much depends on what is "
    "asked and on who is asked."
)

ALL_TITLE, WHOLE = "all models", "all"
SOURCES = {
    "item": "Item",
    "persona_country": "Persona's country",
    "persona_demographics": "Persona's age and gender",
    "style": "Prompt style",
    "order": "Option order",
    "model": "Model",
    "interactions": "Interactions",
    "sampling": "Asking again",
}
"""How tables and the figure name the sources of variance."""

PARTS_NOTE = (
    "The parts of a row add up to 1: the variance of each source's means, what asking the same "
    "question again changes, and the interactions, which have the rest."
)
TOTALS_NOTE = (
    "What would go if the source were held still: by itself and with all others. An option order "
    "that turns some answers to culture and as many to preference has no share of its own and a "
    "large one here. These shares overlap."
)


def prompt_section(book: Book) -> Section | None:
    """Variance by source, order effects and splits; None where each model was asked in one way."""
    tables = [
        *(part_table(book, setting) for setting in SETTING_TITLES),
        *(total_table(book, setting) for setting in SETTING_TITLES),
        order_table(book),
        *(split_table(book, kind) for kind in SPLIT_TITLES),
    ]
    tables = [table for table in tables if table.rows]
    if not tables:
        return None
    rows = part_rows(book)
    return Section(
        key="prompts",
        title="What makes answers vary",
        lead=_lead(book),
        figures=tuple(variance_parts(found, setting) for setting, found in rows.items()),
        tables=tuple(tables),
        under={name: name for name in (_name(setting) for setting in rows)},
    )


def _lead(book: Book) -> str:
    """What the section is for; it speaks of ways of asking only where there were several."""
    sources = {source for by in _by_source(book, "variance_share").values() for source in by}
    return WAYS_LEAD if sources & set(SPLIT_TITLES) else PERSONAS_LEAD


def part_table(book: Book, setting: str) -> Table:
    """Each model's variance in parts that add up."""
    title = f"Parts of the variance: {SETTING_TITLES[setting].lower()}"
    return _variance(
        book, "variance_share", setting, Table(_name(setting), title, (), (), PARTS_NOTE)
    )


def total_table(book: Book, setting: str) -> Table:
    """What each source makes with its interactions."""
    title = f"Parts of the variance with interactions: {SETTING_TITLES[setting].lower()}"
    name = f"{_name(setting)}-total"
    return _variance(book, "variance_total_share", setting, Table(name, title, (), (), TOTALS_NOTE))


def _name(setting: str) -> str:
    return f"variance-{setting.replace('_', '-')}"


def _variance(book: Book, metric: str, setting: str, empty: Table) -> Table:
    found = {key: by for key, by in _by_source(book, metric).items() if key[1] == setting}
    whole = _by_source(book, "answer_variance")
    used = [source for source in SOURCES if any(source in by for by in found.values())]
    columns = (
        Column("model", "Model"),
        Column("frame", "Question"),
        metric_column("answer_variance", "Variance"),
        *(metric_column(metric, SOURCES[source], key=source) for source in used),
    )
    rows = tuple(
        (
            ALL_TITLE if model == ALL_MODELS else model,
            FRAMES[frame],
            whole.get((model, setting, frame), {}).get(WHOLE),
            *(by.get(source) for source in used),
        )
        for (model, _, frame), by in found.items()
        if frame != "both"
    )
    return replace(empty, columns=columns, rows=rows)


def _by_source(book: Book, metric: str) -> dict[tuple[str, str, str], dict[str, Estimate]]:
    """The shares of each model, setting and question; all models together come last."""
    found: dict[tuple[str, str, str], dict[str, Estimate]] = {}
    for e in sorted(
        book.grouped("alignment", metric, "source"), key=lambda e: e.model == ALL_MODELS
    ):
        if not is_baseline(e.model):
            key = (e.model, e.setting, e.frame)
            found.setdefault(key, {})[str(e.group["source"])] = e
    return found


def part_rows(book: Book) -> dict[str, list[dict[str, Any]]]:
    """The figure's rows by setting: each source alone and with its interactions."""
    main = book.main_frame()
    rows: dict[str, list[dict[str, Any]]] = {}
    for metric, kind in (
        ("variance_share", "alone"),
        ("variance_total_share", "with interactions"),
    ):
        for (model, setting, frame), by in _by_source(book, metric).items():
            if frame != main:
                continue
            shown = ALL_TITLE if model == ALL_MODELS else model
            rows.setdefault(setting, []).extend(
                figure_row(by[source], title, kind, model=shown)
                for source, title in SOURCES.items()
                if source in by and by[source].value is not None
            )
    return {setting: found for setting, found in rows.items() if found}


def order_table(book: Book) -> Table:
    """The effect of showing culture first, per model, setting and question."""
    columns = (
        Column("model", "Model"),
        Column("setting", "Setting"),
        Column("frame", "Question"),
        *(metric_column(name) for name in TESTS),
    )
    rows = []
    for e in book.find("alignment", "order_effect"):
        if e.frame == "both" or e.group or is_baseline(e.model):
            continue
        same = {"model": e.model, "setting": e.setting, "frame": e.frame}
        tests = (book.one("alignment", name, **same) for name in TESTS[1:])
        rows.append((e.model, SETTING_TITLES[e.setting], FRAMES[e.frame], e, *tests))
    title = "Does it matter which action is shown first?"
    return Table("option-order", title, columns, tuple(rows))


def split_table(book: Book, kind: str) -> Table:
    """Distance and rates apart by prompt style or option order, both questions averaged."""
    found = _split(book, "item_mae", kind)
    columns = (
        Column("model", "Model"),
        Column("setting", "Setting"),
        Column(kind, SPLIT_TITLES[kind]),
        *(metric_column(name) for name in SPLIT),
    )
    beside = {name: {_key(e, kind): e for e in _split(book, name, kind)} for name in SPLIT[1:]}
    rows = tuple(
        (
            e.model,
            SETTING_TITLES[e.setting],
            readable(token(e, kind)),
            e,
            *(beside[name].get(_key(e, kind)) for name in SPLIT[1:]),
        )
        for e in found
    )
    return Table(f"by-{kind}", f"By {SPLIT_TITLES[kind].lower()}", columns, rows)


def _split(book: Book, metric: str, kind: str) -> list[Estimate]:
    """The default rows of a metric, but for one split."""
    wanted = definition(metric)
    return [
        e
        for e in book.all("alignment", metric)
        if not e.group
        and not is_baseline(e.model)
        and e.frame == "both"
        and token(e, kind) is not None
        and without(e, kind) == wanted
    ]


def _key(estimate: Estimate, kind: str) -> tuple[str, str, str | None]:
    return estimate.model, estimate.setting, token(estimate, kind)
