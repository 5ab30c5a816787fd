"""From source rows to scenarios, step after step: what is due, what came of it, what is stale.

A step names the step it built on. It is current while that one is, and while no newer try of its
own stands; otherwise it is stale and due again. Steps are added, never changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count

from annotation.models import Construction, Dataset, SourceRow, Step
from annotation.services.importers.material import material_of
from annotation.vocab.construction import StepName, in_order, motivation_of, steps_for
from annotation.vocab.countries import by_iso2
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

T = TypeVar("T")

QUERIED = 500
"""Keys named in one query."""

Verdict = Step.Verdict


@dataclass(frozen=True)
class Due:
    """A row that a step may be asked about now, and the step it builds on (None for the first)."""

    row: int
    after: int | None


@dataclass(frozen=True)
class Subject:
    """What a step is asked about: the source row's material and the texts written so far."""

    due: Due
    key: str
    content_hash: str
    country: str
    rule: str
    story: str
    gold_label: str
    motivation: str
    written: Mapping[str, str]


def begin(
    *,
    dataset: Dataset,
    name: str,
    endpoint: Mapping[str, Any],
    steps: Iterable[str] = (),
    simulated: bool = False,
    actor: User | None = None,
) -> Construction:
    """The dataset's construction of this name, made if new. BadInput where it was begun with
    another endpoint, or for a step that does not exist."""
    pipeline = _pipeline(dataset, steps)
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        found = dataset.constructions.filter(name=name).first()
        if found is None:
            made = Construction.objects.create(
                dataset=dataset,
                name=name,
                endpoint=dict(endpoint),
                options={"steps": list(pipeline)},
                simulated=simulated,
                created_by=actor,
            )
            audit.record(
                verb="construction.begun", subject=f"construction:{made.pk}", actor=actor, name=name
            )
            return made
    if found.endpoint != dict(endpoint):
        raise BadInput(
            f"Construction {name} was begun with another endpoint.",
            found=endpoint.get("name"),
            expected=f"{found.endpoint.get('name')}, or another name",
        )
    return found


def steps_of(construction: Construction) -> tuple[StepName, ...]:
    """The construction's pipeline."""
    return in_order(construction.options["steps"])


def due(
    construction: Construction,
    step: StepName,
    *,
    rows: Collection[int] | None = None,
    again: bool = False,
    invalid: bool = False,
) -> list[Due]:
    """The rows that the step is due for: those that the step before has kept and that this step
    has not seen in that form. `again` takes those that it has seen, too; `invalid` those of them
    whose newest try was invalid."""
    pipeline = steps_of(construction)
    if step not in pipeline:
        expected = ", ".join(pipeline)
        raise BadInput("This construction has no such step.", found=str(step), expected=expected)
    newest = newest_steps(construction, rows)
    before = pipeline[: pipeline.index(step)]
    found = []
    for pk in _row_keys(construction, rows):
        chain = current_chain(newest.get(pk, {}), before)
        if len(chain) < len(before) or (chain and chain[-1].verdict != Verdict.KEPT):
            continue
        after = chain[-1].pk if chain else None
        own = newest.get(pk, {}).get(step)
        retried = own is not None and invalid and own.verdict == Verdict.INVALID
        if again or retried or own is None or own.after_id != after:
            found.append(Due(pk, after))
    return found


def rows_named(dataset: Dataset, source_ids: Collection[str]) -> list[int]:
    """The keys of these source rows as they stand now; BadInput names one that is not there."""
    found = dict(
        SourceRow.objects.filter(dataset=dataset, scenario__isnull=False)
        .filter(source_id__in=source_ids)
        .values_list("source_id", "pk")
    )
    missing = [name for name in source_ids if name not in found]
    if missing:
        raise BadInput(f"Dataset {dataset.slug} has no such row.", found=missing[0])
    return [found[name] for name in source_ids]


def newest_steps(
    construction: Construction, rows: Collection[int] | None = None
) -> dict[int, dict[str, Step]]:
    """Row -> step name -> its newest try, without its texts."""
    steps = construction.steps.all()
    if rows is not None:
        steps = steps.filter(source_row__in=list(rows))
    light = steps.only("id", "source_row_id", "name", "attempt", "verdict", "reason_code",
                       "after_id", "construction_id", "flags").order_by("source_row_id", "attempt")  # fmt: skip
    return {
        row: {step.name: step for step in tries}
        for row, tries in groupby(light, key=attrgetter("source_row_id"))
    }


