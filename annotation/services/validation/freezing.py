"""Freezing a protocol: the sample is drawn, the slots are made, and both are hashed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotation.models import (
    Annotator,
    Label,
    SampledItem,
    ScenarioVersion,
    Task,
    Validation,
)
from annotation.services import datasets
from annotation.services.validation import drafts
from annotation.services.validation.planning import (
    Slot,
    free_slots,
    loads,
    planned_slots,
)
from annotation.services.validation.protocol import Protocol, check
from annotation.services.validation.sampling import (
    Unit,
    allocate,
    draw,
    population_hash,
    strata_of,
)
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

GOLD_LABEL = "scenario__source_row__gold_label"
BATCH = 1000


@dataclass(frozen=True)
class Foreseen:
    """What freezing would do: sizes, allocation per stratum, and loads of the annotators."""

    population: int
    strata: list[tuple[str, int, int]]
    ratings: int
    loads: list[int]
    pairs: int
    without_preference: int

    @property
    def empty_strata(self) -> int:
        """How many strata are too small for a single item of the sample."""
        return sum(1 for _, _, drawn in self.strata if not drawn)

    @property
    def most(self) -> int:
        """The largest number of ratings that one annotator gives; 0 in a free pool."""
        return max(self.loads, default=0)


@dataclass(frozen=True)
class _Drawn:
    population: list[Unit]
    versions: dict[str, int]
    """Unit's key -> primary key of its scenario version."""
    sample: list[Unit]
    slots: list[Slot]


def foresee(validation: Validation) -> Foreseen:
    """What freezing this draft would do now; BadInput where it could not be done."""
    protocol = drafts.protocol_of(validation)
    drawn = _draw(validation, protocol)
    counts = strata_of(drawn.population)
    sizes = allocate(counts, len(drawn.sample))
    per_item = Counter(slot.item for slot in drawn.slots)
    annotators = protocol.plan.annotators
    return Foreseen(
        population=len(drawn.population),
        strata=[(name, count, sizes[name]) for name, count in counts.items()],
        ratings=sum(per_item.values()),
        loads=loads(drawn.slots),
        pairs=annotators * (annotators - 1) // 2,
        without_preference=_population(validation)
        .filter(personal_preference="", preference_action="")
        .count(),
    )


@transaction.atomic
def freeze(*, validation: Validation, actor: User | None = None) -> Validation:
    """Draw the sample, make every slot, hash all of it, and open the validation."""
    fresh = drafts.locked(validation)
    drafts.refuse_frozen(fresh)
    protocol = drafts.protocol_of(fresh)
    seats = list(fresh.annotators.filter(active=True))
    if len(seats) != protocol.plan.annotators:
        raise BadInput(
            "The seats do not match the plan.",
            column="annotators",
            found=len(seats),
            expected=str(protocol.plan.annotators),
        )
    drawn = _draw(fresh, protocol)
    items = _store_items(fresh, drawn)
    _store_tasks(items, seats, drawn.slots)
    fresh.population_size = len(drawn.population)
    fresh.population_hash = population_hash(drawn.population)
    fresh.strata = strata_of(drawn.population)
    fresh.protocol_hash = protocol.digest(
        population=fresh.population_hash,
        items=[(unit.key, unit.content_hash) for unit in drawn.sample],
    )
    fresh.frozen_at = timezone.now()
    fresh.state = Validation.State.OPEN
    fresh.save()
    audit.record(
        verb="validation.frozen",
        subject=drafts.subject(fresh),
        actor=actor,
        protocol=fresh.protocol_hash,
        population=fresh.population_hash,
        items=len(items),
        ratings=len(drawn.slots),
    )
    return fresh


@transaction.atomic
def unfreeze(*, validation: Validation, actor: User | None = None) -> Validation:
    """Back to a draft, as long as nobody has answered anything; refused from the first label on."""
    fresh = drafts.locked(validation)
    if fresh.state != Validation.State.OPEN:
        raise BadInput("Only an open validation can become a draft again.", found=fresh.state)
    if _answered(fresh):
        raise BadInput(
            f"{fresh.name} has answers already: its protocol stands.",
            expected="a new validation for another protocol",
        )
    fresh.items.all().delete()
    fresh.population_size = fresh.frozen_at = None
    fresh.population_hash = fresh.protocol_hash = ""
    fresh.strata = {}
    fresh.state = Validation.State.DRAFT
    fresh.save()
    audit.record(verb="validation.unfrozen", subject=drafts.subject(fresh), actor=actor)
    return fresh


