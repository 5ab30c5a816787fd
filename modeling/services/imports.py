"""Model answers made elsewhere: PACT prediction files become runs, one for each model tag.

Files are read to the end and checked before anything is stored; shards and rows then appear
together or not at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from annotation.models import Release
from modeling import shards
from modeling.models import Chunk, Run, new_run_id
from modeling.services import manifests
from modeling.services.designs import stable_hash
from modeling.services.items import items_of
from modeling.services.prediction_rows import Answered, Reader, read_rows
from pact_site.base.errors import BadInput
from pact_site.base.models import State, User
from pact_site.base.services import audit

SHARD_ROWS: Final = 50_000


@dataclass
class Tagged:
    """What one file says of one model: tables of answers, with counts."""

    tag: str
    file: str
    content_hash: str
    tables: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    valid: int = 0
    invalid: int = 0
    repeated: int = 0

    @property
    def answers(self) -> int:
        """Two for each row of the file, one a frame."""
        return self.valid + self.invalid


@dataclass(frozen=True)
class Imported:
    """One model's outcome: the run, what came in now, and whether it was all there before."""

    run: Run
    parts: tuple[Tagged, ...]
    unchanged: bool


def import_predictions(
    *, files: Sequence[Path], release: Release, study_slug: str, actor: User | None = None
) -> list[Imported]:
    """Read prediction files into runs of this study; BadInput names file, row and column.

    A file whose answers are stored already changes nothing. Further answers of a known model are
    added to its run; other answers to cells it has already answered are refused.
    """
    _refuse_repeated_files(files)
    reader = Reader(items_of(release))
    staged: dict[str, list[Tagged]] = {}
    for path in files:
        for part in _stage(path, reader):
            staged.setdefault(part.tag, []).append(part)
    known = {run.label: run for run in Run.objects.filter(study_slug=study_slug, release=release)}
    plans = [_Plan(tag, parts, known.get(tag)) for tag, parts in staged.items()]
    for plan in plans:
        plan.check()
    return _store(plans, release, study_slug, actor)


def _refuse_repeated_files(files: Sequence[Path]) -> None:
    names = Counter(path.resolve() for path in files)
    for path, times in names.items():
        if times > 1:
            raise BadInput("The file is named more than once.", file=path.name)


def _stage(path: Path, reader: Reader) -> list[Tagged]:
    """All models of one file, their answers as tables of at most SHARD_ROWS."""
    waiting: dict[str, list[dict[str, object]]] = {}
    parts: dict[str, Tagged] = {}
    digests: dict[str, hashlib._Hash] = {}
    reader.begin_file()
    for answered in reader.answers(read_rows(path)):
        tag = answered.tag
        part = parts.setdefault(tag, Tagged(tag, path.name, ""))
        buffer = waiting.setdefault(tag, [])
        _count(part, answered)
        for row in answered.rows:
            buffer.append(row)
            digest = digests.setdefault(tag, hashlib.sha256())
            told = (row["cell_key"], row["choice"], row["q"], row["invalid_reason"])
            digest.update(repr(told).encode())
        if len(buffer) >= SHARD_ROWS:
            part.tables.append(shards.table_of(buffer))
            buffer.clear()
    for tag, buffer in waiting.items():
        if buffer:
            parts[tag].tables.append(shards.table_of(buffer))
        parts[tag].content_hash = digests[tag].hexdigest()
    return list(parts.values())


def _count(part: Tagged, answered: Answered) -> None:
    part.rows += 1
    part.repeated += answered.repeated
    part.valid += sum(row["choice"] is not None for row in answered.rows)
    part.invalid += sum(row["choice"] is None for row in answered.rows)


