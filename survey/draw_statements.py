"""The statements of a draw, written out: all that stands between a study's lock and the commit.

Draws for one country of a study come one after another (docs/decisions/0025-draws-by-country.md), so
what is asked here is what everybody behind waits for. Like those of the pages (survey.statements) they are
plain SQL that SQLite and PostgreSQL read alike, and tests hold them against the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from pact_site.base.plain import statement_cursor
from survey.models import Participant
from survey.statements import locking

_STUDY = "SELECT id FROM survey_study WHERE id = %s FOR SHARE"

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

_STANDING = "SELECT state, country FROM survey_participant WHERE id = %s{locking}"

_OF_COUNTRY = "study_id = %s AND cohort = %s AND country = %s"

_LATE = (
    "SELECT id FROM survey_participant"  # noqa: S608
    f" WHERE {_OF_COUNTRY} AND state = 'consented' AND expires_at < %s"
)

_SHOWN = (
    "SELECT item_id, scenario_id, option_order, surplus, COUNT(*) FROM survey_assignment"  # noqa: S608
    f" WHERE {_OF_COUNTRY} AND state IN ('leased', 'confirmed')"
    " GROUP BY item_id, scenario_id, option_order, surplus"
)

_HELD = (
    "SELECT item_id, slot FROM survey_assignment"  # noqa: S608
    f" WHERE {_OF_COUNTRY} AND state IN ('leased', 'confirmed') AND NOT surplus AND item_id IN "
)

_FRAMES = (
    "SELECT first_frame, COUNT(*) FROM survey_participant"  # noqa: S608
    f" WHERE {_OF_COUNTRY} AND state IN ('consented', 'completed') AND first_frame <> ''"
    " GROUP BY first_frame"
)


_RELEASE = "SELECT created_at FROM annotation_release WHERE id = %s"

_ITEMS = (
    "SELECT i.id, v.scenario_id, v.country, i.receiver_age || '_' || i.receiver_gender, v.theme"
    " FROM annotation_item i JOIN annotation_scenarioversion v ON v.id = i.version_id"
    " WHERE i.release_id = %s ORDER BY i.id"
)


class Item(NamedTuple):
    """An item of a release; `receiver` is named as in `Receiver.demo`."""

    item: int
    scenario: int
    country: str
    receiver: str
    theme: str


class Shown(NamedTuple):
    """To how many people an item was shown in one order, with or without a place."""

    item: int
    scenario: int
    option_order: str
    surplus: bool
    people: int


def lock_draws(*, study_id: int, country: str) -> None:
    """Wait for one's turn to draw for a country, and keep others from drawing for it until the end.

    Draws for other countries go on beside; whoever holds the whole study (`assignment.lock`) waits
    for all of them, and they for him. On SQLite the transaction itself is the lock: it began as a
    writer.
    """
    if connection.features.has_select_for_update:
        _rows(_STUDY, [study_id])
        _rows(_TURN, [f"pact draw {study_id} {country}"])


def lock_standing(*, participant_id: int) -> tuple[str, str]:
    """The participant's state and country as they are now, and stay until the transaction ends."""
    ((state, country),) = _rows(locking(_STANDING, ""), [participant_id])
    return state, country


def read_late(participant: Participant, now: datetime) -> list[int]:
    """People of this participant's study, cohort and country whose time was over before `now`."""
    when = connection.ops.adapt_datetimefield_value(now)
    return [pk for (pk,) in _rows(_LATE, [*_country(participant), when])]


def read_made(*, release_id: int) -> Any:
    """When a release was made, as the database says it.

    A release never changes, so what was read of one is known by its number and this moment: a
    database that was emptied gives the same number again, but never the same moment.
    """
    ((made_at,),) = _rows(_RELEASE, [release_id])
    return made_at


@lru_cache(maxsize=32)
def read_items(release_id: int, _made_at: Any) -> tuple[Item, ...]:
    """All items of a release, which a process reads once."""
    return tuple(Item._make(row) for row in _rows(_ITEMS, [release_id]))


def read_shown(participant: Participant) -> list[Shown]:
    """What is leased or confirmed in this participant's study, cohort and country."""
    return [Shown._make(row) for row in _rows(_SHOWN, _country(participant))]


def read_held(participant: Participant, items: Iterable[int]) -> list[tuple[int, int | None]]:
    """(item, slot) of all places of these items that are held in the participant's country."""
    wanted = list(items)
    marks = ", ".join(["%s"] * len(wanted))
    return _rows(f"{_HELD}({marks})", [*_country(participant), *wanted])


def read_frames(participant: Participant) -> dict[str, int]:
    """How often each frame came first among the people of this country who are still with us."""
    return dict(_rows(_FRAMES, _country(participant)))


def _country(participant: Participant) -> list[Any]:
    return [participant.study_id, participant.cohort, participant.country]


def _rows(sql: str, values: Sequence[Any]) -> list[Any]:
    with statement_cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
