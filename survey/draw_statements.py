"""The statements of a draw, written out: all that stands between a study's lock and the commit.

Draws for one country of a study come one after another (docs/decisions/0025-draws-by-country.md), so
what is asked here is what everybody behind waits for. Like those of the pages (survey.statements) they are
plain SQL that SQLite and PostgreSQL read alike, and tests hold them against the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from survey.models import Participant
from survey.plain_rows import all_rows, changed, numbers, stored_time

_TURN = (
    "WITH study AS MATERIALIZED (SELECT id FROM survey_study WHERE id = %s FOR SHARE)"
    " SELECT pg_advisory_xact_lock(hashtextextended(%s, 0)) FROM study"
)

_OF_COUNTRY = "study_id = %s AND cohort = %s AND country = %s"

_PEOPLE = (
    "SELECT first_frame, COUNT(*), {joined}(CAST(CASE WHEN state = 'consented' AND expires_at < %s"  # noqa: S608
    " THEN id END AS text), ',') FROM survey_participant"
    f" WHERE {_OF_COUNTRY} AND state IN ('consented', 'completed') AND first_frame <> ''"
    " GROUP BY first_frame"
)

_SHOWN = (
    "SELECT {joined}(line, ';') FROM (SELECT item_id || ',' || scenario_id || ',' || option_order"  # noqa: S608
    " || ',' || CASE WHEN surplus THEN 1 ELSE 0 END || ',' || COUNT(*) || ',' ||"
    f" {{joined}}(CAST(COALESCE(slot, 0) AS text), ',') AS line FROM survey_assignment"
    f" WHERE {_OF_COUNTRY} AND state IN ('leased', 'confirmed')"
    " GROUP BY item_id, scenario_id, option_order, surplus) lines"
)
"""All in one row: SQLite would let every other thread go first at each of hundreds."""

_INTRODUCED = ("state", "ended_because", "country", "age_bucket", "gender", "first_frame")

_INTRODUCE = (
    f"UPDATE survey_participant SET {', '.join(f'{name} = %s' for name in _INTRODUCED)},"  # noqa: S608
    " expires_at = %s WHERE id = %s AND country = ''"
    " AND state IN ('consented', 'timed_out', 'returned')"
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
    """To how many people an item was shown in one order, with or without a place; and which places."""

    item: int
    scenario: int
    option_order: str
    surplus: bool
    people: int
    slots: frozenset[int]


class Company(NamedTuple):
    """Who draws with one: how often each frame came first, and whose time is over."""

    frames: dict[str, int]
    late: list[int]


def lock_draws(*, study_id: int, country: str) -> None:
    """Wait for one's turn to draw for a country, and keep others from drawing for it until the end.

    Draws for other countries go on beside; whoever holds the whole study (`assignment.lock`) waits
    for all of them, and they for him. On SQLite the transaction itself is the lock: it began as a
    writer.
    """
    if connection.features.has_select_for_update:
        all_rows(_TURN, [study_id, f"pact draw {study_id} {country}"])


def read_company(participant: Participant, now: datetime) -> Company:
    """People of this participant's study, cohort and country who are still with us.

    Late are those under way whose time was over before `now`.
    """
    when = stored_time(now)
    rows = all_rows(_PEOPLE, [when, *_country(participant)])
    return Company(
        frames={frame: people for frame, people, _ in rows},
        late=[pk for *_, late in rows for pk in numbers(late)],
    )


def read_made(*, release_id: int) -> Any:
    """When a release was made, as the database says it.

    A release never changes, so what was read of one is known by its number and this moment: a
    database that was emptied gives the same number again, but never the same moment.
    """
    ((made_at,),) = all_rows(_RELEASE, [release_id])
    return made_at


@lru_cache(maxsize=32)
def read_items(release_id: int, _made_at: Any) -> tuple[Item, ...]:
    """All items of a release, which a process reads once."""
    return tuple(Item._make(row) for row in all_rows(_ITEMS, [release_id]))


def read_shown(participant: Participant) -> list[Shown]:
    """What is leased or confirmed in this participant's study, cohort and country."""
    ((lines,),) = all_rows(_SHOWN, _country(participant))
    return [_shown(line.split(",")) for line in lines.split(";")] if lines else []


def _shown(told: Sequence[str]) -> Shown:
    item, scenario, order, surplus, people, *slots = told
    return Shown(
        int(item), int(scenario), order, surplus == "1", int(people), frozenset(map(int, slots))
    )


def write_introduced(participant: Participant) -> bool:
    """Keep who somebody is and what they were given; False, and nothing changes, the second time.

    Neither does anything change for somebody who is at the end.
    """
    expires = stored_time(participant.expires_at)
    values = [*(getattr(participant, name) for name in _INTRODUCED), expires, participant.pk]
    return bool(changed(_INTRODUCE, values))


def _country(participant: Participant) -> list[Any]:
    return [participant.study_id, participant.cohort, participant.country]
