"""Reports that hold people's reasons go when the time of the reasons is over."""

from __future__ import annotations

import shutil
from datetime import datetime

from django.db import transaction

from analysis.models import Report
from analysis.reports.service import JOB, folder_of
from pact_site.base.services import audit, jobs
from survey.services.retention import past_texts


def forget_reasons(*, now: datetime | None = None) -> list[Report]:
    """Remove every report with reasons of a study whose texts' time is over; each is queued to be
    built again without them, under the same address."""
    slugs = [study.slug for study in past_texts(now)]
    reports = list(Report.objects.filter(subject__in=slugs, options__reasons=True))
    for report in reports:
        _forget(report)
    return reports


def _forget(report: Report) -> None:
    # The folder first: should this stop halfway, the next run still knows the report by its option.
    if folder_of(report).exists():
        shutil.rmtree(folder_of(report))
    with transaction.atomic():
        report.options = report.options | {"reasons": False}
        report.finished_at, report.input_hash, report.summary = None, "", {}
        report.job = jobs.enqueue(kind=JOB, payload={"report": report.pk})
        report.save()
        audit.record(verb="report.reasons_removed", subject=str(report))
