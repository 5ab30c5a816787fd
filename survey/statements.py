"""The statements that a participant's page is made of, written out.

Hundreds of people wait for these few, and building them anew through the ORM took ten times as long
as running them; a save also held the database's lock for that time. Everything else goes through
the ORM. They are plain SQL that SQLite and PostgreSQL read alike, and tests hold what they read and
write against the models (docs/decisions/0008-statements-of-a-page.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from survey.models import Instrument, Participant, Study
from survey.plain_rows import (
    all_rows,
    changed,
    first_row,
    listed,
    now,
    numbers,
    row_of,
    stored_time,
)  # fmt: skip

_STUDY = ("id", "slug", "name", "state", "origin", "release_id", "scheme")
INSTRUMENT = ("id", "study_id", "number", "content_hash")

PERSON = tuple(field.attname for field in Participant._meta.concrete_fields)

_ANSWERED = (
    "(SELECT {joined}(CAST(a.position AS text), ',') FROM survey_assignment a"
    " JOIN survey_answer r ON r.assignment_id = a.id WHERE a.participant_id = p.id)"
)

_CHECKED = "(SELECT {joined}(c.key, ',') FROM survey_checkresponse c WHERE c.participant_id = p.id)"

_DONE = f"SELECT {_ANSWERED}, {_CHECKED} FROM survey_participant p WHERE p.id = %s"  # noqa: S608

_SCENARIO = (
    "a.option_order", "a.asks_reason", "m.receiver_age", "m.receiver_gender", "v.country",
    "v.setting", "v.situation", "v.culture_action", "v.preference_action",
    "t.id", "t.setting", "t.situation", "t.culture_action", "t.preference_action",
    "r.id", "r.personal", "r.norm", "r.importance_norm", "r.importance_preference", "r.reason",
    "r.perceived_share",
)  # fmt: skip

_STANDING = (
    "SELECT "  # noqa: S608
    + ", ".join((listed("p", PERSON), listed("s", _STUDY), listed("i", INSTRUMENT), *_SCENARIO))
    + f", {_ANSWERED}, {_CHECKED} FROM survey_participant p"
    " JOIN survey_study s ON s.id = p.study_id"
    " JOIN survey_instrument i ON i.id = p.instrument_id"
    " LEFT JOIN survey_assignment a ON a.participant_id = p.id AND a.position = %s"
    " LEFT JOIN annotation_item m ON m.id = a.item_id"
    " LEFT JOIN annotation_scenarioversion v ON v.id = m.version_id"
    " LEFT JOIN survey_answer r ON r.assignment_id = a.id"
    " LEFT JOIN survey_scenariotext t"
    " ON t.version_id = v.id AND t.study_id = p.study_id AND t.language = p.language"
    " WHERE p.key = %s AND s.slug = %s"
)

_FAR = 10_000
"""Beyond every instrument; SQLite takes no number of any length."""

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
    "UPDATE survey_assignment SET state = 'confirmed', lease_expires = NULL WHERE state = 'leased'"
)

_PLACE = f"{_CONFIRM} AND participant_id = %s AND position = %s"

_ANSWER_AND_PLACE = (
    f"WITH saved AS ({_ANSWER} RETURNING assignment_id),"  # noqa: S608
    f" confirmed AS ({_CONFIRM} AND id IN (SELECT assignment_id FROM saved))"
    " SELECT COUNT(*) FROM saved"
)
"""Both at once; SQLite has no writing in a WITH."""

_CHECK = (
    "INSERT INTO survey_checkresponse (participant_id, key, given, passed, saved_at)"
    " SELECT p.id, %s, %s, %s, %s FROM survey_participant p"
    " WHERE p.id = %s AND p.state = 'consented'{locking}"
    " ON CONFLICT (participant_id, key) DO UPDATE SET key = excluded.key"
)
"""Only the first answer counts; saying it again is as good as having been understood."""

_FAILED = (
    "SELECT key FROM survey_checkresponse WHERE participant_id = %s AND NOT passed ORDER BY id"
)

_COMPLETE = (
    "UPDATE survey_participant SET state = 'completed', completed_at = %s"
    " WHERE id = %s AND state = 'consented'"
)

_UNDERSTAND = (
    "UPDATE survey_participant SET instructions_at = %s,"
    " comprehension_attempts = comprehension_attempts + 1"
    " WHERE id = %s AND state = 'consented' AND instructions_at IS NULL"
)

_FEEDBACK = "UPDATE survey_participant SET feedback = %s WHERE id = %s AND state = 'completed'"


class ScenarioRow(NamedTuple):
    """What a scenario's page shows; `told` are its texts in the participant's language, if it has any.

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

    @classmethod
    def of(cls, row: Sequence[Any]) -> ScenarioRow | None:
        """Of the columns as they are read; None where there is no such scenario."""
        order, asks, age, gender, country = row[:5]
        told = None if row[9] is None else row[10:14]
        saved = None if row[14] is None else row[15:]
        return order and cls(order, asks, age, gender, country, row[5:9], told, saved)


