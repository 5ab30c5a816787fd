"""Runs from before: of kinds, they are counterparts; of releases' hashes by key, they name the new."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from annotation.services.releases import wordings_hash
from modeling.models import Run
from modeling.services import repeating
from tests.modeling.making import make_plan, make_release

hashes = import_module("modeling.migrations.0007_release_hashes_in_manifests")
BEFORE, AFTER = [("modeling", "0001_initial")], [("modeling", "0002_runs_of_any_kind")]


def migrated(to):
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.mark.django_db(transaction=True)
def test_earlier_runs_are_counterparts_of_their_releases_dataset():
    try:
        old = migrated(BEFORE)
        dataset = old.get_model("annotation", "Dataset").objects.create(slug="old", name="Old")
        release = old.get_model("annotation", "Release").objects.create(dataset=dataset, number=1)
        old.get_model("modeling", "Run").objects.create(
            label="m", release=release, endpoint={}, design={"kind": "counterparts"}
        )
        new = migrated(AFTER)
        run = new.get_model("modeling", "Run").objects.get()
        assert (run.kind, run.dataset_slug, run.release_id) == ("counterparts", "old", release.pk)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())  # other tests come after this one


@pytest.mark.django_db
@pytest.mark.parametrize(("named", "brought_over"), [(None, True), ("another", False)])
def test_a_run_from_before_hashes_by_key_can_be_repeated(named, brought_over):
    """Its manifest names its release by number; one that names something else is not touched."""
    release = make_release()
    versions = list(release.versions.all())
    release.content_hash = wordings_hash(versions)
    release.save()
    run = make_plan(release).run
    run.manifest["release"]["hash"] = named or hashes.by_number(versions)
    run.save()
    assert [one.name for one in repeating.of_run(run).firm] == ["release.hash"]
    hashes.name_as_now(apps, None)
    now = Run.objects.get()
    assert (not repeating.of_run(now).firm) is brought_over
    assert now.manifest == {**run.manifest, "release": now.manifest["release"]}
