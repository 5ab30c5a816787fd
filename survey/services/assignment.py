"""Giving items to participants so that coverage holds under load.

Counting and drawing happen behind one short lock on the country's draws (SQLite: an immediate
transaction), whatever touches people of several countries behind the study's; that no place is held
twice is a constraint of the database, not of this code.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from annotation.vocab.terms import Frame, OptionOrder
from survey import draw_statements
from survey.draw_statements import Company
from survey.models import Assignment, Participant, Study
from survey.querysets import AssignmentQuerySet
from survey.services import coverage
from survey.services.coverage import Place
from survey.services.drawing import RULE, Cell, Drawn, draw, fewest, pick_order
from survey.services.instruments import Definition, definition_of


@dataclass(frozen=True)
class Seen:
    """What was counted before a draw; kept with the assignments so that it can be replayed."""

    cells: list[Cell]
    orders: Mapping[int, Mapping[str, int]]
    frames: Mapping[str, int]
    slots: Mapping[int, Set[int]]


def lock(study_id: int) -> Study:
    """Hold the study's row until the transaction ends; foreign keys to it stay free to be written.

    It waits for all draws, and no draw begins meanwhile. On SQLite the transaction itself is the
    lock: it began as a writer.
    """
    return Study.objects.select_for_update(no_key=True).get(pk=study_id)


def plan(*, participant: Participant, found: Sequence[Place]) -> list[Assignment]:
    """The places that this participant is to have among `found`, what their country offers.

    Sets the participant's first frame and time limit, and leaves saving all of it to the caller. Call
    it once, with the draws of their country locked. Raises Undrawable when the release has too few
    scenarios of a relation for the country.
    """
    now = timezone.now()
    definition = _definition(participant)
    seen = _look(participant, definition, found, now)
    seed = secrets.randbits(53)
    participant.first_frame = first_frame(definition, seen.frames, seed)
    participant.expires_at = now + timedelta(minutes=definition.minutes_allowed)
    return _rows(participant, definition, seen, seed)


def _company(participant: Participant, now: datetime) -> Company:
    """Who competes for this participant's places; those whose time is over do not any more.

    Their answers stay, as surplus.
    """
    company = draw_statements.read_company(participant, now)
    if not company.late:
        return company
    # people before their assignments, in the order in which saving an answer locks them
    Participant.objects.filter(
        pk__in=company.late, state=Participant.State.CONSENTED, expires_at__lt=now
    ).update(state=Participant.State.TIMED_OUT)
    timed_out = Participant.objects.filter(pk__in=company.late, state=Participant.State.TIMED_OUT)
    _free(Assignment.objects.filter(participant__in=timed_out))
    return draw_statements.read_company(participant, now)


def release(*, participant: Participant) -> None:
    """Free all places of one participant: leases end, answers stay as surplus."""
    _free(Assignment.objects.filter(participant=participant))


def _free(rows: AssignmentQuerySet[Assignment]) -> None:
    rows.filter(state=Assignment.State.LEASED).update(
        state=Assignment.State.RELEASED, lease_expires=None
    )
    rows.filter(state=Assignment.State.CONFIRMED).update(surplus=True)


def reclaim(*, participant: Participant) -> None:
    """Let somebody who returns late go on: what others hold by now is surplus.

    Call it with the study locked.
    """
    expires = timezone.now() + timedelta(minutes=_definition(participant).minutes_allowed)
    participant.assignments.filter(state=Assignment.State.RELEASED).update(
        state=Assignment.State.LEASED, lease_expires=expires, surplus=True
    )
    take_back(participant=participant)
    participant.state = Participant.State.CONSENTED
    participant.expires_at = expires
    participant.save(update_fields=["state", "expires_at"])


def take_back(*, participant: Participant) -> None:
    """Hold the places of this participant's assignments again; where none is free stays surplus.

    For somebody whose exclusion was reversed, or who returns late. Released assignments hold none.
    Call it with the study locked.
    """
    study, definition = participant.study, _definition(participant)
    slots = _slots(study, participant)
    found = coverage.places(study, participant.country, definition.receivers)
    wanted = coverage.targets(definition, found)
    for row in participant.assignments.shown().order_by("position"):
        slot = _free_slot(slots[row.item_id], wanted[row.relation])
        row.slot, row.surplus = slot or 0, slot is None
        row.save(update_fields=["slot", "surplus"])


def _definition(participant: Participant) -> Definition:
    assert participant.instrument is not None
    return definition_of(participant.instrument)


def _look(
    participant: Participant, definition: Definition, found: Sequence[Place], now: datetime
) -> Seen:
    """Count everything the draw depends on."""
    frames = _company(participant, now).frames
    held: dict[int, int] = {}
    surplus: dict[int, int] = {}
    orders: dict[int, dict[str, int]] = defaultdict(dict)
    slots: dict[int, frozenset[int]] = {}
    for item, scenario, order, extra, people, taken in draw_statements.read_shown(participant):
        shown, counts = orders[scenario], surplus if extra else held
        shown[order] = shown.get(order, 0) + people
        counts[item] = counts.get(item, 0) + people
        if not extra:
            slots[item] = slots.get(item, frozenset()) | taken
    cells = coverage.cells(found, coverage.targets(definition, found), held, surplus)
    return Seen(cells, orders, frames, slots)


def _slots(study: Study, participant: Participant) -> dict[int, set[int]]:
    rows = (
        Assignment.objects.of(study, participant.cohort)
        .filter(country=participant.country)
        .exclude(participant=participant)
        .holding()
    )
    slots: dict[int, set[int]] = defaultdict(set)
    for item, slot in rows.values_list("item_id", "slot"):
        slots[item].add(slot or 0)
    return slots


def _free_slot(taken: Set[int], target: int) -> int | None:
    """The lowest free place of a cell, numbered from 1; None when all are held."""
    return next((slot for slot in range(1, target + 1) if slot not in taken), None)


def _rows(
    participant: Participant, definition: Definition, seen: Seen, seed: int
) -> list[Assignment]:
    drawn = draw(seen.cells, definition.mix, seed)
    asked = set(reason_positions(definition, seed))
    rows = []
    for position, one in enumerate(drawn, start=1):
        taken = seen.slots.get(one.cell.item, frozenset())
        slot = None if one.surplus else _free_slot(taken, one.cell.target)
        rows.append(
            Assignment(
                participant=participant,
                study_id=participant.study_id,
                cohort=participant.cohort,
                country=participant.country,
                item_id=one.cell.item,
                scenario_id=one.cell.scenario,
                relation=one.cell.relation,
                position=position,
                slot=slot or 0,
                surplus=slot is None,
                lease_expires=participant.expires_at,
                option_order=side_order(
                    definition, seen.orders.get(one.cell.scenario, {}), seed + position
                ),
                asks_reason=position in asked,
                why=_why(one, seed),
            )
        )
    rows[0].why |= {"seen": _snapshot(seen), "mix": dict(definition.mix)}
    return rows


def reason_positions(definition: Definition, seed: int) -> Sequence[int]:
    """The scenarios on which a reason is asked for: the places named, or spread and shifted by seed."""
    if definition.reason_positions:
        return definition.reason_positions
    step = definition.length / max(definition.reasons, 1)
    shift = seed % max(int(step), 1)
    return [1 + int(shift + n * step) for n in range(definition.reasons)]


def first_frame(definition: Definition, seen: Mapping[str, int], seed: int) -> str:
    """The frame a participant is asked first: fixed, or the one that fewer people had so far."""
    if definition.frame_order == "balanced":
        return fewest(seen, tuple(Frame), seed)
    return str(Frame.PERSONAL if definition.frame_order == "personal_first" else Frame.NORM)


def side_order(definition: Definition, seen: Mapping[str, int], seed: int) -> str:
    """Which action stands first: fixed, or in exact blocks over the showings of one scenario."""
    if definition.side_order == "balanced":
        return pick_order(seen, seed)
    return str(OptionOrder(definition.side_order))


def _why(one: Drawn, seed: int) -> dict[str, object]:
    return {
        "rule": RULE,
        "seed": seed,
        "held": one.cell.held,
        "smallest": one.smallest,
        "eligible": one.eligible,
        "target": one.cell.target,
    }


def _snapshot(seen: Seen) -> dict[str, object]:
    """The counts that are not zero; everything else a replay reads from the frozen release."""
    return {
        "held": {str(cell.item): cell.held for cell in seen.cells if cell.held},
        "surplus": {str(cell.item): cell.surplus for cell in seen.cells if cell.surplus},
        "orders": {str(scenario): dict(n) for scenario, n in seen.orders.items() if n},
        "frames": dict(seen.frames),
    }


@dataclass(frozen=True)
class Replayed:
    """What the stored counts and seed lead to."""

    items: list[int]
    orders: list[str]
    first_frame: str
    reasons: list[int]


def replay(participant: Participant) -> Replayed:
    """Draw again from what was stored; equal to the stored assignments if nothing was touched."""
    first, definition = participant.assignments.get(position=1), _definition(participant)
    seed, seen = first.why["seed"], first.why["seen"]
    drawn = draw(_cells_seen(participant, seen), first.why["mix"], seed, first.why["rule"])
    return Replayed(
        items=[one.cell.item for one in drawn],
        orders=[
            side_order(definition, seen["orders"].get(str(one.cell.scenario), {}), seed + position)
            for position, one in enumerate(drawn, start=1)
        ],
        first_frame=first_frame(definition, seen["frames"], seed),
        reasons=sorted(reason_positions(definition, seed)),
    )


def _cells_seen(participant: Participant, seen: Mapping[str, Mapping[str, int]]) -> list[Cell]:
    definition = _definition(participant)
    found = coverage.places(participant.study, participant.country, definition.receivers)
    wanted = coverage.targets(definition, found)
    held, surplus = (
        Counter({int(item): n for item, n in seen[name].items()}) for name in ("held", "surplus")
    )
    return coverage.cells(found, wanted, held, surplus)