class Done(NamedTuple):
    """What somebody has answered: scenarios by position, attention checks by key."""

    positions: frozenset[int]
    checks: frozenset[str]

    @classmethod
    def of(cls, answered: str | None, checked: str | None) -> Done:
        """As the database lists them, with commas between; None is none."""
        return cls(frozenset(numbers(answered)), frozenset(checked.split(",") if checked else ()))


class Standing(NamedTuple):
    """Somebody on a page of a study, what they have done, and the scenario of that page if it has one."""

    participant: Participant
    done: Done
    scenario: ScenarioRow | None


def read_standing(*, key: str, slug: str, position: int = 0) -> Standing | None:
    """The participant with this key in this study, with study and instrument, and all a page needs.

    `position` is of the scenario that is shown; none is at 0. The instrument comes without its
    definition, which every process that has read it once knows by its hash; that and whatever else
    is not read here is loaded when it is asked for.
    """
    row = first_row(_STANDING, [min(position, _FAR), key, slug])
    if row is None:
        return None
    values = iter(row)
    person = row_of(Participant, PERSON, values)
    person.study = row_of(Study, _STUDY, values)
    person.instrument = row_of(Instrument, INSTRUMENT, values)
    *scenario, answered, checked = values
    return Standing(person, Done.of(answered, checked), ScenarioRow.of(scenario))


def read_done(*, participant_id: int) -> Done:
    """What this participant has answered by now."""
    return Done.of(*first_row(_DONE, [participant_id]))


def lock_state(*, participant_id: int) -> str:
    """The participant's state; nobody else changes it until the transaction ends."""
    return str(first_row(_STATE, [participant_id])[0])


def write_answer(*, participant_id: int, position: int, answer: dict[str, Any]) -> bool:
    """Keep the answer to one scenario, first or changed, and confirm its place if it is leased.

    `answer` has a value for each of the columns that a later version replaces. False, and nothing
    is kept, for somebody who is not under way, or has no such scenario; otherwise nobody else
    changes the participant's state until the transaction ends.
    """
    where = [participant_id, position]
    values = [now(), *(answer[name] for name in _KEPT), *where]
    if connection.vendor == "postgresql":
        return bool(first_row(_ANSWER_AND_PLACE, values, " OF p")[0])
    with transaction.atomic(savepoint=False):
        saved = bool(changed(_ANSWER, values))
        if saved:
            changed(_PLACE, where)
    return saved


def write_check(*, participant_id: int, key: str, given: str, passed: bool) -> bool:
    """Keep the answer to an attention check, unless there is one already.

    False, and nothing is kept, for somebody who is not under way.
    """
    values = [key, given, passed, now(), participant_id]
    return bool(changed(_CHECK, values, " OF p"))


def read_failed(*, participant_id: int) -> list[str]:
    """The keys of the attention checks that this participant failed, in the order they came."""
    return [key for (key,) in all_rows(_FAILED, [participant_id])]


def write_understood(participant: Participant) -> bool:
    """Note that somebody under way has understood the instructions; False if not, or not any more."""
    moment = timezone.now()
    if not changed(_UNDERSTAND, [stored_time(moment), participant.pk]):
        return False
    participant.instructions_at = moment
    participant.comprehension_attempts += 1
    return True


def write_completed(participant: Participant) -> bool:
    """Note that somebody under way has completed; False, and nothing changes, for anybody else."""
    moment = timezone.now()
    if not changed(_COMPLETE, [stored_time(moment), participant.pk]):
        return False
    participant.state, participant.completed_at = Participant.State.COMPLETED, moment
    return True


def write_feedback(participant: Participant, text: str) -> None:
    """Keep what somebody who has completed wants to say; nothing of anybody else."""
    if changed(_FEEDBACK, [text, participant.pk]):
        participant.feedback = text
