"""The statements that a participant's page is made of, written out.

Hundreds of people wait for these few, and building them anew through the ORM took ten times as long
as running them; a save also held the database's lock for that time. Everything else goes through
the ORM. They are plain SQL that SQLite and PostgreSQL read alike, and tests hold what they read and
write against the models (docs/decisions/0008-statements-of-a-page.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Field, Model
from django.utils import timezone

from pact_site.base.plain import statement_cursor
from survey.models import Assignment, Instrument, Participant, Study

_Convert = Callable[[Any], Any]
M = TypeVar("M", bound=Model)


def listed(table: str, names: Sequence[str]) -> str:
    """These columns of one table of a statement."""
    return ", ".join(f"{table}.{name}" for name in names)


_STUDY = ("id", "slug", "name", "state", "origin", "release_id", "scheme")
INSTRUMENT = ("id", "study_id", "number", "content_hash")

PERSON = tuple(field.attname for field in Participant._meta.concrete_fields)

_PARTICIPANT = (
    "SELECT "  # noqa: S608
    + ", ".join((listed("p", PERSON), listed("s", _STUDY), listed("i", INSTRUMENT)))
    + " FROM survey_participant p JOIN survey_study s ON s.id = p.study_id"
    " JOIN survey_instrument i ON i.id = p.instrument_id WHERE p.key = %s AND s.slug = %s"
)

_DONE = (
    "SELECT a.position, '' FROM survey_assignment a JOIN survey_answer r ON r.assignment_id = a.id"
    " WHERE a.participant_id = %s UNION ALL"
    " SELECT 0, c.key FROM survey_checkresponse c WHERE c.participant_id = %s"
)

_SCENARIO = (
    "SELECT a.option_order, a.asks_reason, i.receiver_age, i.receiver_gender, v.country,"
    " v.setting, v.situation, v.culture_action, v.preference_action,"
    " t.id, t.setting, t.situation, t.culture_action, t.preference_action,"
    " r.id, r.personal, r.norm, r.importance_norm, r.importance_preference, r.reason,"
    " r.perceived_share FROM survey_assignment a JOIN annotation_item i ON i.id = a.item_id"
    " JOIN annotation_scenarioversion v ON v.id = i.version_id"
    " LEFT JOIN survey_answer r ON r.assignment_id = a.id"
    " LEFT JOIN survey_scenariotext t"
    " ON t.version_id = v.id AND t.study_id = a.study_id AND t.language = %s"
    " WHERE a.participant_id = %s AND a.position = %s"
)

_STATE = "SELECT state FROM survey_participant WHERE id = %s{locking}"

_KEPT = (
    "personal", "norm", "importance_norm", "importance_preference", "reason", "perceived_share",
    "language", "instrument_hash",
)  # fmt: skip
"""What a later version of an answer replaces."""

_ANSWER = (
    f"INSERT INTO survey_answer (assignment_id, saved_at, {', '.join(_KEPT)})"  # noqa: S608
    f" SELECT a.id, %s{', %s' * len(_KEPT)} FROM survey_assignment a"
    " JOIN survey_participant p ON p.id = a.participant_id"
    " WHERE p.id = %s AND p.state = 'consented' AND a.position = %s{locking}"
    " ON CONFLICT (assignment_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _KEPT)
)

_CONFIRM = (
    "UPDATE survey_assignment SET state = 'confirmed', lease_expires = NULL"
    " WHERE participant_id = %s AND position = %s AND state = 'leased'"
)

_CHECK = (
    "INSERT INTO survey_checkresponse (participant_id, key, given, passed, saved_at)"
    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (participant_id, key) DO NOTHING"
)

_FAILED = (
    "SELECT key FROM survey_checkresponse WHERE participant_id = %s AND NOT passed ORDER BY id"
)

_COMPLETE = (
    "UPDATE survey_participant SET state = 'completed', completed_at = %s"
    " WHERE id = %s AND state = 'consented'"
)

_PLAIN = frozenset(
    {"CharField", "TextField", "BooleanField", "SmallIntegerField", "IntegerField",
     "PositiveSmallIntegerField", "PositiveIntegerField", "BigIntegerField", "ForeignKey", "OneToOneField"}
)  # fmt: skip
"""Fields whose values both databases take as they are."""


class ScenarioRow(NamedTuple):
    """What a scenario's page shows; `told` are its texts in the language asked for, if it has any.

    `texts` and `told` are setting, situation, culture-following and preference-allowing action;
    `saved` is an earlier answer: both choices, both ratings, reason and guess.
    """

    option_order: str
    asks_reason: bool
    receiver_age: str
    receiver_gender: str
    country: str
    texts: Sequence[str]
    told: Sequence[str] | None
    saved: Sequence[Any] | None


def read_participant(*, key: str, slug: str) -> Participant | None:
    """The participant with this key in this study, with study and instrument.

    The instrument comes without its definition, which every process that has read it once knows by
    its hash; that and whatever else is not read here is loaded when it is asked for.
    """
    with statement_cursor() as cursor:
        cursor.execute(_PARTICIPANT, [key, slug])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    person = row_of(Participant, PERSON, values)
    person.study = row_of(Study, _STUDY, values)
    person.instrument = row_of(Instrument, INSTRUMENT, values)
    return person


def row_of(model: type[M], names: tuple[str, ...], values: Iterator[Any]) -> M:
    """A row of a model of the next values, one for each of the names of its columns."""
    return model.from_db(connection.alias, names, _converted(model, names, values))


def _converted(model: type[Model], names: tuple[str, ...], values: Iterator[Any]) -> list[Any]:
    """The next values of a row, one for each of the names, as the model's fields have them."""
    return [
        convert(value) if convert and value is not None else value
        for convert, value in zip(
            _converters(model, names, connection.vendor), values, strict=False
        )
    ]


