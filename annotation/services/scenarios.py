"""Scenarios in a dataset: written with their source rows, and with versions instead of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from annotation.models import Dataset, Scenario, ScenarioVersion, SourceRow
from annotation.services.importers import Draft, Wording
from pact_site.base.models import User

CHUNK = 500


@dataclass
class Stored:
    """What a write added: scenarios, further versions of known ones, and rows already there."""

    added: int = 0
    revised: int = 0
    unchanged: int = 0


def store_drafts(*, dataset: Dataset, drafts: Iterable[Draft], actor: User | None = None) -> Stored:
    """Write drafts chunk by chunk; call it inside a transaction.

    A scenario gets a further version where its source row and its wording have both changed since
    it was last imported. So the same rows again add nothing, also after people have edited.
    """
    stored = Stored()
    remaining = iter(drafts)
    while chunk := list(islice(remaining, CHUNK)):
        _store_chunk(dataset, chunk, actor, stored)
    return stored


def _store_chunk(dataset: Dataset, chunk: list[Draft], actor: User | None, stored: Stored) -> None:
    rows = _source_rows(dataset, chunk)
    known = {
        scenario.key: scenario
        for scenario in dataset.scenarios.filter(key__in=[draft.key for draft in chunk])
    }
    fresh = [draft for draft in chunk if draft.key not in known]
    changed = [
        draft
        for draft in chunk
        if draft.key in known and known[draft.key].source_row_id != rows[draft.source_id].pk
    ]
    _add_scenarios(dataset, fresh, rows, actor)
    revised = _revise(changed, known, rows, actor)
    stored.added += len(fresh)
    stored.revised += revised
    stored.unchanged += len(chunk) - len(fresh) - revised


def _source_rows(dataset: Dataset, chunk: list[Draft]) -> dict[str, SourceRow]:
    """The stored source row of each draft by source id, made where this content is new."""
    ids = [draft.source_id for draft in chunk]
    known = {
        (row.source_id, row.content_hash): row for row in dataset.rows.filter(source_id__in=ids)
    }
    new = [
        SourceRow(
            dataset=dataset,
            source_id=draft.source_id,
            content_hash=draft.digest,
            file_name=draft.file_name,
            row_number=draft.row_number,
            country=draft.wording.country,
            gold_label=draft.gold_label,
            cells=dict(draft.cells),
        )
        for draft in chunk
        if (draft.source_id, draft.digest) not in known
    ]
    known |= {(row.source_id, row.content_hash): row for row in SourceRow.objects.bulk_create(new)}
    return {draft.source_id: known[draft.source_id, draft.digest] for draft in chunk}


def _add_scenarios(
    dataset: Dataset, fresh: list[Draft], rows: Mapping[str, SourceRow], actor: User | None
) -> None:
    scenarios = Scenario.objects.bulk_create(
        Scenario(dataset=dataset, key=draft.key, source_row=rows[draft.source_id])
        for draft in fresh
    )
    ScenarioVersion.objects.bulk_create(
        _version(scenario, 1, draft.wording, actor)
        for scenario, draft in zip(scenarios, fresh, strict=True)
    )


def _revise(
    changed: list[Draft],
    known: Mapping[str, Scenario],
    rows: Mapping[str, SourceRow],
    actor: User | None,
) -> int:
    """Point scenarios at their new source rows; returns how many got a new version for it."""
    for draft in changed:
        known[draft.key].source_row = rows[draft.source_id]
    scenarios = [known[draft.key] for draft in changed]
    Scenario.objects.bulk_update(scenarios, ["source_row"])
    latest = {
        version.scenario_id: version
        for version in ScenarioVersion.objects.filter(scenario__in=scenarios).order_by("number")
    }
    versions = [
        _version(scenario, latest[scenario.pk].number + 1, draft.wording, actor)
        for scenario, draft in zip(scenarios, changed, strict=True)
        if latest[scenario.pk].content_hash != draft.wording.digest
    ]
    ScenarioVersion.objects.bulk_create(versions)
    return len(versions)


def _version(
    scenario: Scenario, number: int, wording: Wording, actor: User | None
) -> ScenarioVersion:
    return ScenarioVersion(
        scenario=scenario,
        number=number,
        content_hash=wording.digest,
        created_by=actor,
        **wording.columns(),
    )
