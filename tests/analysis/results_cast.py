"""A study with a built report, computed once a run and put into place for each test."""

import shutil

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from analysis.models import Report
from analysis.reports import service
from survey.models import Study
from tests.analysis import cast
from tests.sharing import LITTLE_WRITTEN, made_once

FIELDS = ("public_id", "kind", "subject", "cohort", "options", "input_hash", "folder", "summary")


def built_once(factory, blocker, kind="alignment", study=None, name=""):
    """The bundle's folder and its row's fields, shared by all workers of a run; no row is kept.

    `study` makes the study that the report is about, and `name` tells its report from others.
    """

    def build(home):
        return _build(home, blocker, kind, study or _small_study)

    return made_once(factory, f"{name or kind}-report", build)


def _small_study():
    cast.add_run(cast.make_study(per_country=6, scenarios=4), "model-a", personas=False)


def _build(home, blocker, kind, make_study):
    with (
        blocker.unblock(),
        override_settings(PACT_HOME=home, PACT_SHARDS=str(home / "shards"), **LITTLE_WRITTEN),
        transaction.atomic(),
    ):
        make_study()
        options = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}
        made = service.build_report(kind=kind, study="etiquette", **options)
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