@cache
def _converters(model: type[Model], names: tuple[str, ...], _vendor: str) -> list[_Convert | None]:
    """What SQLite stores as text or number and Django knows as a time or a truth, by column."""
    found: list[_Convert | None] = []
    for field in _fields(model, names):
        column = field.get_col(model._meta.db_table)
        several = connection.ops.get_db_converters(column) + field.get_db_converters(connection)
        found.append(partial(_convert, several, column) if several else None)
    return found


def _convert(several: Sequence[Any], column: Any, value: Any) -> Any:
    for convert in several:
        value = convert(value, column, connection)
    return value


def read_done(*, participant_id: int) -> list[tuple[int, str]]:
    """(position, "") of each scenario that is answered, (0, key) of each attention check."""
    with statement_cursor() as cursor:
        cursor.execute(_DONE, [participant_id, participant_id])
        return list(cursor.fetchall())


def read_scenario(*, participant_id: int, position: int, language: str) -> ScenarioRow:
    """The scenario at this position; raises Assignment.DoesNotExist when there is none."""
    with statement_cursor() as cursor:
        cursor.execute(_SCENARIO, [language, participant_id, position])
        row = cursor.fetchone()
    if row is None:
        raise Assignment.DoesNotExist(f"no scenario at position {position}")
    told = None if row[9] is None else row[10:14]
    saved = None if row[14] is None else row[15:]
    order, asks, age, gender, country = row[:5]
    return ScenarioRow(order, asks, age, gender, country, row[5:9], told, saved)


def lock_state(*, participant_id: int) -> str:
    """The participant's state; nobody else changes it until the transaction ends."""
    with statement_cursor() as cursor:
        cursor.execute(locking(_STATE, ""), [participant_id])
        return str(cursor.fetchone()[0])


def write_answer(*, participant_id: int, position: int, answer: dict[str, Any]) -> bool:
    """Keep the answer to one scenario, first or changed, and confirm its place if it is leased.

    `answer` has a value for each of the columns that a later version replaces. False, and nothing
    is kept, for somebody who is not under way, or has no such scenario; otherwise nobody else
    changes the participant's state until the transaction ends.
    """
    where = [participant_id, position]
    with statement_cursor() as cursor:
        values = [_now(), *(answer[name] for name in _KEPT), *where]
        cursor.execute(locking(_ANSWER, " OF p"), values)
        if not cursor.rowcount:
            return False
        cursor.execute(_CONFIRM, where)
        return True


