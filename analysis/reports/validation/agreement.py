"""Agreement by question: every coefficient, both rules for single ratings, what is undefined and why."""

from collections.abc import Iterable

from analysis.figures.agreement import agreement_intervals
from analysis.metrics import METRICS, Estimate
from analysis.reports.book import Book
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.validation.inputs import ValidationInputs
from analysis.reports.validation.places import found_in, places, single_rated

MAIN = ("percent", "pabak", "ac1")
OTHERS = ("cohen", "fleiss", "alpha", "prevalence_index", "bias_index")
GWETS_RULE = "Items with a single rating count towards chance agreement (Gwet's rule)."


def agreement_section(book: Book, inputs: ValidationInputs) -> Section:
    """Every coefficient by question under both rules for items with a single rating."""
    rows = [
        {
            "name": name,
            "series": METRICS[metric].title,
            "value": one.value,
            "lower": one.lower,
            "upper": one.upper,
            "n_items": one.n_items,
            "n_humans": one.n_humans,
            "n_answers": one.n_answers,
        }
        for name, code in places(inputs)
        for metric in MAIN
        for one in found_in(book, metric, code, single_rated="include")
    ]
    tables = [_main_table(book, inputs), _other_table(book, inputs)]
    if single_rated(inputs):
        tables.append(_main_table(book, inputs, "exclude"))
    return Section(
        key="agreement",
        title="How far annotators agree",
        lead=(
            "Each coefficient answers another question, and none is a mark: observed agreement is "
            "what was seen, the others subtract what chance would give under their own idea of "
            "chance. Where almost every answer is the same, kappa and alpha lie near zero however "
            "often annotators agree. " + (GWETS_RULE if single_rated(inputs) else "")
        ).strip(),
        figures=(agreement_intervals(rows),),
        tables=tuple(tables),
        under={"agreement": "agreement"},
    )


def _main_table(book: Book, inputs: ValidationInputs, rule: str = "include") -> Table:
    name = "agreement" if rule == "include" else "agreement-overlap-only"
    title = "Agreement by question"
    title += ", items with a single rating left out" if rule == "exclude" else ""
    return _table(book, inputs, name, title, (*MAIN, "positive", "negative"), rule)


def _other_table(book: Book, inputs: ValidationInputs) -> Table:
    return _table(book, inputs, "agreement-more", "Further coefficients by question", OTHERS)


def _table(
    book: Book,
    inputs: ValidationInputs,
    name: str,
    title: str,
    metrics: Iterable[str],
    rule: str = "include",
) -> Table:
    columns = (Column("criterion", "Question"), *(metric_column(metric) for metric in metrics))
    rows: list[tuple[Value, ...]] = []
    for place, code in places(inputs):
        cells = [
            next(iter(found_in(book, metric, code, single_rated=rule)), None) for metric in metrics
        ]
        rows.append((place, *cells))
    return Table(name, title, columns, tuple(rows), note=_undefined(rows))


def _undefined(rows: list[tuple[Value, ...]]) -> str:
    """Why cells are empty, each reason once with the questions it holds for."""
    places: dict[str, list[str]] = {}
    for name, *cells in rows:
        for cell in cells:
            if isinstance(cell, Estimate) and cell.value is None:
                reason = cell.note.split("; ratings without")[0].rsplit("; ", 1)[0]
                places.setdefault(f"{METRICS[cell.metric].title}: {reason}", []).append(str(name))
    told = [
        f"{reason} ({'every question' if len(names) == len(rows) else ', '.join(names)})"
        for reason, names in places.items()
    ]
    return f"Undefined. {'. '.join(told)}." if told else ""