def current_chain(newest: Mapping[str, Step], pipeline: Iterable[str]) -> list[Step]:
    """The steps of a row that stand, in the pipeline's order, up to the first that does not."""
    chain: list[Step] = []
    for name in pipeline:
        step = newest.get(name)
        if step is None or step.after_id != (chain[-1].pk if chain else None):
            break
        chain.append(step)
        if step.verdict != Verdict.KEPT:
            break
    return chain


def subjects(construction: Construction, cells: Sequence[Due]) -> list[Subject]:
    """What these rows' prompts say, in the order given; BadInput for a row that is not there."""
    rows = _rows_by_pk(construction, [cell.row for cell in cells])
    written = steps_written(construction, [cell.row for cell in cells])
    missing = [cell.row for cell in cells if cell.row not in rows]
    if missing:
        raise BadInput("The dataset has no such source row.", found=missing[0])
    return [_subject(construction, rows[cell.row], cell, written) for cell in cells]


def mark_simulated(construction: Construction) -> None:
    """Say of the construction that no model stood behind it."""
    Construction.objects.filter(pk=construction.pk).update(simulated=True)


def counts(construction: Construction) -> dict[str, int]:
    """How many tries were recorded, by verdict."""
    found = construction.steps.order_by().values_list("verdict").annotate(n=Count("pk"))
    return dict(found)


def steps_written(
    construction: Construction, keys: Iterable[int]
) -> dict[int, tuple[int | None, dict[str, str]]]:
    """Step -> (the step it built on, its texts), over all tries of these rows."""
    found: dict[int, tuple[int | None, dict[str, str]]] = {}
    for batch in batches(dict.fromkeys(keys), QUERIED):
        steps = construction.steps.filter(source_row__in=batch)
        for pk, after, texts in steps.values_list("pk", "after_id", "output"):
            found[pk] = (after, texts)
    return found


def texts_before(
    after: int | None, written: Mapping[int, tuple[int | None, dict[str, str]]]
) -> dict[str, str]:
    """All texts of the chain of steps that ends in `after`."""
    texts: dict[str, str] = {}
    while after is not None:
        after, output = written[after]
        texts = {**output, **texts}
    return texts


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of `size`, the last perhaps shorter."""
    remaining = iter(values)
    while batch := list(islice(remaining, size)):
        yield batch


def _pipeline(dataset: Dataset, names: Iterable[str]) -> tuple[StepName, ...]:
    chosen = list(names)
    if not chosen:
        return steps_for(dataset.source_format)
    try:
        return in_order(chosen)
    except ValueError as error:
        raise BadInput(f"Unknown step: {error}.", expected=", ".join(StepName)) from None


def _row_keys(construction: Construction, rows: Collection[int] | None) -> list[int]:
    """Source rows that a scenario is made from now; rows that newer ones replaced are left out."""
    found = SourceRow.objects.filter(dataset=construction.dataset_id, scenario__isnull=False)
    if rows is not None:
        found = found.filter(pk__in=list(rows))
    return list(found.order_by("row_number", "pk").values_list("pk", flat=True).distinct())


def _rows_by_pk(construction: Construction, keys: Iterable[int]) -> dict[int, SourceRow]:
    found = {}
    for batch in batches(dict.fromkeys(keys), QUERIED):
        rows = SourceRow.objects.filter(dataset=construction.dataset_id, pk__in=batch)
        found.update({row.pk: row for row in rows})
    return found


def _subject(
    construction: Construction,
    row: SourceRow,
    cell: Due,
    written: Mapping[int, tuple[int | None, Any]],
) -> Subject:
    material = material_of(construction.dataset.source_format, row.cells, row.gold_label)
    return Subject(
        due=cell,
        key=row.source_id,
        content_hash=row.content_hash,
        country=by_iso2(row.country).name,
        rule=material.rule,
        story=material.story,
        gold_label=row.gold_label,
        motivation=motivation_of(row.row_number),
        written=texts_before(cell.after, written),
    )
