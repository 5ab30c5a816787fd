"""Importing a file of scenarios: check and stage all of it, then write it in one transaction."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol, TypeVar

from django.conf import settings
from django.db import transaction

from annotation.models import Dataset
from annotation.services import datasets
from annotation.services.importers import FORMATS, Draft, Entry, Importer, note_of
from annotation.services.scenarios import Stored, store_drafts
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.mojibake import is_damaged
from pact_site.base.services import audit

T = TypeVar("T")

CULTUREATLAS = "cultureatlas"

STAGED_IN_MEMORY = 16_000_000
"""Bytes of staged rows above which they wait on disk."""


class Watch(Protocol):
    """Passes rows through and may show how far they are."""

    def __call__(self, rows: Iterable[T], doing: str, total: int | None) -> Iterable[T]:
        """The same rows; `total` is their number where it is known."""


def unwatched(rows: Iterable[T], doing: str, total: int | None) -> Iterable[T]:
    """Nobody looks on."""
    return rows


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
    damaged: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        return self.labels.total()

    def count(self, entry: Entry) -> None:
        self.read += 1
        if isinstance(entry, Draft):
            self.labels[entry.gold_label] += 1
            self.countries.add(entry.wording.country)
            columns = [name for name, text in entry.cells.items() if is_damaged(text)]
            self.damaged += [f"row {entry.row_number}, {', '.join(columns)}"] if columns else []
        else:
            self.skipped[entry.reason] += 1

    def notes(self) -> tuple[str, ...]:
        """What is to be said of the rows' texts."""
        if not self.damaged:
            return ()
        saved = "to have been saved in a wrong encoding before"
        return (note_of(self.damaged, f"seems {saved}", f"seem {saved}"),)


def import_scenarios(
    *,
    path: Path,
    source_format: str,
    dataset_slug: str,
    include_neutral: bool = False,
    negatives: bool = False,
    licence: str = "",
    dry_run: bool = False,
    actor: User | None = None,
    watch: Watch = unwatched,
) -> ImportReport:
    """Read a source file into a dataset, made if new; the same file again adds nothing.

    Every row is checked and staged before the transaction begins: a bad one leaves nothing behind,
    and the database is not kept waiting while a file is read. Raises BadInput.
    """
    importer = _importer(source_format, include_neutral, negatives)
    with SpooledTemporaryFile(max_size=STAGED_IN_MEMORY, dir=str(scratch_folder())) as stage:
        tally = _stage(watch(importer.read(path), "checking", None), stage)
        facts, drafts = importer.facts(), watch(_staged(stage), "writing", tally.kept)
        with transaction.atomic():
            dataset = datasets.for_import(
                slug=dataset_slug, source_format=source_format, facts=facts, licence=licence
            )
            stored = store_drafts(dataset=dataset, drafts=drafts, actor=actor)
            notes = (*facts.notes, *tally.notes())
            report = _report(path, dataset, tally, stored, notes, dry_run)
            audit.record(
                verb="scenarios.imported",
                subject=f"dataset:{dataset.slug}",
                actor=actor,
                **(asdict(report) | {"kept": report.kept}),
            )
            transaction.set_rollback(dry_run)
    return report


def scratch_folder() -> Path:
    """Where files wait while they are imported."""
    folder: Path = settings.PACT_HOME / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _stage(entries: Iterable[Entry], stage: IO[bytes]) -> _Tally:
    tally = _Tally()
    for entry in entries:
        tally.count(entry)
        if isinstance(entry, Draft):
            pickle.dump(entry, stage)
    return tally


def _staged(stage: IO[bytes]) -> Iterator[Draft]:
    end = stage.tell()
    stage.seek(0)
    while stage.tell() < end:
        yield pickle.load(stage)  # noqa: S301 - what `_stage` wrote a moment ago


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


def _importer(source_format: str, include_neutral: bool, negatives: bool) -> Importer:
    if source_format not in FORMATS:
        raise BadInput(
            "Unknown format.", found=source_format, expected="one of " + ", ".join(FORMATS)
        )
    if negatives and source_format != CULTUREATLAS:
        raise datasets.BadArgument(
            "Only CultureAtlas has a file of negatives.",
            found=source_format,
            expected=CULTUREATLAS,
            argument="negatives",
        )
    return FORMATS[source_format](include_neutral=include_neutral, negatives=negatives)
