"""The statements that an answer at the desk is made of, written out.

Eight people who press Enter at once wait for these few, and building them anew through the ORM took
five times as long as running them. They are plain SQL that SQLite and PostgreSQL read alike; tests
hold them against the models (docs/decisions/0008-statements-of-a-page.md says the same of surveys).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from annotation.models import Annotator, SampledItem, ScenarioVersion, Task, Validation


def _of(model: type[Model], *names: str) -> tuple[str, ...]:
    """Columns in the order in which the model has them: `from_db` takes values by order alone."""
    order = [field.attname for field in model._meta.concrete_fields]
    return tuple(sorted(names, key=order.index))


_SEAT: Final = _of(
    Annotator, "id", "validation_id", "user_id", "pseudonym", "active", "finished_at"
)
_VALIDATION: Final = _of(
    Validation, *("id", "slug", "name", "state", "simulated", "labels", "plan", "frozen_at")
)
_TASK: Final = _of(
    Task, *("id", "item_id", "annotator_id", "position", "repeat", "state", "revision", "draft")
)
_ITEM: Final = _of(SampledItem, "id", "validation_id", "version_id", "key")
_VERSION: Final = _of(
    ScenarioVersion,
    *("id", "country", "setting", "theme", "situation", "cultural_expectation"),
    *("personal_preference", "culture_action", "preference_action"),
)


def _columns(alias: str, names: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


_SEAT_OF: Final = (
    f"SELECT {_columns('a', _SEAT)}, {_columns('v', _VALIDATION)}"  # noqa: S608
    " FROM annotation_annotator a JOIN annotation_validation v ON v.id = a.validation_id"
    " WHERE a.user_id = %s AND a.active AND v.slug = %s AND v.state <> 'draft'"
)

_SHOWN: Final = (
    f"SELECT {_columns('t', _TASK)}, {_columns('i', _ITEM)}, {_columns('v', _VERSION)}"  # noqa: S608
    " FROM annotation_task t JOIN annotation_sampleditem i ON i.id = t.item_id"
    " LEFT JOIN annotation_scenarioversion v ON v.id = i.version_id WHERE t.id = %s"
)

_SUBMIT: Final = (
    "UPDATE annotation_task SET state = 'submitted', submitted_at = %s, note = %s, flagged = %s,"
    " skip_reason = '', draft = '{}', lease_expires = NULL, revision = 1,"
    " seconds = COALESCE(%s, seconds)"
    " WHERE id = %s AND annotator_id = %s AND state = 'open' AND revision = 0"
    " AND EXISTS (SELECT 1 FROM annotation_annotator a"
    " JOIN annotation_validation v ON v.id = a.validation_id WHERE a.id = %s"
    " AND a.active AND a.finished_at IS NULL AND v.state = 'open')"
)

_LABEL: Final = (
    "INSERT INTO annotation_label (task_id, criterion_id, value, reason) VALUES {rows}"
    " ON CONFLICT (task_id, criterion_id)"
    " DO UPDATE SET value = excluded.value, reason = excluded.reason"
)


def seat_of(user_id: int, slug: str) -> Annotator | None:
    """The person's seat in a frozen validation, with what the desk needs of the validation."""
    with connection.cursor() as cursor:
        cursor.execute(_SEAT_OF, [user_id, slug])
        row = cursor.fetchone()
    if row is None:
        return None
    seat = Annotator.from_db(connection.alias, _SEAT, _read(_SEAT, row))
    values = _read(_VALIDATION, row[len(_SEAT) :])
    seat.validation = Validation.from_db(connection.alias, _VALIDATION, values)
    return seat


def shown(task_id: int) -> Task:
    """A task with the texts of its item, as the desk shows it."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [task_id])
        row = cursor.fetchone()
    rest = row[len(_TASK) :]
    task = Task.from_db(connection.alias, _TASK, _read(_TASK, row))
    task.item = SampledItem.from_db(connection.alias, _ITEM, _read(_ITEM, rest))
    version = _read(_VERSION, rest[len(_ITEM) :])
    if version[0] is not None:  # the first column is the key: labels from a file have no version
        task.item.version = ScenarioVersion.from_db(connection.alias, _VERSION, version)
    return task


def submit_first(
    *, task_id: int, annotator_id: int, note: str, flagged: bool, seconds: float | None
) -> bool:
    """Close an open item that has no submission yet, while the seat and its validation take answers.

    False where the item is in any other state, or answers are not taken any more.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_SUBMIT, [now, note, flagged, seconds, task_id, annotator_id, annotator_id])
        return bool(cursor.rowcount)


def store_labels(task_id: int, labels: Iterable[tuple[int, str, str]]) -> None:
    """Set the labels of a task: (criterion's primary key, value, reason) each, in one statement."""
    values = [(task_id, *label) for label in labels]
    rows = ", ".join(["(%s, %s, %s, %s)"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(_LABEL.format(rows=rows), [one for row in values for one in row])


def _read(names: tuple[str, ...], row: Iterable[Any]) -> list[Any]:
    """Values as the models have them: SQLite keeps JSON as text, truths as numbers."""
    return [_READERS.get(name, _same)(value) for name, value in zip(names, row, strict=False)]


def _same(value: Any) -> Any:
    return value


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _time(value: datetime | None) -> datetime | None:
    """SQLite keeps UTC without saying so."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("labels", "plan", "draft"), _json),
    **dict.fromkeys(("frozen_at", "finished_at"), _time),
    **dict.fromkeys(("active", "simulated"), bool),
}
