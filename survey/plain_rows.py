"""Rows read and written by statements that are written out, instead of built anew by the ORM.

What the statements of participants' pages have in common (docs/decisions/0008-statements-of-a-page.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model
from django.utils import timezone

from pact_site.base.plain import statement_cursor

_Convert = Callable[[Any], Any]
M = TypeVar("M", bound=Model)

_PLAIN = frozenset(
    {"CharField", "TextField", "BooleanField", "SmallIntegerField", "IntegerField",
     "PositiveSmallIntegerField", "PositiveIntegerField", "BigIntegerField", "ForeignKey", "OneToOneField"}
)  # fmt: skip
"""Fields whose values both databases take as they are."""


def listed(table: str, names: Sequence[str]) -> str:
    """These columns of one table of a statement."""
    return ", ".join(f"{table}.{name}" for name in names)


def first_row(sql: str, values: Sequence[Any], of: str = "") -> Any:
    """The first row of what a statement answers, None if there is none; `of`: see `_spoken`."""
    with statement_cursor() as cursor:
        cursor.execute(_spoken(sql, of, connection.vendor), values)
        return cursor.fetchone()


def all_rows(sql: str, values: Sequence[Any]) -> list[Any]:
    """All rows of what a statement answers."""
    with statement_cursor() as cursor:
        cursor.execute(_spoken(sql, "", connection.vendor), values)
        return list(cursor.fetchall())


def changed(sql: str, values: Sequence[Any], of: str = "") -> int:
    """How many rows a statement wrote; `of`: see `_spoken`."""
    with statement_cursor() as cursor:
        cursor.execute(_spoken(sql, of, connection.vendor), values)
        return int(cursor.rowcount)


@cache
def _spoken(sql: str, of: str, vendor: str) -> str:
    """The statement in the words of the database at hand.

    `{locking}` locks the rows that are read, or those `of` one table; on SQLite the transaction is
    the lock: it began as a writer. `{joined}(TEXT, BETWEEN)` puts the texts of several rows in one.
    """
    lock, joined = (
        ("", "group_concat") if vendor == "sqlite" else (f" FOR UPDATE{of}", "string_agg")
    )
    return sql.replace("{locking}", lock).replace("{joined}", joined)


def numbers(listed: str | None) -> list[int]:
    """The numbers that `{joined}` has put in one text; None is none."""
    return [int(number) for number in listed.split(",")] if listed else []


def now() -> Any:
    """This moment, as the database takes it."""
    return stored_time(timezone.now())


def stored_time(moment: datetime | None) -> Any:
    """A time, as the database takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


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
    sql = f"SELECT {columns} FROM {model._meta.db_table} WHERE id = %s"  # noqa: S608 - our names
    found = first_row(sql + "{locking}" if hold else sql, [row.pk])
    for name, value in zip(names, _converted(model, names, iter(found)), strict=True):
        setattr(row, name, value)


def update(row: Model, names: Sequence[str]) -> None:
    """Write these fields of a row that is stored."""
    fields = _fields(type(row), tuple(names))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    columns = ", ".join(f"{field.column} = %s" for field in fields)
    sql = f"UPDATE {row._meta.db_table} SET {columns} WHERE id = %s"  # noqa: S608 - our names
    changed(sql, [*values, row.pk])


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
