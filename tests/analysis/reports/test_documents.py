"""The report on paper: high drawings stand on upright pages, with the words that lead to them."""

import re
import zlib

from analysis.reports.documents import (
    PRINTED_ROWS,
    abridged,
    printed_page,
    render_page,
    tall_ones,
)
from analysis.reports.printing import print_page

DRAWINGS = {
    "wide": '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"></svg>',
    "high": '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="400"></svg>',
    "strange": "<svg></svg>",
}


def document(*names):
    figures = [
        {"name": name, "title": name, "alt": name, "caption": "c", "table": None} for name in names
    ]
    section = {"key": "s", "title": "S", "lead": "l", "figures": figures, "tables": [], "cards": []}
    facts = {"kind": "alignment", "simulated": False, "simulated_models": [], "licence": "none"}
    return {
        "title": "T",
        "headline": "H",
        "facts": facts,
        "sections": [section],
        "methods": [],
        "definitions": [],
        "paper": "P",
    }


def test_high_drawings_are_told_by_their_size():
    assert tall_ones(DRAWINGS) == {"high"}


def test_an_upright_page_begins_with_the_section_where_its_first_figure_is_high():
    page = render_page(abridged(document("high", "wide"), {"high"}), DRAWINGS)
    assert re.findall(r'<(div|figure) class="tall">', page) == ["div", "figure"]
    page = render_page(abridged(document("wide", "high"), {"high"}), DRAWINGS)
    assert re.findall(r'<(div|figure) class="tall">', page) == ["figure"]


def unpacked(content):
    """A PDF's bytes with its packed parts laid open behind them."""
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S)
    return content + b"".join(zlib.decompress(part) for part in parts if part[:1] == b"x")


def test_pages_of_the_pdf_lie_or_stand(tmp_path):
    path = tmp_path / "report.pdf"
    if print_page(printed_page(document("wide", "high"), DRAWINGS), DRAWINGS, path):
        boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", unpacked(path.read_bytes()))
        assert {float(wide) > float(high) for wide, high in boxes} == {True, False}


def test_a_long_table_is_cut_on_paper_and_says_where_the_rest_is():
    table = {"name": "by-pair", "title": "By pair", "note": "", "columns": [{"title": "Pair"}]}
    rows = [{"cells": [{"text": f"pair {n}"}]} for n in range(PRINTED_ROWS + 1)]
    long, short = {**table, "rows": rows}, {**table, "rows": rows[1:]}

    whole = document("wide")
    whole["sections"][0]["tables"] = [long, short]
    paper = render_page(abridged(whole), DRAWINGS)

    assert (paper.count(">pair 1<"), paper.count(f">pair {PRINTED_ROWS}<")) == (2, 1)
    assert re.findall(r"And .*", paper) == [
        "And 1 more row, in report.html and in tables/by-pair.csv.</p>"
    ]
    assert render_page(whole, DRAWINGS).count(f">pair {PRINTED_ROWS}<") == 2
