"""Reasons do not outlive their time in a report."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from analysis.models import Report
from analysis.reports import service
from analysis.reports.options import Options
from pact_site.base.models import AuditEvent, State
from survey.models import Answer, Study
from tests.analysis import cast

pytestmark = pytest.mark.django_db

REASON = "My grandmother would have minded."


@pytest.fixture
def study():
    made = cast.make_study(per_country=1, scenarios=1)
    Answer.objects.update(reason=REASON)
    return made


def close(study, days_ago, text_days=30):
    Study.objects.filter(pk=study.pk).update(
        state=Study.State.CLOSED, text_days=text_days,
        closed_at=timezone.now() - timedelta(days=days_ago),
    )  # fmt: skip


def holds(folder):
    return any(REASON in path.read_text("utf-8", "ignore") for path in folder.rglob("*.*"))


def test_a_report_with_reasons_is_removed_and_built_again_without(study, capsys):
    report = service.build_report(
        kind="human", study=study.slug, cohort=None, replicates=50, seed=1, level=0.95, reasons=True
    )
    folder = service.folder_of(report)
    assert holds(folder)
    close(study, 29)
    call_command("apply_retention")
    assert "nothing to remove" in capsys.readouterr().out
    assert holds(folder)

    close(study, 31)
    call_command("apply_retention")
    assert "removed with its reasons" in capsys.readouterr().out
    assert not folder.exists()
    report.refresh_from_db()
    assert (report.finished_at, report.options["reasons"]) == (None, False)
    assert report.job.state == State.QUEUED
    assert AuditEvent.objects.filter(verb="report.reasons_removed").count() == 1

    service.run_report(report)
    report.refresh_from_db()
    assert report.finished_at
    assert service.folder_of(report).exists()
    assert not holds(service.folder_of(report))
    call_command("apply_retention")
    assert "nothing to remove" in capsys.readouterr().out


def test_one_that_waits_to_be_built_forgets_the_wish_and_others_stay(study):
    wanted = service.request_report(options=Options("human", study.slug, reasons=True))
    other = service.request_report(options=Options("human", study.slug))
    first = other.job
    close(study, 0, text_days=0)
    call_command("apply_retention")
    wanted.refresh_from_db()
    other.refresh_from_db()
    assert wanted.options["reasons"] is False
    assert other.job == first
    assert Report.objects.filter(options__reasons=True).count() == 0
