"""Scenarios from source files into a dataset, with versions and provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from django.db import transaction

from annotation.models import Dataset, Scenario, ScenarioVersion, SourceRow
from annotation.services import datasets
from annotation.services.importers import FORMATS, Draft, Entry, Importer, Wording
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

CHUNK = 500

Watch = Callable[[Iterable[Entry], str, int | None], Iterable[Entry]]
"""Passes entries through and may show how far they are: (entries, what is done, total if known)."""


def unwatched(entries: Iterable[Entry], doing: str, total: int | None) -> Iterable[Entry]:
    """Nobody looks on."""
    return entries


@dataclass
class Stored:
    """What a write added: scenarios, further versions of known ones, and rows already there."""

    added: int = 0
    revised: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class ImportReport:
    """What an import read, kept and left out; `version` is that of the source, if it has one."""

    dataset: str
    file: str
    version: str
    licence: str
    read: int
    skipped: Mapping[str, int]
    labels: Mapping[str, int]
    countries: int
    stored: Stored
    notes: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def kept(self) -> int:
        """Rows that were not left out."""
        return self.read - sum(self.skipped.values())

    def lines(self) -> Iterator[str]:
        """The report for a terminal, a fact a line."""
        yield f"{self.file} -> dataset {self.dataset}" + (
            f", {self.version}" if self.version else ""
        )
        yield f"licence: {self.licence}"
        yield f"read: {self.read}"
        labels = ", ".join(f"{name} {n}" for name, n in sorted(self.labels.items()) if name)
        yield f"kept: {self.kept}" + (f" ({labels})" if labels else "")
        for reason, count in sorted(self.skipped.items()):
            yield f"skipped: {count} ({reason})"
        yield f"countries: {self.countries}"
        yield f"new: {self.stored.added}, new versions: {self.stored.revised}, " + (
            f"unchanged: {self.stored.unchanged}"
        )
        yield from self.notes
        if self.dry_run:
            yield "Dry run: nothing was written."


@dataclass
class _Tally:
    read: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    countries: set[str] = field(default_factory=set)

    def count(self, entry: Entry) -> None:
        self.read += 1
        if isinstance(entry, Draft):
            self.labels[entry.gold_label] += 1
            self.countries.add(entry.wording.country)
        else:
            self.skipped[entry.reason] += 1


def import_scenarios(
    *,
    path: Path,
    source_format: str,
    dataset_slug: str,
    include_neutral: bool = False,
    licence: str = "",
    dry_run: bool = False,
    actor: User | None = None,
    watch: Watch = unwatched,
) -> ImportReport:
    """Read a source file into a dataset, made if new; the same file again adds nothing.

    The file is read twice: once to the end to check every row, then to write, in one transaction;
    so memory does not grow with the file and nothing is half-written. Raises BadInput.
    """
    checked = _importer(source_format, include_neutral)
    tally = _Tally()
    for entry in watch(checked.read(path), "checking", None):
        tally.count(entry)
    facts = checked.facts()
    entries = watch(_importer(source_format, include_neutral).read(path), "writing", tally.read)
    with transaction.atomic():
        dataset = datasets.for_import(
            slug=dataset_slug, source_format=source_format, facts=facts, licence=licence
        )
        drafts = (entry for entry in entries if isinstance(entry, Draft))
        stored = store_drafts(dataset=dataset, drafts=drafts, actor=actor)
        report = _report(path, dataset, tally, stored, facts.notes, dry_run)
        audit.record(
            verb="scenarios.imported",
            subject=f"dataset:{dataset.slug}",
            actor=actor,
            **(asdict(report) | {"kept": report.kept}),
        )
        transaction.set_rollback(dry_run)
    return report


def _report(
    path: Path,
    dataset: Dataset,
    tally: _Tally,
    stored: Stored,
    notes: tuple[str, ...],
    dry_run: bool,
) -> ImportReport:
    return ImportReport(
        dataset=dataset.slug,
        file=path.name,
        version=dataset.source_version,
        licence=dataset.licence,
        read=tally.read,
        skipped=dict(tally.skipped),
        labels=dict(tally.labels),
        countries=len(tally.countries),
        stored=stored,
        notes=notes,
        dry_run=dry_run,
    )


def _importer(source_format: str, include_neutral: bool) -> Importer:
    try:
        return FORMATS[source_format](include_neutral=include_neutral)
    except KeyError:
        raise BadInput(
            "Unknown format.", found=source_format, expected="one of " + ", ".join(FORMATS)
        ) from None


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
        **asdict(wording),
    )
