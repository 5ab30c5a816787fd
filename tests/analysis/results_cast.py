"""A study with a built alignment report, computed once a run and put into place for each test."""

import fcntl
import json
import os
import shutil

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from analysis.models import Report
from analysis.reports import service
from survey.models import Study
from tests.analysis import cast

FIELDS = ("public_id", "kind", "subject", "cohort", "options", "input_hash", "folder", "summary")


def built_once(factory, blocker):
    """The bundle's folder and its row's fields, shared by all workers of a run; no row is kept."""
    base = factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "results-report"
    shared.mkdir(exist_ok=True)
    told = shared / "fields.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_text(json.dumps(_build(shared, blocker), default=str))
    return shared, json.loads(told.read_text())


def _build(home, blocker):
    with (
        blocker.unblock(),
        override_settings(PACT_HOME=home, PACT_SHARDS=str(home / "shards")),
        transaction.atomic(),
    ):
        study = cast.make_study(per_country=6, scenarios=4)
        cast.add_run(study, "model-a", personas=False)
        options = {"cohort": None, "replicates": 50, "seed": 1, "level": 0.95}
        made = service.build_report(kind="alignment", study=study.slug, **options)
        transaction.set_rollback(True)
    return {name: getattr(made, name) for name in FIELDS}


def put_in_place(built, home):
    """The study's release and row, and the report with its files; nobody's answers."""
    shared, fields = built
    release = cast.make_release("etiquette", 4)
    study = Study.objects.create(slug="etiquette", name="Etiquette", release=release)
    report = Report.objects.create(**fields, finished_at=timezone.now())
    shutil.copytree(shared / report.folder, home / report.folder)
    report.refresh_from_db()
    return study, report
