"""The section on what makes answers vary says what the run can tell, and no more."""

import pytest

from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book
from analysis.reports.prompts import PERSONAS_LEAD, WAYS_LEAD, prompt_section


def share(source):
    return Estimate(
        "alignment", "variance_share", definition("variance_share"), "persona", "m", "personal",
        group={"source": source}, value=0.5, lower=0.4, upper=0.6, n_items=9,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sources", "lead"),
    [
        (("item", "persona_country", "interactions"), PERSONAS_LEAD),
        (("item", "order"), WAYS_LEAD),
        (("item", "persona_country", "style"), WAYS_LEAD),
    ],
)
def test_it_speaks_of_ways_of_asking_where_there_were_several(sources, lead):
    assert prompt_section(Book(tuple(map(share, sources)))).lead == lead
