"""Hashes of releases and screenings name scenarios by key instead of by their number in this database."""

import hashlib

from django.db import migrations


def digest(lines):
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def by_key(pairs):
    return digest(f"{version.scenario.key}:{version.content_hash}" for version in pairs)


def name_by_key(apps, schema_editor):
    """What was changed by hand since it was frozen keeps its old hash, so that it still shows."""
    release, screening = (apps.get_model("annotation", name) for name in ("Release", "Screening"))
    version = apps.get_model("annotation", "ScenarioVersion")
    for one in release.objects.all():
        versions = list(one.versions.select_related("scenario"))
        old = digest(f"{it.scenario_id}:{it.content_hash}" for it in versions)
        _set(one, "content_hash", old, by_key(versions))
    for one in screening.objects.all():
        versions = list(version.objects.filter(screened__screening=one).select_related("scenario"))
        old = digest(f"{it.pk}:{it.content_hash}" for it in versions)
        _set(one, "versions_hash", old, by_key(versions))


def _set(row, name, old, new):
    if getattr(row, name) == old:
        setattr(row, name, new)
        row.save(update_fields=[name])


class Migration(migrations.Migration):

    dependencies = [("annotation", "0003_validation")]

    operations = [migrations.RunPython(name_by_key, migrations.RunPython.noop, elidable=True)]
