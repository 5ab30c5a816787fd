"""Reports as rows: asked for, built once per input, found again.

What computes and draws is imported when a report is built: the web process, which only shows
reports, never loads pandas or a renderer.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from analysis.models import Report
from analysis.reports.bundle import (
    MANIFEST,
    check_target,
    is_bundle,
    is_intact,
    read_manifest,
    written_aside,
)
from analysis.reports.kinds import gather, write_bundle
from analysis.reports.options import Options
from analysis.reports.progress import Progress, silent
from pact_site.base.models import Job, State, User
from pact_site.base.services import audit, jobs

if TYPE_CHECKING:
    from analysis.reports.kinds import AnyInputs

JOB = "analysis.report"
BUILT_ELSEWHERE = "Somebody else asked for the same report: waiting for theirs"
LOOK_AGAIN = 1.0
"""Seconds between two looks at a report that another worker builds."""


def folder_of(report: Report) -> Path:
    """Where a report's bundle lies."""
    return Path(settings.PACT_HOME) / (report.folder or f"reports/{report.public_id}")


def file_of(report: Report, name: str) -> Path | None:
    """A file of a built report's bundle; only names that its manifest lists exist."""
    folder = folder_of(report)
    if not report.finished_at or not is_bundle(folder):
        return None
    known = name == MANIFEST or name in read_manifest(folder)["files"]
    return folder / name if known else None


def request_report(*, options: Options, actor: User | None = None) -> Report:
    """Store the wish for a report and queue the job that builds it."""
    with transaction.atomic():
        report = _create(options)
        payload: dict[str, object] = {"report": report.pk}
        report.job = jobs.enqueue(kind=JOB, payload=payload, actor=actor)
        report.save(update_fields=["job"])
        audit.record(verb="report.requested", subject=str(report), actor=actor)
    return report


def retry_report(*, report: Report, actor: User) -> Job:
    """Queue the job of a report once more, after it failed or was cancelled."""
    with transaction.atomic():
        report.job = jobs.enqueue(kind=JOB, payload={"report": report.pk}, actor=actor)
        report.save(update_fields=["job"])
        audit.record(verb="report.retried", subject=str(report), actor=actor)
    return report.job


def build_report(
    *,
    kind: str,
    study: str,
    cohort: str | None,
    replicates: int,
    seed: int,
    level: float,
    published: str | None = None,
    indicators: str | None = None,
    reasons: bool = False,
    kinds_from: str | None = None,
    progress: Progress = silent,
) -> Report:
    """Build a report now, or find the one that the same input and options already gave."""
    options = Options(
        kind, study, cohort, replicates, seed, level, published, indicators, reasons, kinds_from
    )
    inputs = gather(options)
    built = find_built(inputs)
    if built is not None:
        progress(1.0, "Found the report of the same input")
        return built
    return fill_report(_create(options), inputs, progress)


def export_report(report: Report, target: Path) -> None:
    """Copy a built report's bundle to a folder of the caller's, in one step."""
    with written_aside(target) as aside:
        shutil.copytree(folder_of(report), aside, dirs_exist_ok=True)


def run_report(report: Report, progress: Progress = silent) -> Report:
    """What the job does: build the report a person asked for, or wait for whoever builds the same."""
    inputs = gather(Options(**report.options))
    while not _claimed(report, inputs.digest):
        progress(0.0, BUILT_ELSEWHERE)
        time.sleep(LOOK_AGAIN)
    built = find_built(inputs)
    if built is not None and built.pk != report.pk:
        check_target(folder_of(report))
        export_report(built, folder_of(report))
        return _record(report, inputs)
    return fill_report(report, inputs, progress)


def _claimed(report: Report, digest: str) -> bool:
    """Whether this report is now the one that is built of its input; False while another one is.

    An unfinished report bears the hash of its input once its building began. Who builds and dies
    loses the lease of the job, and the next one takes over. Two that claim in the same instant both
    build, which costs time and nothing else.
    """
    with transaction.atomic():
        building = Report.objects.filter(
            input_hash=digest,
            finished_at=None,
            job__state=State.RUNNING,
            job__lease_expires__gt=timezone.now(),
        )
        if building.exclude(pk=report.pk).exists():
            return False
        Report.objects.filter(pk=report.pk).update(input_hash=digest)
    return True


def find_built(inputs: AnyInputs) -> Report | None:
    """A finished report of the same input whose files are all as they were written."""
    same = Report.objects.filter(input_hash=inputs.digest, finished_at__isnull=False)
    return next((report for report in same if is_intact(folder_of(report))), None)


def fill_report(report: Report, inputs: AnyInputs, progress: Progress = silent) -> Report:
    """Write a report's bundle and then record that it is there."""
    write_bundle(inputs, folder_of(report), progress)
    return _record(report, inputs)


def _create(options: Options) -> Report:
    return Report.objects.create(
        kind=options.kind,
        subject=options.study,
        cohort=options.cohort or "",
        options=options.as_dict(),
    )


def _record(report: Report, inputs: AnyInputs) -> Report:
    manifest = read_manifest(folder_of(report))
    report.input_hash = inputs.digest
    report.cohort = inputs.cohort
    report.folder = f"reports/{report.public_id}"
    report.summary = {
        name: manifest[name] for name in ("title", "headline", "certainty", "simulated")
    }
    report.finished_at = timezone.now()
    with transaction.atomic():
        report.save()
        audit.record(verb="report.built", subject=str(report), input=inputs.digest)
    return report
