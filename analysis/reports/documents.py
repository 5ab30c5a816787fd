"""The report as documents: one self-contained page, its PDF, methods, and a read-me."""

import json
import re
from collections.abc import Callable, Container, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from analysis.figures.palette import TOKENS
from analysis.metrics.catalogue import METRICS
from analysis.reports.methods import PAPER, methods_paragraphs
from analysis.reports.printing import print_page
from analysis.reports.progress import Progress, silent
from analysis.reports.sections import Content, Section
from analysis.reports.setting import DRAWING
from analysis.reports.tables import Table, cell

NO_PDF = (
    "report.pdf is missing: the library Pango is not installed on the machine that made this "
    "report. On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)
PDF_OFF = "report.pdf was not asked for: the setting PACT_REPORT_PDF is off."

TALL = 1.15
"""Height over width from which on a drawing wants an upright page."""

_SIZE = re.compile(r'width="(?P<width>[\d.]+)" height="(?P<height>[\d.]+)"')

PRINTED_TABLES, PRINTED_CARDS = 2, 3
"""How many tables beside those of figures, and how many cards of a list, a section of the PDF has."""

PRINTED_ROWS = 30
"""How many rows of a table the PDF has, about a sheet: long ones are to be looked up or computed with."""


def as_document(content: Content) -> dict[str, Any]:
    """A report as plain data: what the page, the HTML file and the REST interface show."""
    return {
        "title": content.title,
        "headline": content.headline,
        "certainty": content.certainty,
        "facts": content.facts,
        "methods": list(content.methods) or methods_paragraphs(content.facts),
        "paper": content.reference or PAPER,
        "sections": [_section(section) for section in content.sections],
        "definitions": definitions_used(content),
    }


def _section(section: Section) -> dict[str, Any]:
    tables = {table.name: _table(table) for table in section.tables}
    figures = [
        {
            "name": figure.name,
            "title": figure.title,
            "caption": figure.caption,
            "alt": figure.alt_text,
            "fluid": figure.spec["usermeta"]["fluid"],
            "table": tables.get(section.under.get(figure.name, "")),
        }
        for figure in section.figures
    ]
    shown = {section.under.get(figure.name) for figure in section.figures}
    return {
        "key": section.key,
        "title": section.title,
        "lead": section.lead,
        "figures": figures,
        "tables": [table for name, table in tables.items() if name not in shown],
        "cards": [asdict(group) for group in section.cards],
    }


def _table(table: Table) -> dict[str, Any]:
    bars = [column.bar for column in table.columns]
    rows = [
        {
            "muted": place in table.muted,
            "cells": [{**vars(cell(v, bar=bar))} for v, bar in zip(row, bars, strict=True)],
        }
        for place, row in enumerate(table.rows)
    ]
    for column in range(len(bars)):
        numeric = any(row["cells"][column]["numeric"] for row in rows)  # type: ignore[index]
        for row in rows:
            row["cells"][column]["numeric"] = numeric  # type: ignore[index]
    heads = [
        {**vars(column), "numeric": bool(rows) and rows[0]["cells"][place]["numeric"]}  # type: ignore[index]
        for place, column in enumerate(table.columns)
    ]
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "columns": heads,
        "rows": rows,
    }


def definitions_used(content: Content) -> list[dict[str, str]]:
    """Title and meaning of every metric that a table of the report shows, in the tables' order."""
    shown = (column.metric for table in content.tables() for column in table.columns)
    return [
        {"name": name, "title": METRICS[name].title, "meaning": METRICS[name].meaning}
        for name in dict.fromkeys(name for name in shown if name)
    ]


def write_documents(
    content: Content,
    folder: Path,
    progress: Progress = silent,
    meanwhile: Callable[[], None] | None = None,
) -> list[str]:
    """Write report.json, report.html, report.pdf, methods.md and README.md.

    The PDF takes longer than all the others and is a step of its own to whoever waits; beside it the
    others are written, and what `meanwhile` writes. Returns what a reader must be told: that the
    PDF is missing and why, where it is.
    """
    document, drawings = as_document(content), _drawings(content, folder)
    page = ""
    if settings.PACT_REPORT_PDF:
        progress(0.93, "Setting the pages of the PDF")
        page = printed_page(document, drawings)  # nothing beside it: all else waits for the PDF
    with ThreadPoolExecutor(1) as beside:
        printed = beside.submit(
            copy_context().run, _pdf_or_why_not, page, drawings, folder / "report.pdf"
        )
        _write_texts(document, drawings, folder)
        if meanwhile is not None:
            meanwhile()
        notes = printed.result()
    context = {
        "document": document,
        "notes": notes,
        "formats": [name.upper() for name in settings.PACT_REPORT_FIGURES],
        "has_pdf": (folder / "report.pdf").exists(),
    }
    read_me = render_to_string("analysis/bundle/README.md", context)
    (folder / "README.md").write_text(read_me, encoding="utf-8")
    return notes


