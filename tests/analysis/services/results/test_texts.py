"""Researchers' words: safe as HTML whatever they hold, and citations that LaTeX accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.services.results.draft import Draft, check_texts, read_draft
from analysis.services.results.texts import (
    authors,
    bibtex,
    markdown,
    plain_citation,
    takeaways,
)
from pact_site.base.errors import BadInput

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](//evil.example/x)",
    "![a](https://evil.example/pixel.png)",
    '[a](https://example.org/"onmouseover="alert(1))',
    "</style><style>body{display:none}",
    "<!-- -->",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_comes_through(text):
    html = str(markdown(text)).lower()
    for part in ("<script", "<img", "<style", "</style", "<!--", 'href="javascript', 'href="data'):
        assert part not in html
    assert 'href="vbscript' not in html
    assert 'href="//' not in html
    assert '"onmouseover' not in html


@given(st.text(alphabet="<>[]()!\"'&:/javscriptdb*_-`\n #", max_size=60))
def test_every_tag_is_one_of_those_allowed(text):
    import re

    allowed = {"p", "em", "strong", "a", "ul", "ol", "li", "code", "br", "blockquote"}
    assert set(re.findall(r"</?([a-z0-9]+)", str(markdown(text)))) <= allowed


def test_what_is_allowed_is_drawn():
    html = markdown("**bold** *it* [site](https://example.org)\n\n- one\n- two")
    for part in ("<strong>bold</strong>", "<em>it</em>", 'href="https://example.org"', "<li>one"):
        assert part in html


def test_authors_and_takeaways_are_read_by_line_and_paragraph():
    draft = Draft(
        authors="Ada Lovelace | London\n\n  Bo Ek\n | nobody",
        takeaways="First\r\nmore words\r\n\r\n\r\nSecond",
    )
    people = [(one.name, one.affiliation) for one in authors(draft)]
    assert people == [("Ada Lovelace", "London"), ("Bo Ek", "")]
    assert [(one.heading, one.text) for one in takeaways(draft)] == [
        ("First", "more words"),
        ("Second", ""),
    ]


CITED = Draft(
    title="On 50% & {more}",
    authors="José Núñez\nHouse and Garden\nBo Ek",
    year=2026,
    venue="Journal_of #1",
    arxiv="2606.07877",
)


def test_bibtex_escapes_what_latex_would_take_for_commands():
    entry = bibtex(CITED)
    assert entry.startswith("@misc{nunez202650,\n")
    assert r"title = {{On 50\% \& \{more\}}}" in entry
    assert "author = {José Núñez and {House and Garden} and Bo Ek}" in entry
    assert r"howpublished = {Journal\_of \#1}" in entry
    assert "url = {https://arxiv.org/abs/2606.07877}" in entry
    assert "doi" not in entry


def test_a_group_in_braces_stays_one_author():
    draft = Draft(title="T", year=2026, authors="{The PACT Consortium}\n{}")
    entry = bibtex(draft)
    assert entry.startswith("@misc{pact2026t,")
    assert "author = {{The PACT Consortium}}" in entry
    assert plain_citation(draft) == "The PACT Consortium (2026). T."


def test_the_plain_citation_leaves_out_what_is_not_given():
    assert plain_citation(CITED) == (
        "José Núñez, House and Garden and Bo Ek (2026). On 50% & {more}. Journal_of #1. "
        "arXiv 2606.07877. https://arxiv.org/abs/2606.07877"
    )
    assert plain_citation(Draft(title="Alone")) == "Alone."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "x" * 201}, "title"),
        ({"paper_url": "javascript:alert(1)"}, "paper_url"),
        ({"data_url": "ftp://example.org/x"}, "data_url"),
        ({"contact": "nobody"}, "contact"),
        ({"minimum": 1}, "minimum"),
        ({"year": 12}, "year"),
        ({"summary": "a\0b"}, "summary"),
        ({"notes": {"people": "x" * 3001}}, "note_people"),
    ],
)
def test_what_cannot_stand_names_its_field(change, field):
    with pytest.raises(BadInput) as caught:
        check_texts(Draft(**{"title": "T"} | change))
    assert caught.value.column == field


def test_a_draft_is_read_back_as_it_was_and_passes_over_unknown_fields():
    draft = Draft(title="T", figures=("a",), notes={"people": "x"})
    assert read_draft({**draft.as_dict(), "colour": "red"}) == draft
