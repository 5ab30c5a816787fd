"""What participants read: instructions and questions, in their words."""

from analysis.frames.instruments import Told
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table
from analysis.reports.traces_text import line

LONGEST = 2_000


def told_section(told: Told | None) -> Section | None:
    """The texts of the pages; None where nobody who counts saw any."""
    if told is None:
        return None
    columns = (Column("part", "Where"), Column("heading", "Heading"), Column("text", "Text"))
    rows = tuple((part, heading, line(text, LONGEST)) for part, heading, text in told.parts)
    seen = f"{told.people:,} of {told.of:,} people who count"
    note = f"Version {told.number} of the instrument (SHA-256 {told.content_hash[:16]}): {seen} saw it."
    return Section(
        key="told",
        title="What participants read",
        lead="The words that the answers are answers to, beside each scenario's own.",
        tables=(Table("instructions", "Instructions and questions", columns, rows, note),),
    )
