"""A study with a built report, computed once a run and put into place for each test."""

import shutil

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from analysis.models import Report
from analysis.reports import service
from survey.models import Study
from tests.analysis import cast
from tests.sharing import made_once

FIELDS = ("public_id", "kind", "subject", "cohort", "options", "input_hash", "folder", "summary")


def built_once(factory, blocker, kind="alignment"):
    """The bundle's folder and its row's fields, shared by all workers of a run; no row is kept."""
    return made_once(factory, f"{kind}-report", lambda home: _build(home, blocker, kind))


def _build(home, blocker, kind):
    with (
        blocker.unblock(),
        override_settings(PACT_HOME=home, PACT_SHARDS=str(home / "shards"), PACT_REPORT_PDF=False),
        transaction.atomic(),
    ):
        study = cast.make_study(per_country=6, scenarios=4)
        cast.add_run(study, "model-a", personas=False)
        options = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}
        made = service.build_report(kind=kind, study=study.slug, **options)
        transaction.set_rollback(True)
    return {name: getattr(made, name) for name in FIELDS}


def put_in_place(built, home):
    """The study's release and row, and the report with its files; nobody's answers."""
    release = cast.make_release("etiquette", 4)
    study = Study.objects.create(slug="etiquette", name="Etiquette", release=release)
    return study, put_report(built, home)


def put_report(built, home):
    """The report's row and files, nothing else."""
    shared, fields = built
    report = Report.objects.create(**fields, finished_at=timezone.now())
    shutil.copytree(shared / report.folder, home / report.folder)
    report.refresh_from_db()
    return report
