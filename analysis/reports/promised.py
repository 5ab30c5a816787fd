"""What was promised before the data, and what became of it; everything else is exploratory."""

from collections.abc import Iterator

from analysis.frames.promises import Promise, Promised
from analysis.metrics.catalogue import METRICS, definition
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book, is_baseline
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value
from analysis.reports.words import FRAMES, readable

NO_PROMISE = (
    "Nothing was promised before the first real answer: every number in this report is exploratory."
)


def promised_section(book: Book, promise: Promise | None, simulated: bool) -> Section:
    """The confirmatory numbers in a table of their own, with family and expectation."""
    if promise is None:
        return _section(NO_PROMISE)
    rows = tuple(_rows(book, promise))
    lead = (
        f"These numbers were named beforehand (frozen {promise.frozen_at}, SHA-256 "
        f"{promise.content_hash[:16]}). They are confirmatory; every other number in this report is "
        "exploratory."
    )
    if simulated:
        lead += " The people here are simulated, so nothing is confirmed yet."
    if promise.amendments:
        lead += (
            f" Amendments made after the first answer, which confirm nothing: {promise.amendments}."
        )
    columns = (
        Column("family", "Family"),
        Column("metric", "Number"),
        Column("frame", "Question"),
        Column("group", "For"),
        Column("model", "Model"),
        Column("estimate", "Estimate"),
        Column("expectation", "Expected"),
    )
    note = f"Hypotheses as frozen: {promise.hypotheses}"
    return _section(lead, Table("promised", "Promised beforehand", columns, rows, note))


def _section(lead: str, *tables: Table) -> Section:
    return Section(key="promised", title="Confirmatory or exploratory", lead=lead, tables=tables)


def _rows(book: Book, promise: Promise) -> Iterator[tuple[Value, ...]]:
    for one in promise.comparisons:
        found = [estimate for estimate in book.estimates if _kept(one, estimate)]
        for estimate in found:
            yield _row(one, estimate)
        if not found:
            nothing = "not computed in this report"
            yield (one.family, _title(one), _frame(one.frame), one.by, "", nothing, one.expectation)


def _kept(one: Promised, estimate: Estimate) -> bool:
    """Whether an estimate is what was promised, at its metric's own definition."""
    return (
        one.covers(estimate.metric, estimate.frame, estimate.group)
        and estimate.definition == definition(estimate.metric)
        and not is_baseline(estimate.model)
    )


def _row(one: Promised, estimate: Estimate) -> tuple[Value, ...]:
    group = ", ".join(readable(text) for text in estimate.group.values()) or "everybody"
    model = f"{estimate.model}, {readable(estimate.setting)}" if estimate.model else "people"
    return (
        one.family,
        _title(one),
        _frame(estimate.frame),
        group,
        model,
        estimate,
        one.expectation,
    )


def _title(one: Promised) -> str:
    return METRICS[one.metric].title if one.metric in METRICS else one.metric


def _frame(frame: str) -> str:
    return FRAMES.get(frame, frame or "both")
