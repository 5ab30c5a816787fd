"""What a finished run of a construction step brought: tries recorded once, scenarios written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count

from annotation.models import Construction, Scenario, Step
from annotation.services import editing
from annotation.services.construction import Due, batches, steps_of, steps_written, texts_before
from annotation.services.importers import Wording
from annotation.vocab.construction import StepName
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

BATCH = 200
"""Rows recorded in one transaction."""


@dataclass(frozen=True)
class Result:
    """What one step brought for one row, ready to be recorded."""

    due: Due
    prompt_version: str
    model: str
    verdict: str
    reason_code: str
    output: Mapping[str, str]
    flags: Sequence[Mapping[str, Any]]
    cell_key: str


@dataclass
class Recorded:
    """What a recording added. `passed_over` counts versions by people that newer ones now follow;
    `known` counts results that were recorded before."""

    kept: int = 0
    rejected: int = 0
    invalid: int = 0
    versions: int = 0
    passed_over: int = 0
    known: int = 0


def record(
    *,
    construction: Construction,
    step: StepName,
    results: Iterable[Result],
    run_id: str,
    actor: User | None = None,
) -> Recorded:
    """Add what a run brought; results that are there already add nothing. The last step of the
    pipeline, where kept, becomes a version of the row's scenario."""
    told = Recorded()
    for batch in batches(results, BATCH):
        with transaction.atomic():
            Construction.objects.select_for_update().get(pk=construction.pk)
            _record_batch(construction, step, batch, run_id, actor, told)
    audit.record(
        verb="construction.recorded",
        subject=f"construction:{construction.pk}",
        actor=actor,
        step=str(step),
        run=run_id,
        **vars(told),
    )
    return told


def _record_batch(
    construction: Construction,
    step: StepName,
    batch: Sequence[Result],
    run_id: str,
    actor: User | None,
    told: Recorded,
) -> None:
    keys = [result.due.row for result in batch]
    tries = construction.steps.filter(name=step, source_row__in=keys)
    known = set(tries.filter(run_id=run_id).values_list("cell_key", flat=True))
    attempts = dict(tries.order_by().values_list("source_row").annotate(n=Count("pk")))
    fresh = [result for result in batch if result.cell_key not in known]
    told.known += len(batch) - len(fresh)
    made = Step.objects.bulk_create(
        _step(construction, step, result, attempts.get(result.due.row, 0) + 1, run_id)
        for result in fresh
    )
    for one in made:
        setattr(told, one.verdict, getattr(told, one.verdict) + 1)
    if step == steps_of(construction)[-1]:
        _write_versions(construction, [one for one in made if one.verdict == Step.Verdict.KEPT],
                        actor, told)  # fmt: skip


def _step(
    construction: Construction, name: StepName, result: Result, attempt: int, run_id: str
) -> Step:
    return Step(
        construction=construction,
        source_row_id=result.due.row,
        name=name,
        attempt=attempt,
        prompt_version=result.prompt_version,
        model=result.model,
        verdict=result.verdict,
        reason_code=result.reason_code,
        output=dict(result.output),
        flags=[dict(flag) for flag in result.flags],
        after_id=result.due.after,
        run_id=run_id,
        cell_key=result.cell_key,
    )


def _write_versions(
    construction: Construction, steps: Sequence[Step], actor: User | None, told: Recorded
) -> None:
    keys = [step.source_row_id for step in steps]
    written = steps_written(construction, keys)
    scenarios = {
        scenario.source_row_id: scenario
        for scenario in Scenario.objects.filter(source_row__in=keys)
    }
    for step in steps:
        scenario = scenarios.get(step.source_row_id)
        if scenario is None:
            continue  # a newer source row has come in since the question was put
        texts = {**texts_before(step.after_id, written), **step.output}
        done = editing.write_constructed(
            scenario=scenario,
            wording=_wording(scenario, texts),
            note=f"Construction {construction.name}, try {step.attempt}.",
            actor=actor,
        )
        step.version = done.version
        told.versions += done.is_new
        told.passed_over += done.edited is not None
    Step.objects.bulk_update(steps, ["version"])


def _wording(scenario: Scenario, texts: Mapping[str, str]) -> Wording:
    """The wording as it was imported last, with every text that the steps have written."""
    first = scenario.versions.filter(origin=editing.Origin.IMPORT).order_by("-number").first()
    if first is None:
        raise BadInput(f"Scenario {scenario.key} has no imported version.")
    columns = editing.wording_of(first).columns()
    return Wording(**columns | {name: text for name, text in texts.items() if name in columns})
