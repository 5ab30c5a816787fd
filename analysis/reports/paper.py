"""Where the figures and tables of the PACT paper are: each by its name, and what answers to it here.

Borah, Augenstein and Mihalcea (2026), arXiv 2606.07877. Figures 1, 2, 8 to 11 and 17 to 19 and
Table 1 show examples, the construction and prompts; they hold no result.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from analysis.metrics.estimate import Estimate
from analysis.reports.paper_list import PARTS, Part
from analysis.reports.sections import Content, Section
from analysis.reports.tables import Column, Table

PAPER: Final = "the PACT paper"
KEY: Final = "paper-index"


def with_paper_names(content: Content, kind: str) -> Content:
    """The report with the paper's names under its tables and figures, and an index at its end."""
    sections = tuple(_named(section, kind) for section in content.sections)
    named = replace(content, sections=sections)
    index = index_section(named, kind)
    return replace(named, sections=(*sections, index)) if index else named


def _named(section: Section, kind: str) -> Section:
    tables = tuple(
        replace(table, note=_joined(table.note, said))
        if (said := _said(table.name, kind, bounded=_bounded(table)))
        else table
        for table in section.tables
    )
    figures = tuple(
        replace(figure, caption=_joined(figure.caption, said))
        if (said := _said(figure.name, kind, figure=True))
        else figure
        for figure in section.figures
    )
    return replace(section, tables=tables, figures=figures)


def _bounded(table: Table) -> bool:
    """Whether any number of a table has an interval."""
    return any(
        isinstance(value, Estimate) and value.lower is not None
        for row in table.rows
        for value in row
    )


def _said(name: str, kind: str, *, figure: bool = False, bounded: bool = True) -> str:
    names = [
        part.name
        for part in PARTS
        if kind in part.kinds and part.has(name, part.figures if figure else part.tables)
    ]
    if not names:
        return ""
    return f"As {_list(names)} of {PAPER}{', with intervals' if bounded else ''}."


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _joined(text: str, said: str) -> str:
    return f"{text} {said}" if text else said


def index_section(content: Content, kind: str) -> Section | None:
    """The paper's names that belong to this kind of report, and under which title they stand."""
    columns = (
        Column("name", "In the paper"),
        Column("shows", "What it shows"),
        Column("here", "Here"),
        Column("form", "How it is counted here"),
    )
    rows = tuple(
        (part.name, part.shows, "; ".join(_found(part, content)) or _absent(part), part.form)
        for part in PARTS
        if kind in part.kinds
    )
    if not rows:
        return None
    return Section(
        key=KEY,
        title="Where the paper's tables are",
        lead=(
            "The paper's figures and tables that are about such data, and what answers to them in "
            "this report. The full list is in docs/reference/paper-tables.md."
        ),
        tables=(Table(KEY, "The paper's names, and ours", columns, rows),),
    )


def _found(part: Part, content: Content) -> Iterator[str]:
    for section in content.sections:
        for figure in section.figures:
            if part.has(figure.name, part.figures):
                yield f"figure “{figure.title}”"
        for table in section.tables:
            if part.has(table.name, part.tables):
                yield f"“{table.title}” in “{section.title}”"


def _absent(part: Part) -> str:
    return f"not in this report: {part.needs}" if part.needs else "not in this report"


def lines() -> Iterator[str]:
    """The reference page, line by line."""
    yield _HEAD
    yield "| paper | shows | report | our tables and figures | how it is counted here |"
    yield "|---|---|---|---|---|"
    for part in PARTS:
        keys = [*(f"`{name}`" for name in part.tables), *(f"figure `{n}`" for n in part.figures)]
        here = ", ".join(keys) or part.reason
        yield f"| {part.name} | {part.shows} | {', '.join(part.kinds) or '–'} | {here} | {part.form} |"


_HEAD = """# The paper's tables and figures

What answers here to each figure and table with a result in Borah, Augenstein and Mihalcea (2026), arXiv 2606.07877. This page is written by `manage.py write_reference`.

*Report* is the kind that `manage.py export_report` takes. The names of tables and figures are those of the files in a bundle's `tables/` and `figures/` (a star stands for any ending). Everything here has intervals where the paper has none; `--published pact-2026` lays the printed numbers beside ours ([published figures](published-figures.md)). Each report ends with the part of this list that is about its data.

Figures 1, 2, 8 to 11 and 17 to 19 and Table 1 show examples, the construction and prompts: no result."""
