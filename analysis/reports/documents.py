"""The report as documents: one self-contained page, its PDF, methods, and a read-me."""

import json
import logging
import re
from collections.abc import Container, Mapping
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
from analysis.reports.progress import Progress, silent
from analysis.reports.sections import Content, Section
from analysis.reports.tables import Table, cell

NO_PDF = (
    "report.pdf is missing: the library Pango is not installed on the machine that made this "
    "report. On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)
PDF_OFF = "report.pdf was not asked for: the setting PACT_REPORT_PDF is off."

DRAWING = "drawing:"
"""Scheme of the addresses by which the PDF's page names its drawings."""

TALL = 1.15
"""Height over width from which on a drawing wants an upright page."""

_SIZE = re.compile(r'width="(?P<width>[\d.]+)" height="(?P<height>[\d.]+)"')

MANY_MARKS = 500_000
"""Characters of a drawing above which the PDF's renderer would take longer for it than for the text."""


PRINTED_TABLES, PRINTED_CARDS = 2, 3
"""How many tables beside those of figures, and how many cards of a list, a section of the PDF has."""


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
            "cells": [asdict(cell(v, bar=bar)) for v, bar in zip(row, bars, strict=True)],
        }
        for place, row in enumerate(table.rows)
    ]
    for column in range(len(bars)):
        numeric = any(row["cells"][column]["numeric"] for row in rows)  # type: ignore[index]
        for row in rows:
            row["cells"][column]["numeric"] = numeric  # type: ignore[index]
    heads = [
        {**asdict(column), "numeric": bool(rows) and rows[0]["cells"][place]["numeric"]}  # type: ignore[index]
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


def write_documents(content: Content, folder: Path, progress: Progress = silent) -> list[str]:
    """Write report.json, report.html, report.pdf, methods.md and README.md.

    The PDF takes longer than all the others and is a step of its own to whoever waits. Returns what a reader must be told: that the PDF is missing and why, where it is.
    """
    document = as_document(content)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    drawings = _drawings(content, folder)
    (folder / "report.html").write_text(render_page(document, drawings), encoding="utf-8")
    (folder / "methods.md").write_text(_methods(document), encoding="utf-8")
    if settings.PACT_REPORT_PDF:
        progress(0.93, "Setting the pages of the PDF")
    notes = _pdf_or_why_not(document, drawings, folder / "report.pdf")
    context = {"document": document, "notes": notes}
    read_me = render_to_string("analysis/bundle/README.md", context)
    (folder / "README.md").write_text(read_me, encoding="utf-8")
    return notes


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


def _pdf_or_why_not(
    document: Mapping[str, Any], drawings: Mapping[str, str], path: Path
) -> list[str]:
    if not settings.PACT_REPORT_PDF:
        return [PDF_OFF]
    return [] if write_pdf(document, drawings, path) else [NO_PDF]


def abridged(document: Mapping[str, Any], tall: Container[str] = ()) -> dict[str, Any]:
    """The report as people read it on paper: of a section's many tables and cards the first, the
    rest by name. Figures keep the tables of their numbers; `tall` ones stand on upright pages."""
    return {**document, "sections": [_abridged(section, tall) for section in document["sections"]]}


def _abridged(section: Mapping[str, Any], tall: Container[str]) -> dict[str, Any]:
    first, rest = section["tables"][:PRINTED_TABLES], section["tables"][PRINTED_TABLES:]
    cards = [{**group, "cards": group["cards"][:PRINTED_CARDS]} for group in section["cards"]]
    elsewhere = [table["title"] for table in rest]
    figures = [{**figure, "tall": figure["name"] in tall} for figure in section["figures"]]
    paper = {"figures": figures, "tables": first, "cards": cards, "elsewhere": elsewhere}
    return {**section, **paper}


def tall_ones(drawings: Mapping[str, str]) -> set[str]:
    """Names of the drawings so high that a sheet on its side would make their words tiny."""
    sizes = {name: _SIZE.search(drawing[:1000]) for name, drawing in drawings.items()}
    return {
        name
        for name, size in sizes.items()
        if size and float(size["height"]) > TALL * float(size["width"])
    }


def write_pdf(document: Mapping[str, Any], drawings: Mapping[str, str], path: Path) -> bool:
    """Write the page, abridged, as PDF; False where Pango is not installed.

    Drawings enter as images, so that their marks are not styled as elements of the page, and those
    of very many marks as pixels; the vectors lie beside the PDF.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except OSError:  # weasyprint loads Pango when it is imported
        return False

    class Drawn(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
        """Answers with drawings, and asks the network for nothing."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if not url.startswith(DRAWING):
                raise ValueError(f"a report asks the network for nothing, not even {url}")
            name = url.removeprefix(DRAWING)
            if len(drawings[name]) > MANY_MARKS:
                pixels = (path.parent / "figures" / f"{name}.png").read_bytes()
                return URLFetcherResponse(url, pixels, {"Content-Type": "image/png"})
            return URLFetcherResponse(url, drawings[name], {"Content-Type": "image/svg+xml"})

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    images = {name: f'<img src="{DRAWING}{name}" alt="">' for name in drawings}
    page = render_page(abridged(document, tall_ones(drawings)), images)
    HTML(string=page, url_fetcher=Drawn(fail_on_errors=True)).write_pdf(path)
    return True


def _methods(document: Mapping[str, Any]) -> str:
    lines = ["# Methods", *document["methods"], "## Measures"]
    lines += [f"**{d['title']}** (`{d['name']}`). {d['meaning']}" for d in document["definitions"]]
    lines += ["## Reference", document["paper"]]
    return "\n\n".join(lines) + "\n"
