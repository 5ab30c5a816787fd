"""What a report says, in order: sections of sentences, figures and tables, made from estimates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.figures.figure import Figure
from analysis.reports.tables import Table
from analysis.reports.trace_cards import CardList


@dataclass(frozen=True)
class Section:
    """One part of a report; `lead` is what to take away from it, in plain words.

    `under` names, for each figure, the table that shows its numbers.
    """

    key: str
    title: str
    lead: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    under: Mapping[str, str] = field(default_factory=dict)
    cards: tuple[CardList, ...] = ()


@dataclass(frozen=True)
class Content:
    """A whole report: the first screen's sentences, its sections, and the facts around them.

    `methods` and `reference` stand in for those of a study, which are made from the facts.
    """

    title: str
    headline: str
    certainty: str
    sections: tuple[Section, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    reference: str = ""

    def figures(self) -> Iterator[Figure]:
        """All figures in order."""
        return (figure for section in self.sections for figure in section.figures)

    def tables(self) -> Iterator[Table]:
        """All tables in order."""
        return (table for section in self.sections for table in section.tables)
