"""Benchmark decisions made elsewhere: PACT files become runs of a dataset, one for each model.

Files are read once, and shards are written as rows come in; nothing names them until every file has
been read to its end. Memory holds one shard's rows and a number for each question asked so far.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.db import transaction

from annotation.models import Dataset
from annotation.services.imports import Watch, unwatched
from modeling import shards
from modeling.models import Chunk, Run
from modeling.schemas import DECISION_SCHEMA
from modeling.services.decision_rows import LAYOUT, Decided, Reader, Said
from modeling.services.decision_scenarios import Places
from modeling.services.imported_runs import (
    SHARD_ROWS,
    known_parts,
    new_run,
    refuse_repeated_files,
    removed_on_failure,
    save,
    stored_chunk,
)
from modeling.services.questions import BENCHMARK
from modeling.services.table_rows import read_rows
from pact_site.base.errors import BadInput
from pact_site.base.models import User

_TOLD = ("cell_key", "choice", "q", "invalid_reason", "rationale")


@dataclass
class Part:
    """What one file says of one model. `clash` is the first row that contradicts what is stored."""

    file: str
    rows: int = 0
    valid: int = 0
    invalid: int = 0
    repeated: int = 0
    unmatched: int = 0
    clash: int | None = None
    digest: Any = field(default_factory=hashlib.sha256)

    @property
    def content_hash(self) -> str:
        """The same for the same answers in the same order."""
        return str(self.digest.hexdigest())

    def count(self, decided: Decided) -> None:
        """One more row."""
        row = decided.row
        self.rows += 1
        self.valid += row["choice"] is not None
        self.invalid += row["choice"] is None
        self.repeated += decided.repeated
        self.unmatched += not decided.matched
        self.digest.update(repr([row[name] for name in _TOLD]).encode())

    def described(self) -> dict[str, object]:
        """What the manifest keeps."""
        return {
            "file": self.file,
            "content_hash": self.content_hash,
            "rows": self.rows,
            "repeated_samples": self.repeated,
            "unmatched": self.unmatched,
        }


@dataclass(frozen=True)
class Imported:
    """One model's outcome: the run, what came in now, and whether it was all there before."""

    run: Run
    parts: tuple[Part, ...]
    unchanged: bool


@dataclass
class _Incoming:
    """One model's decisions on their way into shards of its run."""

    run: Run
    taken: set[int]
    known: set[str]
    written: list[str]
    parts: list[Part] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    _part: Part | None = None
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _fresh: list[Chunk] = field(default_factory=list)

    def add(self, file: str, decided: Decided) -> None:
        """Take one row of this file."""
        part = self._part = self._part or Part(file)
        part.count(decided)
        if part.clash is None and _number(decided.row["cell_key"]) in self.taken:
            part.clash = decided.number
        self.run.simulated = self.run.simulated or decided.simulated
        self._waiting.append(decided.row)

    @property
    def waiting(self) -> int:
        """Rows that no shard holds yet."""
        return len(self._waiting)

    def end_file(self) -> None:
        """Keep the file's shards; drop them where its answers are stored already."""
        part, self._part = self._part, None
        if part is None:
            return
        self.flush()
        if part.content_hash in self.known:
            self._forget()
        elif part.clash is not None:
            raise BadInput(
                f"Decisions of {self.run.label} on this instance are stored already, and the file "
                "does not hold the same. Give the model another eval_model, or delete its run "
                "first.",
                file=part.file,
                row=part.clash,
            )
        else:
            self.parts.append(part)
            self.chunks += self._fresh
        self._fresh = []

    def flush(self) -> None:
        """Write the waiting rows as one more shard."""
        if not self._waiting:
            return
        known = [*self.chunks, *self._fresh]
        start = known[-1].stop if known else self.run.cells
        number = (self.run.chunks.count() if self.run.pk else 0) + len(known)
        table = shards.table_of(self._waiting, DECISION_SCHEMA)
        chunk = stored_chunk(self.run.public_id, number, start, table)
        self.written.append(chunk.shard)
        self._fresh.append(chunk)
        self._waiting = []

    def _forget(self) -> None:
        for chunk in self._fresh:
            shards.remove(chunk.shard)


