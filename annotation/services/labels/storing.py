"""Writing the ratings of a file: what is there already stays, what contradicts it is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Max

from annotation.models import (
    Annotator,
    Label,
    SampledItem,
    ScenarioVersion,
    Task,
    Validation,
)
from annotation.services import datasets
from annotation.services.labels.reading import LabelFile, Rating
from pact_site.base.errors import BadInput

BATCH: Final = 1000
State = Task.State


@dataclass
class Stored:
    """How many labels were new, and how many stood there already."""

    added: int = 0
    unchanged: int = 0


@dataclass
class _Room:
    """The rows of a validation by the names that files use."""

    validation: Validation
    file: LabelFile
    items: dict[str, int]
    seats: dict[str, Annotator]
    tasks: dict[tuple[str, str, int], Task]
    labels: dict[tuple[int, str], tuple[str, str]]
    criteria: dict[str, int]
    fresh: list[tuple[Task, Rating]] = field(default_factory=list)
    filled: list[tuple[Task, Rating]] = field(default_factory=list)

    @property
    def is_imported(self) -> bool:
        """Whether items, annotators and ratings come from files alone."""
        return bool(self.validation.plan.get("mode") == "imported")

    def bad(self, row: int, column: str, message: str, found: object, expected: str) -> BadInput:
        return BadInput(message, self.file.name, row, column, found, expected)


def store(*, validation: Validation, file: LabelFile) -> Stored:
    """Write what is new; call it inside a transaction that holds the validation's row.

    Raises BadInput for an item or annotator that does not belong there, and for a label that
    differs from the stored one: a file never changes what somebody said.
    """
    room = _enter(validation, file)
    _add_items(room)
    _add_seats(room)
    stored = Stored()
    missing: list[Label] = []
    for rating in file.ratings.values():
        task = room.tasks.get(rating.key)
        if task is not None and task.state == State.SUBMITTED:
            missing += _compared(room, task, rating, stored)
        else:
            _place(room, task, rating)
    _write(room, missing, stored)
    return stored


def _enter(validation: Validation, file: LabelFile) -> _Room:
    tasks = Task.objects.filter(item__validation=validation, annotator__isnull=False)
    named = tasks.select_related("item", "annotator")
    labels = Label.objects.filter(task__item__validation=validation)
    return _Room(
        validation=validation,
        file=file,
        items=dict(validation.items.values_list("key", "pk")),
        seats={seat.pseudonym: seat for seat in validation.annotators.all()},
        tasks={
            (task.item.key, task.annotator.pseudonym, task.repeat): task
            for task in named
            if task.annotator is not None
        },
        labels={
            (task, code): (value, reason)
            for task, code, value, reason in labels.values_list(
                "task_id", "criterion__code", "value", "reason"
            )
        },
        criteria=dict(validation.criteria.values_list("code", "pk")),
    )


def _add_items(room: _Room) -> None:
    """Items that are not there yet, in the file's order, tied to their scenarios."""
    first: dict[str, int] = {}
    for rating in room.file.ratings.values():
        if rating.item not in room.items:
            first.setdefault(rating.item, rating.row)
    if not first:
        return
    if not room.is_imported:
        item, row = next(iter(first.items()))
        raise room.bad(row, "item", "The item is not in the sample.", item, "an item of the sample")
    versions = _versions(room, first)
    position = len(room.items)
    made = SampledItem.objects.bulk_create(
        [
            SampledItem(
                validation=room.validation,
                key=key,
                version_id=versions.get(key),
                position=position + place,
            )
            for place, key in enumerate(first)
        ],
        batch_size=BATCH,
    )
    room.items |= {item.key: item.pk for item in made}
    room.validation.sample_size = len(room.items)
    room.validation.save(update_fields=["sample_size"])


def _versions(room: _Room, first: dict[str, int]) -> dict[str, int]:
    """The newest version of each item's scenario, or the one that `key@number` names."""
    dataset = room.validation.dataset
    if dataset.source_format == datasets.LABELS_ONLY:
        return {}
    rows = ScenarioVersion.objects.filter(scenario__dataset=dataset).order_by("number")
    newest: dict[str, int] = {}
    exact: dict[str, int] = {}
    for pk, key, number in rows.values_list("pk", "scenario__key", "number"):
        newest[key] = exact[f"{key}@{number}"] = pk
    found = exact | newest
    for key, row in first.items():
        if key not in found:
            expected = f"the key of a scenario of {dataset.slug}"
            raise room.bad(row, "item", "The dataset has no such scenario.", key, expected)
    return {key: found[key] for key in first}