@dataclass
class _Plan:
    """What to do about one model: nothing, a new run, or further chunks of the one there is."""

    tag: str
    parts: list[Tagged]
    run: Run | None

    def check(self) -> None:
        """Leave only parts that are new; BadInput where they contradict what is stored."""
        if self.run is None:
            return
        if not self.run.imported:
            raise BadInput("A run asked here has this label already.", found=self.tag)
        hashes = {part["content_hash"] for part in self.run.manifest["import"]["parts"]}
        self.parts = [part for part in self.parts if part.content_hash not in hashes]
        taken = set(self._stored_keys()) if self.parts else set()
        for part in self.parts:
            if any(not taken.isdisjoint(keys) for keys in _keys(part.tables)):
                raise BadInput(
                    f"Answers of {self.tag} to some of these cells are stored already, and the "
                    "file does not hold the same. Give the model another model_tag, or delete "
                    "its run first.",
                    file=part.file,
                )

    def _stored_keys(self) -> Iterator[str]:
        assert self.run is not None
        for key in self.run.chunks.exclude(shard="").values_list("shard", flat=True):
            yield from shards.read(key, ["cell_key"])["cell_key"].to_pylist()


def _keys(tables: Iterable[pa.Table]) -> Iterator[list[str]]:
    for table in tables:
        yield table["cell_key"].to_pylist()


def _store(
    plans: list[_Plan], release: Release, study_slug: str, actor: User | None
) -> list[Imported]:
    """Write shards first, rows second in one transaction; on any fault the shards go again."""
    written: list[str] = []
    try:
        prepared = [_prepare(plan, release, study_slug, actor, written) for plan in plans]
        with transaction.atomic():
            return [_save(plan, run, chunks) for plan, run, chunks in prepared]
    except BaseException:
        for key in written:
            shards.remove(key)
        raise


def _prepare(
    plan: _Plan, release: Release, study_slug: str, actor: User | None, written: list[str]
) -> tuple[_Plan, Run, list[Chunk]]:
    now = timezone.now()
    run = plan.run or Run(
        public_id=new_run_id(),
        label=plan.tag,
        study_slug=study_slug,
        dataset_slug=release.dataset.slug,
        release=release,
        state=Run.State.DONE,
        endpoint={"name": "import", "kind": "import", "model": plan.tag},
        design={"kind": "imported"},
        imported=True,
        manifest={"code": manifests.code_version(), "import": {"parts": []}},
        started_at=now,
        created_by=actor,
    )
    chunks: list[Chunk] = []
    number, start = (run.chunks.count(), run.cells) if run.pk else (0, 0)
    for table in (table for part in plan.parts for table in part.tables):
        chunk = _chunk(run, number, start, table)
        written.append(chunk.shard)
        chunks.append(chunk)
        number, start = number + 1, chunk.stop
    return plan, run, chunks


def _chunk(run: Run, number: int, start: int, table: pa.Table) -> Chunk:
    table = table.set_column(1, shards.SCHEMA.field("run"), pa.array([run.public_id] * len(table)))
    shard = shards.write(shards.fresh_key(run.public_id, number, 1), table)
    invalid = table["choice"].null_count
    now = timezone.now()
    return Chunk(
        number=number, start=start, stop=start + len(table), state=State.DONE, attempts=1,
        shard=shard.key, checksum=shard.checksum, rows=shard.rows,
        valid=shard.rows - invalid, invalid=invalid, started_at=now, finished_at=now,
    )  # fmt: skip


def _save(plan: _Plan, run: Run, chunks: list[Chunk]) -> Imported:
    if not plan.parts:
        return Imported(run, (), unchanged=True)
    run.cells += sum(chunk.rows for chunk in chunks)
    run.manifest["import"]["parts"] += [_described(part) for part in plan.parts]
    hashes = [part["content_hash"] for part in run.manifest["import"]["parts"]]
    run.plan_hash = stable_hash([run.label, *hashes])
    run.finished_at = timezone.now()
    run.save()
    for chunk in chunks:
        chunk.run = run
    Chunk.objects.bulk_create(chunks)
    run.manifest = manifests.with_results(run)
    run.save(update_fields=["manifest"])
    audit.record(
        verb="run.imported", subject=f"run {run.public_id}", actor=run.created_by,
        label=run.label, files=[part.file for part in plan.parts],
    )  # fmt: skip
    return Imported(run, tuple(plan.parts), unchanged=False)


def _described(part: Tagged) -> dict[str, object]:
    return {
        "file": part.file,
        "content_hash": part.content_hash,
        "rows": part.rows,
        "repeated_samples": part.repeated,
    }
