"""The demo, small: what `make demo` does, with fewer people and models."""

import pytest
from django.core.management import call_command

from analysis.models import Report, ResultsPage
from analysis.reports.service import folder_of
from annotation.models import Construction, Screening, Validation
from modeling.models import Run
from pact_site.services import demo
from survey.models import Cohort, DemographicRow, Participant, ProlificSubmission, Study
from tests.base import processes
from tests.pact_site.test_demo import counts

pytestmark = [pytest.mark.slow, pytest.mark.docs]


@pytest.fixture
def small(monkeypatch):
    """Few people, two models and few replicates; the web server it starts sees the test database."""
    monkeypatch.setattr(demo, "BASELINES", ("uniform",))
    monkeypatch.setattr(demo, "SEEDS", (1,))
    monkeypatch.setattr(demo, "REPLICATES", 50)
    for name, value in processes.told().items():
        monkeypatch.setenv(name, value)


@pytest.mark.django_db(transaction=True)
def test_from_an_empty_database_to_a_report_and_again_without_change(small, capsys):
    call_command("demo", no_serve=True, arrivals=8)
    report, before = Report.objects.get(kind="alignment"), counts()
    behaviour = Report.objects.get(kind="behavior")

    assert capsys.readouterr().out.splitlines()[-1] == f"bundle: {folder_of(report)}"
    assert report.summary["simulated"]
    assert behaviour.summary["simulated"]
    assert (folder_of(report) / "estimates.csv").exists()
    assert set(Participant.objects.values_list("cohort", flat=True)) == {Cohort.REHEARSAL}
    assert ProlificSubmission.objects.exclude(status="ACTIVE").count() == 8
    assert DemographicRow.objects.count() == 8
    dyads = Run.objects.get(kind="benchmark")
    assert (dyads.simulated, dyads.label, dyads.state) == (True, "Noisy respondent 1", "done")
    kept = Screening.objects.get(simulated=True).release.versions.count()
    assert dyads.cells == kept * 3 * (16 + 1) * 3 * 2
    asked = Run.objects.exclude(kind__startswith="construct").exclude(pk=dyads.pk)
    assert set(asked.values_list("label", "state", "cells")) == {
        ("baseline:uniform", Run.State.DONE, 21_168),
        ("Noisy respondent 1", Run.State.DONE, 21_168),
        ("Noisy respondent 3", Run.State.DONE, 63 * 4 * 2 * 2),
        ("Simulated judge", Run.State.DONE, 63 * 3 * 2),
    }

    made = Construction.objects.get()
    assert (made.simulated, made.dataset.scenarios.count()) == (True, 8)
    assert set(Run.objects.filter(kind__startswith="construct").values_list("state")) == {("done",)}
    assert made.steps.exclude(version=None).exists()

    assert set(Validation.objects.values_list("slug", "simulated", "state")) == {
        ("first-light-simulated", True, "closed"),
        ("first-light-desk", False, "open"),
    }

    shown = ResultsPage.objects.get()
    assert (shown.study, shown.is_published, shown.edition) == ("first-light", True, 1)
    assert shown.frozen["facts"]["simulated"]

    study = Study.objects.get()
    screening = Screening.objects.get(simulated=True)
    assert (study.release.number, screening.release.number) == (1, 2)
    assert study.release.versions.count() > screening.release.versions.count() > 0

    call_command("demo", no_serve=True, arrivals=8)

    assert counts() == before
    assert "are there already" in capsys.readouterr().out
