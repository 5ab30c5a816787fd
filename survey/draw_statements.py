"""The statements of a draw, written out: all that stands between a study's lock and the commit.

Draws of one study come one after another (docs/decisions/0006-places-after-about-you.md), so what
is asked here is what everybody behind waits for. Like those of the pages (survey.statements) they are
plain SQL that SQLite and PostgreSQL read alike, and tests hold them against the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from survey.models import Participant

_STUDY = "SELECT id FROM survey_study WHERE id = %s FOR NO KEY UPDATE"

_STANDING = "SELECT state, country FROM survey_participant WHERE id = %s"

_LATE = (
    "SELECT id FROM survey_participant"
    " WHERE study_id = %s AND cohort = %s AND state = 'consented' AND expires_at < %s"
)

_OF_COUNTRY = "study_id = %s AND cohort = %s AND country = %s"

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


def lock_study(*, study_id: int) -> None:
    """Hold the study's row until the transaction ends; foreign keys to it stay free to be written.

    On SQLite the transaction itself is the lock: it began as a writer.
    """
    if connection.features.has_select_for_update:
        _rows(_STUDY, [study_id])


def read_standing(*, participant_id: int) -> tuple[str, str]:
    """The participant's state and country as they are now."""
    ((state, country),) = _rows(_STANDING, [participant_id])
    return state, country


def read_late(*, study_id: int, cohort: str, now: datetime) -> list[int]:
    """Participants whose time was over before `now`."""
    when = connection.ops.adapt_datetimefield_value(now)
    return [pk for (pk,) in _rows(_LATE, [study_id, cohort, when])]


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
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
