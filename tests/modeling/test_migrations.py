"""Runs that were there before kinds: they are counterparts, and their dataset gets named."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

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
