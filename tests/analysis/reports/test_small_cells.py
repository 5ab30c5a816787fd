"""The sections on pooled rates and on what a study can tell, from one study's estimates."""

import pytest

from analysis.metrics import alignment_table, human_table
from analysis.metrics.pooled import pooled_distances, pooled_table, pools_of
from analysis.reports.book import Book
from analysis.reports.pooled import pooled_section
from analysis.reports.power import PEOPLE, power_rows, power_section
from tests.analysis.metrics.studies import Size, make_study

FAST = {"replicates": 60, "seed": 1}


@pytest.fixture(scope="module")
def study():
    return make_study(Size(people=30, models=("alpha", "beta"), orders=("culture_first",)), seed=4)


@pytest.fixture(scope="module")
def book(study):
    human, model = study
    pools = pools_of(human)
    rows = [
        *human_table(human, **FAST),
        *pooled_table(human, pools, **FAST),
        *alignment_table(human, model, **FAST),
        *pooled_distances(human, model, pools, **FAST),
    ]
    return Book((*rows, *power_rows(rows, PEOPLE, 0.95)))


def table(section, name):
    return next(t for t in section.tables if t.name == name)


def test_pooled_rates_stand_beside_counted_ones(book):
    section = pooled_section(book)
    groups = table(section, "pooled-by-participant-country-participant-demo")
    columns = [column.key for column in groups.columns]
    assert columns[-2:] == ["culture_rate_norm", "culture_rate_pooled_norm"]
    for row in groups.rows:
        counted, pooled = row[-2:]
        assert counted.group == pooled.group
        assert pooled.upper - pooled.lower < counted.upper - counted.lower
    assert "shrinkage" in section.lead
    assert {figure.name for figure in section.figures} == {"pooled-groups", "pooled-cells"}
    assert [row[0] for row in table(section, "pooled-distances").rows]


def test_nothing_pooled_says_why(study):
    human = study[0].assign(personal=1.0, norm=1.0)
    rows = pooled_table(human, pools_of(human), **FAST)
    section = pooled_section(Book(tuple(rows)))
    assert "every answer is the same" in section.lead
    assert section.tables == ()
    assert pooled_section(Book(())) is None


def test_groups_too_small_are_counted_and_named(book):
    groups = table(power_section(book, PEOPLE, 0.95), "power-groups")
    rows = {row[0]: row for row in groups.rows}
    cells = rows["Item × participants from"]
    assert cells[6] == cells[1] > 4
    assert cells[7].endswith("more")
    country = rows["Participants from"]
    assert (country[1], country[3][0]) == (3, "±")


def test_comparisons_are_rows_of_the_estimates_too(book):
    section = power_section(book, PEOPLE, 0.95)
    shown = table(section, "power-comparisons").rows
    stored = [e for e in book.estimates if e.metric == "detectable_difference"]
    assert {row[2].key for row in shown} == {e.key for e in stored}
    gap = next(row for row in shown if row[0] == "norm-personal gap and none")
    assert gap[2].value > 0
    assert "no evidence that there is none" in section.lead
    assert any(row[0] == "distances of the two closest models" for row in shown)
