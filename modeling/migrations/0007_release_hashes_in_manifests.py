"""Manifests name a release by the hash it has since annotation's 0004: an old run can be repeated."""

import hashlib

from django.db import migrations


def by_number(versions):
    """A release's hash as it was: scenarios by their number in this database."""
    lines = sorted(f"{version.scenario_id}:{version.content_hash}" for version in versions)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def name_as_now(apps, schema_editor):
    """A manifest that names anything but its release's own old hash stays as it is."""
    release, run = apps.get_model("annotation", "Release"), apps.get_model("modeling", "Run")
    for one in release.objects.all():
        old = by_number(one.versions.only("scenario_id", "content_hash"))
        for asked in run.objects.filter(release=one).only("manifest").iterator():
            named = asked.manifest.get("release") or {}
            if named.get("hash") == old:
                named["hash"] = one.content_hash
                asked.save(update_fields=["manifest"])


class Migration(migrations.Migration):

    dependencies = [("annotation", "0004_hashes_by_key"), ("modeling", "0006_model_cards")]

    operations = [migrations.RunPython(name_as_now, migrations.RunPython.noop, elidable=True)]
