"""Old code goes on working while new tables come: a step that may break it is named in the how-to."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

PAGE = Path(settings.BASE_DIR, "docs/how-to/upgrade-without-downtime.md")
OURS = {"base", "annotation", "survey", "modeling", "analysis"}
GONE = (
    migrations.RemoveField, migrations.RenameField, migrations.DeleteModel,
    migrations.RenameModel, migrations.AlterModelTable,
)  # fmt: skip
BY_HAND = (migrations.RunPython, migrations.RunSQL, migrations.AddConstraint)


def breaks_old_code(operation, app, state):
    """Whether processes of the code before may fail once this step is done, or while it is."""
    if isinstance(operation, (*GONE, *BY_HAND)):
        return True
    if isinstance(operation, migrations.AddField):
        return is_demanded(operation.field)
    if isinstance(operation, migrations.AlterField):
        old = state.apps.get_model(app, operation.model_name)._meta.get_field(operation.name)
        new = operation.field.clone()
        new.set_attributes_from_name(operation.name)
        return connection.schema_editor()._field_should_be_altered(old, new)
    return False


def is_demanded(field):
    """Whether a row cannot be written without it: Django drops a column's default after adding it."""
    return not (field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)


def risky():
    """`app.migration` of every migration with a step that may break old code on older tables."""
    loader = MigrationLoader(connection)
    for app, name in sorted(key for key in loader.graph.nodes if key[0] in OURS):
        migration = loader.get_migration(app, name)
        if migration.initial:
            continue
        state = loader.project_state([(app, name)], at_end=False)
        new = {
            op.name.lower() for op in migration.operations if isinstance(op, migrations.CreateModel)
        }
        for operation in migration.operations:
            model = getattr(operation, "model_name", "").lower()
            if model not in new and breaks_old_code(operation, app, state):
                yield f"{app}.{name}"
                break


@pytest.mark.django_db
def test_every_step_that_may_break_old_code_has_a_note():
    assert {app.label for app in apps.get_app_configs()} >= OURS
    noted = {line.split("`")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")}
    assert set(risky()) == noted


def test_what_old_code_survives_and_what_not():
    text = models.CharField(max_length=10)
    added = {
        "default": models.CharField(max_length=10, default="x"),
        "null": models.CharField(max_length=10, null=True),
        "database": models.CharField(max_length=10, db_default="x"),
    }
    broken = {name for name, field in added.items() if is_demanded(field)}
    assert broken == {"default"}
    assert breaks_old_code(migrations.RenameField("study", "name", "title"), "survey", None)
    assert breaks_old_code(migrations.RemoveField("study", "name"), "survey", None)
    assert not breaks_old_code(migrations.CreateModel("new", [("text", text)]), "survey", None)
