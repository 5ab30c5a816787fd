"""The report on paper: high drawings stand on upright pages, with the words that lead to them."""

import re
import zlib

from analysis.reports.documents import abridged, render_page, tall_ones, write_pdf

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
    if write_pdf(document("wide", "high"), DRAWINGS, path):
        boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", unpacked(path.read_bytes()))
        assert {float(wide) > float(high) for wide, high in boxes} == {True, False}