def _add_seats(room: _Room) -> None:
    new: dict[str, int] = {}
    for rating in room.file.ratings.values():
        if rating.annotator not in room.seats:
            new.setdefault(rating.annotator, rating.row)
    if new and not room.is_imported:
        name, row = next(iter(new.items()))
        expected = ", ".join(room.seats) or "an annotator of this validation"
        raise room.bad(row, "annotator", "Nobody here has this pseudonym.", name, expected)
    made = Annotator.objects.bulk_create(
        [Annotator(validation=room.validation, pseudonym=name) for name in new], batch_size=BATCH
    )
    room.seats |= {seat.pseudonym: seat for seat in made}


def _compared(room: _Room, task: Task, rating: Rating, stored: Stored) -> list[Label]:
    """Labels the stored rating lacks; BadInput where it says something else."""
    missing = []
    for code, said in rating.labels.items():
        known = room.labels.get((task.pk, code))
        if known is None:
            missing.append(_label(room, task, code, rating))
            continue
        value, reason = known
        if value != said.value:
            message = "Another label is stored; a file never changes what somebody said."
            raise room.bad(said.row, "value", message, said.value, value)
        if said.reason and said.reason != reason:
            message = "Another reason is stored; a file never changes what somebody said."
            raise room.bad(said.row, "reason", message, said.reason, reason or "no reason")
        stored.unchanged += 1
    return missing


def _place(room: _Room, task: Task | None, rating: Rating) -> None:
    """Find the slot of a rating that is not stored yet: a new one, or one that the plan made."""
    if room.is_imported:
        room.fresh.append((Task(), rating))
        return
    if task is None:
        message = "The plan has no place for this rating."
        raise room.bad(rating.row, "annotator", message, rating.annotator, "a planned rating")
    seat = room.seats[rating.annotator]
    if room.validation.state != Validation.State.OPEN or seat.user_id is not None:
        message = "This annotator answers on the pages, or the validation is closed."
        expected = "a seat without an account, in an open validation"
        raise room.bad(rating.row, "annotator", message, rating.annotator, expected)
    lacking = [code for code in room.criteria if code not in rating.labels]
    if lacking:
        message = "The rating lacks a criterion."
        raise room.bad(rating.row, "criterion", message, None, lacking[0])
    room.filled.append((task, rating))


def _write(room: _Room, missing: list[Label], stored: Stored) -> None:
    slots = _next_slots(room)
    places = Counter(dict(_counted(room)))
    for task, rating in room.fresh:
        seat = room.seats[rating.annotator]
        task.item_id = room.items[rating.item]
        task.annotator = seat
        task.repeat = rating.repeat
        task.slot = slots[task.item_id]
        task.position = places[seat.pk]
        slots[task.item_id] += 1
        places[seat.pk] += 1
        _settle(task, rating)
    for task, rating in room.filled:
        _settle(task, rating)
    Task.objects.bulk_create([task for task, _ in room.fresh], batch_size=BATCH)
    Task.objects.bulk_update([task for task, _ in room.filled], list(_SETTLED), batch_size=BATCH)
    labels = missing + [
        _label(room, task, code, rating)
        for task, rating in (*room.fresh, *room.filled)
        for code in rating.labels
    ]
    Label.objects.bulk_create(labels, batch_size=BATCH)
    stored.added = len(labels)


_SETTLED: Final = (
    "state",
    "note",
    "flagged",
    "seconds",
    "revision",
    "submitted_at",
    "draft",
    "lease_expires",
    "skip_reason",
)


def _settle(task: Task, rating: Rating) -> None:
    facts: dict[str, Any] = rating.facts
    task.state = State.SUBMITTED
    task.note = facts.get("note", "")
    task.flagged = facts.get("flagged", False)
    task.seconds = facts.get("seconds")
    task.revision = facts.get("revision", 1)
    task.submitted_at = facts.get("submitted_at")
    task.draft, task.lease_expires, task.skip_reason = {}, None, ""


def _label(room: _Room, task: Task, code: str, rating: Rating) -> Label:
    said = rating.labels[code]
    return Label(task=task, criterion_id=room.criteria[code], value=said.value, reason=said.reason)


def _next_slots(room: _Room) -> Counter[int]:
    """The first free slot of each item."""
    taken = room.validation.items.annotate(last=Max("tasks__slot")).values_list("pk", "last")
    return Counter({pk: 0 if last is None else last + 1 for pk, last in taken})


def _counted(room: _Room) -> list[tuple[int, int]]:
    """How many tasks each annotator has."""
    counted = room.validation.annotators.annotate(n=Count("tasks")).values_list("pk", "n")
    return list(counted)