def locking(sql: str, of: str) -> str:
    """The statement with a row lock; on SQLite the transaction is the lock: it began as a writer."""
    lock = f" FOR UPDATE{of}" if connection.features.has_select_for_update else ""
    return sql.replace("{locking}", lock)


def write_check(*, participant_id: int, key: str, given: str, passed: bool) -> None:
    """Keep the answer to an attention check, unless there is one already."""
    with statement_cursor() as cursor:
        cursor.execute(_CHECK, [participant_id, key, given, passed, _now()])


def read_failed(*, participant_id: int) -> list[str]:
    """The keys of the attention checks that this participant failed, in the order they came."""
    with statement_cursor() as cursor:
        cursor.execute(_FAILED, [participant_id])
        return [key for (key,) in cursor.fetchall()]


def write_completed(participant: Participant) -> bool:
    """Note that somebody under way has completed; False, and nothing changes, for anybody else."""
    now = timezone.now()
    with statement_cursor() as cursor:
        cursor.execute(_COMPLETE, [connection.ops.adapt_datetimefield_value(now), participant.pk])
        if not cursor.rowcount:
            return False
    participant.state, participant.completed_at = Participant.State.COMPLETED, now
    return True


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model in one statement; a single one gets its primary key.

    The statement is made of the model's columns, once for each number of rows.
    """
    model = type(rows[0])
    plan = _plan(model)
    values = [_value(name, field, row) for row in rows for name, field in plan]
    with statement_cursor() as cursor:
        cursor.execute(_insertion(model, len(rows)), values)
        if len(rows) == 1:
            rows[0].pk = cursor.fetchone()[0]
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _value(name: str, field: Field[Any, Any] | None, row: Model) -> Any:
    """What the database gets; asking each field of seven places for it took half of writing them."""
    if field is None:
        return getattr(row, name)
    return field.get_db_prep_save(field.pre_save(row, True), connection)


def refresh(row: Model, names: tuple[str, ...], *, hold: bool = False) -> None:
    """Read these fields of a stored row again; `hold` it, and nobody else changes it until the end."""
    model = type(row)
    columns = ", ".join(str(field.column) for field in _fields(model, names))
    sql = f"SELECT {columns} FROM {model._meta.db_table} WHERE id = %s{{locking}}"  # noqa: S608 - our names
    with statement_cursor() as cursor:
        cursor.execute(locking(sql, "") if hold else sql.replace("{locking}", ""), [row.pk])
        found = cursor.fetchone()
    for name, value in zip(names, _converted(model, names, iter(found)), strict=True):
        setattr(row, name, value)


def update(row: Model, names: Sequence[str]) -> None:
    """Write these fields of a row that is stored."""
    fields = _fields(type(row), tuple(names))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    columns = ", ".join(f"{field.column} = %s" for field in fields)
    with statement_cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {columns} WHERE id = %s",  # noqa: S608 - our names
            [*values, row.pk],
        )


@cache
def _written(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


@cache
def _plan(model: type[Model]) -> list[tuple[str, Field[Any, Any] | None]]:
    """A new row's columns by attribute; with the field where a value has to be made of it first."""
    return [
        (field.attname, None if field.get_internal_type() in _PLAIN else field)
        for field in _written(model)
    ]


@cache
def _fields(model: type[Model], names: tuple[str, ...]) -> list[Field[Any, Any]]:
    """The model's own fields by name, or by the name that holds a foreign key."""
    own = {name: field for field in _written(model) for name in (field.name, field.attname)}
    own["id"] = model._meta.pk
    return [own[name] for name in names]


@cache
def _insertion(model: type[Model], rows: int) -> str:
    fields = _written(model)
    columns = ", ".join(str(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    sql = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES {', '.join([row] * rows)}"  # noqa: S608
    return f"{sql} RETURNING id" if rows == 1 else sql


def _now() -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now())
