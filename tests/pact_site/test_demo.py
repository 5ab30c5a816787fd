"""The demo's steps, each for real but the reports, and harmless when repeated.

The whole demo is tests/docs/test_demo.py.
"""

from contextlib import nullcontext

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from analysis.models import Report, ResultsPage
from annotation.models import (
    Construction,
    Label,
    Release,
    Review,
    Screening,
    Validation,
    Verdict,
)
from modeling.models import Run
from pact_site.base.models import Role, User
from pact_site.services import demo
from survey.models import Answer, Cohort, DemographicRow, Participant, ProlificSubmission, Study
from survey.services import rehearsal


def counts():
    models = (
        Participant,
        Answer,
        Run,
        Report,
        User,
        Validation,
        Label,
        Verdict,
        Release,
        Review,
        ResultsPage,
    )
    return [model.objects.count() for model in models]


@pytest.fixture
def reported(monkeypatch, live_server):
    """What is asked to be reported and published; people come to the tests' own server."""
    asked = []
    monkeypatch.setattr(demo, "BASELINES", ())
    monkeypatch.setattr(demo, "SEEDS", (1,))
    monkeypatch.setattr(demo, "_report", lambda *of, **how: asked.append(of))
    monkeypatch.setattr(demo, "publish_results", lambda study, report: asked.append(study.slug))
    monkeypatch.setattr(rehearsal, "server", lambda url: nullcontext(live_server.url))
    return asked


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_step_leaves_its_rows_and_leaves_them_alone_when_repeated(reported):
    said = []
    demo.Demo(said.append, arrivals=6).run()
    before, study = counts(), Study.objects.get()
    kept = Screening.objects.get(simulated=True).release

    assert set(Participant.objects.values_list("cohort", flat=True)) == {Cohort.REHEARSAL}
    assert ProlificSubmission.objects.exclude(status="ACTIVE").count() == 6
    assert DemographicRow.objects.count() == 6
    assert (study.release.number, kept.number) == (1, 2)
    assert Construction.objects.get().dataset.scenarios.count() == 8
    assert set(Run.objects.values_list("state")) == {("done",)}
    asked = Run.objects.exclude(kind__startswith="construct")
    assert set(asked.values_list("label", "cells")) == {
        ("Noisy respondent 1", 21_168),
        ("Noisy respondent 1", kept.versions.count() * 3 * (16 + 1) * 3 * 2),
        ("Noisy respondent 3", 63 * 4 * 2 * 2),
        ("Simulated judge", 63 * 3 * 2),
    }
    assert set(Validation.objects.values_list("slug", "simulated", "state")) == {
        ("first-light-simulated", True, "closed"),
        ("first-light-desk", False, "open"),
    }
    assert reported == [("behavior", "first-light"), ("alignment", "first-light"), "first-light"]

    demo.Demo(said.append, arrivals=6).run()

    assert counts() == before
    assert "  6 are there already" in said


@pytest.mark.django_db
def test_logins_work_keep_and_leave_other_accounts_alone():
    User.objects.create_user("anna", password="a-pass-phrase-of-her-own", role=Role.ANNOTATOR)

    logins = demo.demo_logins()

    assert set(logins) == {"ada", "rita"}
    for name, password in logins.items():
        user = User.objects.get(username=name)
        assert user.check_password(password)
        assert user.role == demo.LOGINS[name]
    assert User.objects.get(username="anna").check_password("a-pass-phrase-of-her-own")
    assert demo.demo_logins() == logins
    kept = django_settings.PACT_HOME / "demo-logins.txt"
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_nobody_is_too_few():
    with pytest.raises(CommandError, match="1 or more") as caught:
        call_command("demo", no_serve=True, arrivals=0)
    assert caught.value.returncode == 2
