"""Asking for a report on behaviour, and reading it."""

import pytest
from django.urls import reverse

from analysis.models import Report
from analysis.reports.service import run_report
from tests.analysis.deciding import crossed, make_decided
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_researcher(client, researcher):
    client.force_login(researcher)
    return client


@pytest.fixture
def dataset():
    return make_release(2).dataset


def ask(client, dataset):
    return client.post(reverse("analysis:behaviour_report", args=[dataset.slug]), follow=True)


def test_a_report_is_asked_for_and_read(as_researcher, dataset):
    make_decided("calm", crossed(("tea", "gift"), lambda s, r, *_: "preference" if r == "both_prefs" else "culture"), dataset.slug)  # fmt: skip
    page = as_researcher.get(reverse("analysis:report_new")).content.decode()
    assert reverse("analysis:behaviour_report", args=[dataset.slug]) in page
    ask(as_researcher, dataset)
    report = Report.objects.get(kind="behavior", subject=dataset.slug)
    run_report(report)
    shown = as_researcher.get(
        reverse("analysis:report_detail", args=[report.public_id])
    ).content.decode()
    assert "What models do" in shown
    assert "allow-by-role" in shown
    assert "participants" not in shown
    assert reverse("annotation:dataset_detail", args=[dataset.slug]) in shown


def test_without_decisions_there_is_nothing_to_ask_for(as_researcher, dataset):
    assert "No model has decided" in ask(as_researcher, dataset).content.decode()
    assert not Report.objects.exists()
    page = as_researcher.get(reverse("analysis:report_new")).content.decode()
    assert "behavior" not in page


def test_definitions_explain_every_measure_of_behaviour(as_researcher):
    page = as_researcher.get(reverse("analysis:definitions")).content.decode()
    for name in ("allow_rate", "cramers_v", "factor_spread_pp", "direction_share"):
        assert f'id="{name}"' in page
