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

import pyarrow as pa
from django.db import transaction

from annotation.models import Release
from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import answers
from modeling.services.imported_runs import (
    SHARD_ROWS,
    known_parts,
    new_run,
    refuse_repeated_files,
    removed_on_failure,
    save,
    stored_chunk,
)
from modeling.services.items import items_of
from modeling.services.prediction_rows import LAYOUT, Answered, Reader
from modeling.services.questions import COUNTERPARTS
from modeling.services.table_rows import read_rows
from pact_site.base.errors import BadInput
from pact_site.base.models import User


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
    others: Counter[str] = field(default_factory=Counter)
    """Rows left out, by the item that the study does not have."""

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
    refuse_repeated_files(files)
    reader = Reader(items_of(release))
    staged: dict[str, list[Tagged]] = {}
    for path in files:
        for part in _stage(path, reader):
            staged.setdefault(part.tag, []).append(part)
    reader.end()
    known = {run.label: run for run in Run.objects.filter(study_slug=study_slug, release=release)}
    plans = [_Plan(tag, parts, known.get(tag)) for tag, parts in staged.items()]
    for plan in plans:
        plan.check()
    return _store(plans, release, study_slug, actor)


def _stage(path: Path, reader: Reader) -> list[Tagged]:
    """All models of one file, their answers as tables of at most SHARD_ROWS."""
    waiting: dict[str, list[dict[str, object]]] = {}
    parts: dict[str, Tagged] = {}
    digests: dict[str, hashlib._Hash] = {}
    reader.begin_file()
    for answered in reader.answers(read_rows(path, LAYOUT)):
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
    if answered.other:
        part.others[answered.other] += 1
        return
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
        known = known_parts(self.run)
        self.parts = [part for part in self.parts if part.content_hash not in known]
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
        for table in answers.tables(self.run, ["cell_key"]):
            yield from table["cell_key"].to_pylist()


def _keys(tables: Iterable[pa.Table]) -> Iterator[list[str]]:
    for table in tables:
        yield table["cell_key"].to_pylist()


def _store(
    plans: list[_Plan], release: Release, study_slug: str, actor: User | None
) -> list[Imported]:
    """Write shards first, rows second in one transaction; on any fault the shards go again."""
    with removed_on_failure() as written:
        prepared = [_prepare(plan, release, study_slug, actor, written) for plan in plans]
        with transaction.atomic():
            return [_save(plan, run, chunks) for plan, run, chunks in prepared]


def _prepare(
    plan: _Plan, release: Release, study_slug: str, actor: User | None, written: list[str]
) -> tuple[_Plan, Run, list[Chunk]]:
    run = plan.run or new_run(
        kind=COUNTERPARTS,
        label=plan.tag,
        dataset_slug=release.dataset.slug,
        study_slug=study_slug,
        release=release,
        actor=actor,
    )
    chunks: list[Chunk] = []
    number, start = (run.chunks.count(), run.cells) if run.pk else (0, 0)
    for table in (table for part in plan.parts for table in part.tables):
        chunk = stored_chunk(run.public_id, number, start, table)
        written.append(chunk.shard)
        chunks.append(chunk)
        number, start = number + 1, chunk.stop
    return plan, run, chunks


def _save(plan: _Plan, run: Run, chunks: list[Chunk]) -> Imported:
    if not plan.parts:
        return Imported(run, (), unchanged=True)
    save(run, [_described(part) for part in plan.parts], chunks)
    return Imported(run, tuple(plan.parts), unchanged=False)


def _described(part: Tagged) -> dict[str, object]:
    return {
        "file": part.file,
        "content_hash": part.content_hash,
        "rows": part.rows,
        "repeated_samples": part.repeated,
        "left_out": dict(sorted(part.others.items())),
    }