def import_decisions(
    *,
    files: Sequence[Path],
    dataset: Dataset,
    said: Said,
    actor: User | None = None,
    watch: Watch = unwatched,
) -> list[Imported]:
    """Read decision files into runs of this dataset; BadInput names file, row and column.

    A file whose decisions are stored already changes nothing. Further decisions of a known model
    are added to its run; other answers to questions it has answered are refused. `said` fills in
    for columns that a file does not have.
    """
    refuse_repeated_files(files)
    reader = Reader(Places.of(dataset), said)
    with removed_on_failure() as written:
        incoming = _read(files, reader, dataset, actor, written, watch)
        with transaction.atomic():
            return [_saved(one, said) for one in incoming]


def _read(
    files: Sequence[Path],
    reader: Reader,
    dataset: Dataset,
    actor: User | None,
    written: list[str],
    watch: Watch,
) -> list[_Incoming]:
    """Read all files; whenever a shard's rows are waiting, the model with most of them is written."""
    found: dict[str, _Incoming] = {}
    for path in files:
        waiting = 0
        reader.begin_file()
        for decided in watch(reader.decisions(read_rows(path, LAYOUT)), path.name, None):
            tag = decided.tag
            if tag not in found:
                found[tag] = _incoming(tag, dataset, actor, written)
            found[tag].add(path.name, decided)
            waiting += 1
            if waiting >= SHARD_ROWS:
                fullest = max(found.values(), key=attrgetter("waiting"))
                waiting -= fullest.waiting
                fullest.flush()
        for one in found.values():
            one.end_file()
    return list(found.values())


def _incoming(tag: str, dataset: Dataset, actor: User | None, written: list[str]) -> _Incoming:
    runs = Run.objects.filter(kind=BENCHMARK, dataset_slug=dataset.slug, label=tag)
    run = runs.first()
    if run is None:
        fresh = new_run(kind=BENCHMARK, label=tag, dataset_slug=dataset.slug, actor=actor)
        return _Incoming(fresh, set(), set(), written)
    if not run.imported:
        raise BadInput("A run asked here has this label already.", found=tag)
    return _Incoming(run, set(_stored_numbers(run)), known_parts(run), written)


def _stored_numbers(run: Run) -> Iterable[int]:
    for key in run.chunks.exclude(shard="").order_by().values_list("shard", flat=True).distinct():
        yield from map(_number, shards.read(key, ["cell_key"])["cell_key"].to_pylist())


def _number(cell_key: str) -> int:
    """A key in eight bytes."""
    return int(cell_key[:16], 16)


def _saved(incoming: _Incoming, said: Said) -> Imported:
    run, parts = incoming.run, incoming.parts
    if not parts:
        return Imported(run, (), unchanged=True)
    told = {name: value for name, value in asdict(said).items() if value}
    save(run, [part.described() | told for part in parts], incoming.chunks)
    return Imported(run, tuple(parts), unchanged=False)


def lines(outcomes: Iterable[Imported]) -> Iterator[str]:
    """What came in, a line a model."""
    for outcome in outcomes:
        run, parts = outcome.run, outcome.parts
        if outcome.unchanged:
            yield f"{run.label}: already stored, nothing changed (run {run.public_id})"
            continue
        rows, repeated, unmatched = (
            sum(getattr(part, name) for part in parts) for name in ("rows", "repeated", "unmatched")
        )
        valid, invalid = sum(p.valid for p in parts), sum(p.invalid for p in parts)
        notes = f"; {repeated} repeated rows kept as further samples" if repeated else ""
        if unmatched:
            notes += f"; {unmatched} about scenarios that the dataset does not have"
        yield f"{run.label}: {rows} decisions, {valid} valid and {invalid} unknown{notes} " + (
            f"(run {run.public_id})"
        )