def _write_texts(document: Mapping[str, Any], drawings: Mapping[str, str], folder: Path) -> None:
    text = json.dumps(document, ensure_ascii=False)  # indented it would take ten times as long
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(render_page(document, drawings), encoding="utf-8")
    (folder / "methods.md").write_text(_methods(document), encoding="utf-8")


def _drawings(content: Content, folder: Path) -> dict[str, str]:
    """Each figure's SVG, as it already lies in the folder."""
    return {
        figure.name: (folder / "figures" / f"{figure.name}.svg").read_text(encoding="utf-8")
        for figure in content.figures()
    }


def render_page(document: Mapping[str, Any], drawings: Mapping[str, str]) -> str:
    """The report as one HTML file that asks the network for nothing; `drawings` are markup."""
    safe = {name: mark_safe(drawing) for name, drawing in drawings.items()}  # noqa: S308 - drawn here, texts escaped by the renderer
    context = {"document": document, "drawings": safe, "styles": mark_safe(_styles())}  # noqa: S308
    return render_to_string("analysis/bundle/report.html", context)


def _styles() -> str:
    """The design system's tokens, the bundle's own rules, and figures that follow the scheme."""
    sheets = [_static("pact/tokens.css"), _static("pact/bundle.css"), _static("pact/traces.css")]
    for colour, token in TOKENS.items():
        sheets.append(f'svg [fill="{colour}"]{{fill:var({token})}}')
        sheets.append(f'svg [stroke="{colour}"]{{stroke:var({token})}}')
    return "\n".join(sheets)


def _static(name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(f"the static file {name} is missing")
    return Path(path).read_text(encoding="utf-8")


def printed_page(document: Mapping[str, Any], drawings: Mapping[str, str]) -> str:
    """The page, abridged, that the PDF is set from.

    `drawings` are SVG by name, which the page names and does not hold.
    """
    images = {name: f'<img src="{DRAWING}{name}" alt="">' for name in drawings}
    return render_page(abridged(document, tall_ones(drawings)), images)


def _pdf_or_why_not(page: str, drawings: Mapping[str, str], path: Path) -> list[str]:
    if not page:
        return [PDF_OFF]
    return [] if print_page(page, drawings, path) else [NO_PDF]


def abridged(document: Mapping[str, Any], tall: Container[str] = ()) -> dict[str, Any]:
    """The report as people read it on paper: of a section's many tables and cards, and of a table's
    many rows, the first, the rest by name. Figures keep the tables of their numbers; `tall` ones
    stand on upright pages."""
    return {**document, "sections": [_abridged(section, tall) for section in document["sections"]]}


def _abridged(section: Mapping[str, Any], tall: Container[str]) -> dict[str, Any]:
    first = [_first_rows(table) for table in section["tables"][:PRINTED_TABLES]]
    rest = section["tables"][PRINTED_TABLES:]
    cards = [{**group, "cards": group["cards"][:PRINTED_CARDS]} for group in section["cards"]]
    elsewhere = [table["title"] for table in rest]
    figures = [
        {**figure, "tall": figure["name"] in tall, "table": _first_rows(figure["table"])}
        for figure in section["figures"]
    ]
    paper = {"figures": figures, "tables": first, "cards": cards, "elsewhere": elsewhere}
    return {**section, **paper}


def _first_rows(table: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The table with `more`, how many rows it has besides those that are printed."""
    if table is None:
        return None
    rows = table["rows"]
    return {**table, "rows": rows[:PRINTED_ROWS], "more": len(rows[PRINTED_ROWS:])}


def tall_ones(drawings: Mapping[str, str]) -> set[str]:
    """Names of the drawings so high that a sheet on its side would make their words tiny."""
    sizes = {name: _SIZE.search(drawing[:1000]) for name, drawing in drawings.items()}
    return {
        name
        for name, size in sizes.items()
        if size and float(size["height"]) > TALL * float(size["width"])
    }


def _methods(document: Mapping[str, Any]) -> str:
    lines = ["# Methods", *document["methods"], "## Measures"]
    lines += [f"**{d['title']}** (`{d['name']}`). {d['meaning']}" for d in document["definitions"]]
    lines += ["## Reference", document["paper"]]
    return "\n\n".join(lines) + "\n"
