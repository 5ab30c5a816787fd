"""What a paper has printed beside what this report finds; two studies side by side, not a test."""

from analysis.metrics.catalogue import METRICS
from analysis.metrics.estimate import Estimate
from analysis.published import PAPERS, Published, beside
from analysis.reports.book import Book
from analysis.reports.sections import Section
from analysis.reports.tables import DASH, Column, Table, Value, formatted
from analysis.reports.words import FRAMES, readable

COLUMNS = (
    Column("where", "Stands in"),
    Column("metric", "Number"),
    Column("frame", "Question"),
    Column("group", "For"),
    Column("model", "Model"),
    Column("printed", "Printed"),
    Column("estimate", "Here"),
    Column("remark", "Remark"),
)


def beside_section(book: Book, paper: str | None) -> Section | None:
    """The paper's figures with this report's own of the same name; None where none was asked for."""
    if paper is None:
        return None
    rows = tuple(_row(figure, estimate) for figure, estimate in beside(paper, book.estimates))
    lead = f"Printed figures of {PAPERS[paper]}, beside this report's numbers of the same name."
    if not rows:
        return _section(f"{lead} None of them is about what this report holds.")
    lead += (
        " Other people answered, perhaps about other scenarios, and a printed figure comes without "
        "an interval: a difference is no finding by itself."
    )
    return _section(lead, Table("published", "As printed, and here", COLUMNS, rows))


def _section(lead: str, *tables: Table) -> Section:
    return Section(key="published", title="Beside the paper", lead=lead, tables=tables)


def _row(figure: Published, estimate: Estimate) -> tuple[Value, ...]:
    return (
        figure.where,
        METRICS[figure.metric].title,
        FRAMES.get(figure.frame, figure.frame),
        ", ".join(map(readable, figure.group.values())),
        f"{estimate.model} ({figure.model})" if figure.model else "",
        printed(figure),
        estimate,
        figure.note,
    )


def printed(figure: Published) -> str:
    """The value in the metric's own form, or the range that was printed instead of one."""
    if figure.value is not None:
        return formatted(figure.metric, figure.value)
    ends = (formatted(figure.metric, end) for end in (figure.low, figure.high))
    return " to ".join(ends) or DASH
