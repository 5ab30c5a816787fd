"""What the wording changes: the order of the options, the style of the prompt."""

from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book, is_baseline, token, without
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, metric_column
from analysis.reports.words import FRAMES, SETTING_TITLES, readable

TESTS = ("order_effect", "order_effect_p", "order_effect_p_z")
SPLIT = ("item_mae", "model_culture_rate", "invalid_rate")
SPLIT_TITLES = {"style": "Prompt style", "order": "Option order"}


def prompt_section(book: Book) -> Section | None:
    """Order effects and splits by style and order; None where each model was asked in one way."""
    tables = [order_table(book), *(split_table(book, kind) for kind in SPLIT_TITLES)]
    tables = [table for table in tables if table.rows]
    if not tables:
        return None
    return Section(
        key="prompts",
        title="What the wording changes",
        lead=(
            "The same questions were asked in more than one way. Were order or style to matter "
            "more than the differences between models, those could not be believed."
        ),
        tables=tuple(tables),
    )


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
