"""Allow rates by theme: a plain count of the scenarios that have one."""

import pytest

from analysis.metrics.intervals import Settings
from analysis.reports.behaviour.findings import estimates
from analysis.reports.behaviour.inputs import count, gather
from analysis.reports.behaviour.sections import conditions_section
from analysis.reports.book import Book
from analysis.reports.options import Options
from annotation.models import ScenarioVersion
from tests.analysis.deciding import crossed, make_decided
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_release(3).dataset.slug


def young(scenario, role, balance, actor, receiver):
    """Allows on `tea` where both prefer, and never else."""
    return "preference" if scenario == "tea" and role == "both_prefs" else "culture"


def decide(dataset, themes, label="calm"):
    """Decisions on `tea`, `gift` and `queue`, whose versions have these themes."""
    rows = []
    versions = ScenarioVersion.objects.order_by("pk")[:3]
    for name, theme, version in zip(("tea", "gift", "queue"), themes, versions, strict=True):
        ScenarioVersion.objects.filter(pk=version.pk).update(theme=theme)
        rows += crossed((name,), young, version_id=version.pk)
    make_decided(label, rows, dataset)


def book(dataset):
    counted = count(gather(Options("behavior", dataset)))
    return Book(tuple(estimates(counted, Settings(50, 1, 0.95))))


def test_each_theme_has_its_rate_and_scenarios_without_one_have_none(dataset):
    decide(dataset, ("food", "food", ""))
    found = book(dataset).grouped("behavior", "allow_rate", "theme")
    (one,) = found
    assert dict(one.group) == {"theme": "food"}
    assert one.value == pytest.approx(1 / 6)  # one of two scenarios, in one of three roles
    assert (one.n_items, one.n_dropped) == (2, 0)
    assert one.lower < one.value < one.upper


def test_the_table_has_a_column_a_theme_and_the_mean_of_models(dataset):
    decide(dataset, ("food", "gift_giving", "privacy"))
    decide(dataset, ("food", "gift_giving", "privacy"), label="other")
    tables = {table.name: table for table in conditions_section(book(dataset)).tables}
    shown = tables["by-theme"]
    assert [column.title for column in shown.columns[1:-1]] == ["food", "gift giving", "privacy"]
    assert [row[0] for row in shown.rows] == ["other", "calm", "Mean of models"]
    assert all(row[1].value == pytest.approx(1 / 3) for row in shown.rows)


def test_without_themes_there_is_no_table(dataset):
    decide(dataset, ("", "", ""))
    tables = conditions_section(book(dataset)).tables
    assert "by-theme" not in {table.name for table in tables}
