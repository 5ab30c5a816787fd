"""What a persona resembles, what the order of options changes, and how questions were laid out."""

from collections.abc import Sequence

from analysis.metrics.catalogue import definition
from analysis.reports.book import Book, is_baseline
from analysis.reports.prompts import order_table
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.words import FRAMES, SETTING_TITLES
from annotation.vocab.terms import OptionOrder, PromptStyle
from modeling.prompts.samples import sample_pairs

EXAMPLE_CHARACTERS = 320


def c_spec_table(book: Book) -> Table:
    """Does a persona of a country come closest to that country's people? C-SPEC of closeness."""
    columns = (
        Column("model", "Model"),
        *(metric_column("c_spec", title, key=f"c_spec_{name}") for name, title in FRAMES.items()),
    )
    found = {(e.model, e.frame): e for e in book.find("alignment", "c_spec")}
    models = dict.fromkeys(model for model, _ in found if not is_baseline(model))
    rows = [(model, *(found.get((model, frame)) for frame in FRAMES)) for model in models]
    note = (
        "Closeness is one less the distance per item; rows personas, columns people, each column "
        "divided by its largest value, mean of the diagonal. 1: every country's persona is the one "
        "closest to its people. The distances stand in the table of persona countries."
    )
    return Table("c-spec", "Whose people a persona comes closest to", columns, tuple(rows), note)


def order_rates_table(book: Book) -> Table:
    """Both orders' culture rates, their difference and three tests, on hard answers."""
    metrics = ("order_effect", "order_effect_p", "order_effect_p_mcnemar", "order_effect_p_z")
    orders = (OptionOrder.CULTURE_FIRST.value, OptionOrder.PREFERENCE_FIRST.value)
    columns = (
        Column("model", "Model"), Column("setting", "Setting"), Column("frame", "Question"),
        metric_column("model_culture_rate", "Culture first", key="culture_first"),
        metric_column("model_culture_rate", "Culture second", key="culture_second"),
        metric_column("order_effect"), metric_column("order_effect_p"),
        metric_column("order_effect_p_mcnemar", "p, McNemar"),
        metric_column("order_effect_p_z"),
    )  # fmt: skip
    settings = {title: name for name, title in SETTING_TITLES.items()}
    frames = {title: name for name, title in FRAMES.items()}
    rows: list[tuple[Value, ...]] = []
    for model, setting, frame, *_ in order_table(book).rows:
        same = {
            "model": str(model),
            "setting": settings[str(setting)],
            "frame": frames[str(frame)],
        }
        rates = (
            book.one(
                "alignment", "model_culture_rate",
                definition=definition("model_culture_rate", order=order, scale="hard"), **same,
            )
            for order in orders
        )  # fmt: skip
        tests = (
            book.one("alignment", name, definition=definition(name, scale="hard"), **same)
            for name in metrics
        )
        rows.append((model, setting, frame, *rates, *tests))
    note = (
        "McNemar's test needs one hard pair a scenario; the unpaired z is the paper's form and "
        "takes answers to the same item for independent."
    )
    return Table("position-audit", "Culture first, culture second", columns, tuple(rows), note)


def style_table(styles: Sequence[str]) -> Table:
    """The layouts in which questions were asked, each with the beginning of an example."""
    columns = (
        Column("style", "Prompt style"), Column("asked", "In this report"),
        Column("example", "A question of ours in it, its beginning"),
    )  # fmt: skip
    rows = tuple(
        (style.value, "asked" if style.value in styles else "not asked", _example(style.value))
        for style in PromptStyle
    )
    return Table("prompt-styles", "Prompt styles with an example", columns, rows)


def _example(style: str) -> str:
    prompt = sample_pairs(style)[0][0]
    text = " ".join(prompt.messages[-1]["content"].split())
    cut = text[:EXAMPLE_CHARACTERS].rsplit(" ", 1)[0]
    return text if len(text) <= EXAMPLE_CHARACTERS else f"{cut} …"
