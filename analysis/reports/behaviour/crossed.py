"""Tables of rates: models and levels down, the levels of another factor across."""

from collections.abc import Callable, Iterable, Sequence

from analysis.metrics.estimate import Estimate
from analysis.reports.behaviour.levels import HEADS, level, main_stage, place, who
from analysis.reports.behaviour.rates import TABLE
from analysis.reports.book import Book, by_value
from analysis.reports.tables import Column, Table, Value, metric_column

ENDS = 5
UNKNOWN = "Unknown, at most: the largest share of a row's decisions that could not be read."


def models_of(book: Book) -> list[str]:
    """All models, most preference-allowing first; the stages' means behind them."""
    rates = by_value(book.find(TABLE, "allow_rate", where=lambda e: not e.group))
    ordered = [one for one in reversed(rates) if one.model]
    means = sorted((one for one in rates if not one.model), key=lambda one: one.setting)
    return [who(one) for one in (*ordered, *means)]


def drawn_of(book: Book) -> list[str]:
    """Those of `models_of` that figures show: one stage, the tuned one where there are two."""
    rates = book.find(TABLE, "allow_rate", where=lambda e: not e.group)
    stages = {one.setting for one in rates}
    stage = main_stage(stages)
    shown = {who(one) for one in rates if one.setting == stage}
    return [name for name in models_of(book) if name in shown]


def main_of(book: Book) -> str:
    """Of whom a figure tells that has room for one: the models' mean, or the only model."""
    return (drawn_of(book) or [""])[-1]


def crossed_table(
    book: Book,
    across: tuple[str, ...],
    down: tuple[str, ...] = (),
    *,
    title: str = "",
    note: str = "",
    order: Callable[[str], object] = place,
) -> Table:
    """Allow rates: a row a model and level of `down`, a column a level of `across`."""
    found = book.grouped(TABLE, "allow_rate", *down, *across)
    unknown = book.grouped(TABLE, "unknown_rate", *down, *across)
    columns = sorted(
        {_levels(e, across) for e in found}, key=lambda one: [order(str(name)) for name in one]
    )
    cells = {(*_row_key(e, down), *_levels(e, across)): e for e in found}
    most = _most(unknown, down)
    rows = tuple(
        (
            key[0],
            *(level(value) for value in key[1:]),
            *(cells.get((*key, *column)) for column in columns),
            most.get(key),
        )
        for key in _row_keys(book, found, down)
    )
    head = (
        Column("model", "Model"),
        *(Column(name, HEADS[name]) for name in down),
        *(
            metric_column("allow_rate", _title(column), key="allow_" + "_".join(map(str, column)))
            for column in columns
        ),
        metric_column("unknown_rate", "Unknown, at most"),
    )
    named = "Allow rate by " + " and ".join(HEADS[name].lower() for name in (*down, *across))
    name = "by-" + "-".join((*down, *across)).replace("_", "-")
    return Table(name, title or named, head, rows, note)


def _title(column: Sequence[str | None]) -> str:
    return " → ".join(level(value) for value in column)


def _row_key(one: Estimate, down: tuple[str, ...]) -> tuple[str | None, ...]:
    return (who(one), *_levels(one, down))


def _levels(one: Estimate, names: tuple[str, ...]) -> tuple[str | None, ...]:
    return tuple(one.group[name] for name in names)


def _row_keys(
    book: Book, found: Iterable[Estimate], down: tuple[str, ...]
) -> list[tuple[str | None, ...]]:
    order = models_of(book)
    keys = {_row_key(one, down) for one in found}
    return sorted(
        keys,
        key=lambda key: (
            order.index(str(key[0])) if key[0] in order else len(order),
            [place(value) for value in key[1:]],
        ),
    )


def _most(
    unknown: Iterable[Estimate], down: tuple[str, ...]
) -> dict[tuple[str | None, ...], Estimate]:
    most: dict[tuple[str | None, ...], Estimate] = {}
    for one in unknown:
        key = _row_key(one, down)
        if key not in most or (one.value or 0.0) > (most[key].value or 0.0):
            most[key] = one
    return most


def ends_table(book: Book, name: str) -> Table:
    """The five countries in which each model allows most, and the five in which it allows least."""
    found = [one for one in book.grouped(TABLE, "allow_rate", name) if one.value is not None]
    rows: list[tuple[Value, ...]] = []
    for model in models_of(book):
        rows += [
            (model, level(one.group[name]), one, twin(book, one, "unknown_rate"))
            for one in ends_of([e for e in found if who(e) == model])
        ]
    head = (
        Column("model", "Model"), Column(name, HEADS[name]),
        metric_column("allow_rate", bar=True), metric_column("unknown_rate"),
    )  # fmt: skip
    note = "All countries stand in estimates.csv." if len(found) > len(rows) else ""
    title = f"Allow rate by {HEADS[name].lower()}: most and least"
    return Table("by-" + name.replace("_", "-"), title, head, tuple(rows), note)


def ends_of(found: Iterable[Estimate]) -> list[Estimate]:
    """The five largest and the five smallest, largest first; all where there are no more than ten."""
    ordered = by_value(found)[::-1]
    return ordered if len(ordered) <= 2 * ENDS else [*ordered[:ENDS], *ordered[-ENDS:]]


def twin(book: Book, one: Estimate, metric: str) -> Estimate | None:
    """The estimate of another metric for the same model, stage and group."""
    found = book.find(
        TABLE, metric, where=lambda e: e.group == one.group, model=one.model, setting=one.setting
    )
    return found[0] if found else None


def some(*tables: Table) -> tuple[Table, ...]:
    """Those tables that have rows."""
    return tuple(table for table in tables if table.rows)