@transaction.atomic
def close(*, validation: Validation, actor: User | None = None) -> Validation:
    """Take no more answers. What was submitted stands; drafts are not counted."""
    fresh = drafts.locked(validation)
    if fresh.state != Validation.State.OPEN:
        raise BadInput("Only an open validation can be closed.", found=fresh.state, expected="open")
    fresh.state = Validation.State.CLOSED
    fresh.closed_at = timezone.now()
    fresh.save()
    audit.record(verb="validation.closed", subject=drafts.subject(fresh), actor=actor)
    return fresh


def intact(validation: Validation) -> bool:
    """Whether protocol, sample and hash still belong together; False for changes behind our back."""
    items = validation.items.order_by("position").values_list("key", "version__content_hash")
    found = drafts.protocol_of(validation).digest(
        population=validation.population_hash, items=[(key, digest) for key, digest in items]
    )
    return found == validation.protocol_hash


def _answered(validation: Validation) -> bool:
    tasks = Task.objects.filter(item__validation=validation)
    touched = tasks.exclude(state__in=[Task.State.WAITING, Task.State.OPEN]).exists()
    return touched or Label.objects.filter(task__in=tasks).exists()


def _draw(validation: Validation, protocol: Protocol) -> _Drawn:
    check(protocol)
    versions = dict(population_units(validation, protocol.stratify_by))
    population = list(versions)
    if protocol.sample_size > len(population):
        raise BadInput(
            "The sample is larger than what there is to draw from.",
            column="sample_size",
            found=protocol.sample_size,
            expected=f"at most {len(population)}",
        )
    sample = draw(population, size=protocol.sample_size, seed=protocol.seed)
    by_key = {unit.key: version for unit, version in versions.items()}
    return _Drawn(population, by_key, sample, _slots(protocol, sample))


def _slots(protocol: Protocol, sample: Sequence[Unit]) -> list[Slot]:
    plan = protocol.plan
    if plan.mode == "free":
        return free_slots(items=len(sample), sharing=plan.sharing)
    return planned_slots(
        keys=[unit.key for unit in sample],
        annotators=plan.annotators,
        sharing=plan.sharing,
        seed=protocol.seed,
    )


def _population(validation: Validation) -> QuerySet[ScenarioVersion]:
    if validation.release is not None:
        return validation.release.versions.all()
    return datasets.current_versions(validation.dataset)


def population_units(
    validation: Validation, stratify_by: Sequence[str]
) -> Iterator[tuple[Unit, int]]:
    """The population with the versions' primary keys. A unit has its scenario's key, with the
    version's number where a release holds several versions of one scenario."""
    names = [GOLD_LABEL if name == "gold_label" else name for name in stratify_by]
    columns = ("pk", "scenario__key", "number", "content_hash", *names)
    rows = list(_population(validation).order_by("scenario__key", "number").values_list(*columns))
    versions = Counter(row[1] for row in rows)
    for pk, key, number, digest, *values in rows:
        stratum = "; ".join(
            f"{name}={value or 'none'}" for name, value in zip(stratify_by, values, strict=True)
        )
        yield Unit(key if versions[key] == 1 else f"{key}@{number}", digest, stratum), pk


def _store_items(validation: Validation, drawn: _Drawn) -> list[SampledItem]:
    return SampledItem.objects.bulk_create(
        [
            SampledItem(
                validation=validation,
                version_id=drawn.versions[unit.key],
                key=unit.key,
                position=position,
                stratum=unit.stratum,
            )
            for position, unit in enumerate(drawn.sample)
        ],
        batch_size=BATCH,
    )


def _store_tasks(
    items: Sequence[SampledItem], seats: Sequence[Annotator], slots: Sequence[Slot]
) -> None:
    Task.objects.bulk_create(
        [
            Task(
                item=items[slot.item],
                slot=slot.slot,
                repeat=slot.repeat,
                annotator=None if slot.annotator is None else seats[slot.annotator],
                position=slot.position,
            )
            for slot in slots
        ],
        batch_size=BATCH,
    )
