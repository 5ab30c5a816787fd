"""Printed figures beside a report's own: asked for by name, marked as another study's."""

import pytest

from analysis.metrics.estimate import Estimate
from analysis.published import published
from analysis.reports.beside import beside_section, printed
from analysis.reports.book import Book
from analysis.reports.build import compute
from analysis.reports.compose import compose
from analysis.reports.inputs import gather
from analysis.reports.options import Options
from pact_site.base.errors import BadInput
from tests.analysis import cast

pytestmark = pytest.mark.django_db


def test_printed_rates_stand_beside_the_reports_own_where_they_are_asked_for():
    study = cast.make_study(per_country=2, scenarios=2)
    unasked, asked = (
        gather(Options("human", study.slug, replicates=50, published=paper))
        for paper in (None, "pact-2026")
    )
    book = Book(tuple(compute(asked)))
    assert "published" not in {section.key for section in compose(book, unasked).sections}
    found = next(one for one in compose(book, asked).sections if one.key == "published")
    [table] = found.tables
    assert "a difference is no finding by itself" in found.lead
    rates = [row for row in table.rows if row[0] == "Table 15" and row[1] == "Culture rate"]
    brazil = next(row for row in rates if row[3] == "Brazil" and row[2] == "What I would do")
    assert brazil[5] == "0.579"
    assert isinstance(brazil[6], Estimate)
    assert brazil[6].group == {"participant_country": "Brazil"}
    assert "other rates" in brazil[7]


def test_a_printed_range_is_shown_as_one():
    figure = next(one for one in published("pact-2026") if one.metric == "majority_share")
    assert printed(figure) == "0.802 to 0.809"


def test_nothing_in_common_is_said():
    section = beside_section(Book(()), "pact-2026")
    assert section is not None
    assert section.tables == ()
    assert "None of them" in section.lead


def test_an_unknown_paper_is_refused():
    with pytest.raises(BadInput, match="No figures of such a paper"):
        Options("human", "any", published="gossip")
