"""Runs that are asked elsewhere: prompts out as a file, answers back in by key.

A file of answers is read to its end and checked against the plan and against what is stored before
anything is written. Answers are then recorded chunk by chunk, like those of any run; where that is
cut short, the same file completes it, and a file whose answers are all stored changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from modeling import shards
from modeling.backends import BackendError, Decoding
from modeling.backends.batch_lines import reply_in, request_line
from modeling.backends.files import form_of
from modeling.backends.server_form import Form
from modeling.models import Chunk, Run
from modeling.services import chunks, endpoints, manifests, questions, runs
from modeling.services.answer_index import COMPARED, AnswerIndex, Line, Progress, Seen, same
from modeling.services.asking import seeded
from modeling.services.chunks import Outcome
from modeling.services.questions import Asked, Questions, Row
from pact_site.base.aside import file_aside
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit, jobs

CELLS_AT_ONCE: Final = 1_000


@dataclass
class Imported:
    """What a file brought: prompts answered now, stored before, without an answer still.

    `failed` counts prompts whose line holds an error, by its words; `held` chunks that another
    import holds at the moment, whose answers were left out.
    """

    run: Run
    lines: int = 0
    answered: int = 0
    stored_before: int = 0
    repeated: int = 0
    missing: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    held: int = 0


def requests_of(run: Run, *, everything: bool = False) -> Iterator[tuple[bytes, int]]:
    """One line a prompt and its number of cells; only prompts without an answer, or all.

    The lines are what the direct lane would send, sample by sample with its own seed.
    """
    asked_of, decoding, form = _plan_of(run)
    for chunk in run.chunks.order_by("number").iterator():
        known = frozenset() if everything else _stored_keys(chunk)
        for asked in asked_of.asked(chunk.start, chunk.stop, known):
            line = request_line(form, asked.prompt, seeded(decoding, asked.sample))
            yield line, len(asked.cells)


def export_prompts(
    run: Run, path: Path, *, everything: bool = False, progress: Progress = lambda cells: None
) -> int:
    """Write the prompts to a file, which appears whole or not at all; returns how many."""
    number = 0
    try:
        with file_aside(path) as aside, aside.open("wb") as file:
            for line, cells in requests_of(run, everything=everything):
                file.write(line)
                number += 1
                progress(cells)
    except OSError as error:
        raise BadInput(f"The file cannot be written: {error.strerror}.", file=path.name) from error
    return number


def import_answers(
    run: Run,
    path: Path,
    *,
    name: str = "",
    model: str = "",
    progress: Callable[[str, int, int], object] = lambda step, total, more: None,
    actor: User | None = None,
) -> Imported:
    """Read a file of answers into the run. BadInput names the line; nothing is stored then.

    `name` is what people know the file by, if it is not its own name here; `model` the name that
    the answers carry where it is not the run's. `progress` is told the
    step (`reading`, `checking`, `storing`), its total, and how much more of it is done.
    """
    _refuse_others(run)
    with TemporaryDirectory() as folder, _opened(path, Path(folder), name) as index:
        size = path.stat().st_size
        index.scan(lambda more: progress("reading", size, more))
        _check_model(index, model or run.endpoint["model"])
        job = _Import(run, index, *_plan_of(run), _begun(run, index.seen))
        fresh = job.check(lambda more: progress("checking", run.cells, more))
        if fresh:
            job.store(fresh, lambda more: progress("storing", len(fresh), more), actor)
    run.refresh_from_db()
    return job.outcome


@dataclass
class _Import:
    """One file against one run."""

    run: Run
    index: AnswerIndex
    questions: Questions
    decoding: Decoding
    form: Form
    outcome: Imported

    def check(self, progress: Progress) -> list[int]:
        """Match the whole plan with the file; returns the chunks for which it has something new.

        BadInput for answers to prompts of no such run, or other than those that are stored.
        """
        self._remember_stored()
        fresh: list[int] = []
        for chunk in self.run.chunks.order_by("number").iterator():
            before = self.outcome.answered
            for asked, line, stored in self._matched(chunk.start, chunk.stop):
                self._count(asked, line, stored)
            progress(chunk.stop - chunk.start)
            if self.outcome.answered > before:
                fresh.append(chunk.pk)
        self._refuse_unknown()
        return fresh

    def store(self, fresh: list[int], progress: Progress, actor: User | None) -> None:
        """Record the new answers chunk by chunk, under its lease like any worker."""
        runs.start(run=self.run, actor=actor)
        self._note(actor)
        for pk in fresh:
            chunk = Chunk.objects.filter(pk=pk).claim()
            if chunk is None:
                self.outcome.held += 1
                continue
            with jobs.renewing(chunk):
                self._record(chunk)
            progress(1)

    def _remember_stored(self) -> None:
        """Each file of the run once, in parts: finished runs have few large ones."""
        named = self.run.chunks.exclude(shard="").order_by("shard").values_list("shard", flat=True)
        known = set(questions.kind_of(self.run).schema.names)
        columns = ["cell_key", *(name for name in COMPARED if name in known)]
        for shard in named.distinct():
            for part in shards.batches(shard, columns):
                self.index.remember(part.to_pylist())

    def _matched(
        self, start: int, stop: int
    ) -> Iterator[tuple[Asked, Line | None, dict[str, bytes]]]:
        """The prompts of these cells with their lines and what is stored, a few at a time."""
        step = CELLS_AT_ONCE - CELLS_AT_ONCE % self.questions.cells_per_prompt
        for first in range(start, stop, step):
            some = list(self.questions.asked(first, min(first + step, stop)))
            lines = self.index.find([asked.prompt.key for asked in some])
            stored = self.index.stored([key for asked in some for key in asked.cells])
            for asked in some:
                yield asked, lines.get(asked.prompt.key), stored

    def _count(self, asked: Asked, line: Line | None, stored: dict[str, bytes]) -> None:
        if all(key in stored for key in asked.cells):
            self.outcome.stored_before += 1
            if line and line.result.body is not None:
                self._compare(line, self._rows(asked, line), stored)
            return
        try:
            answers = line is not None and bool(reply_in(line.result, self.form))
        except BackendError as error:
            answers = False
            self.outcome.failed[str(error)] += 1
        self.outcome.answered += answers
        self.outcome.missing += not answers

    def _rows(self, asked: Asked, line: Line) -> list[Row]:
        """The rows of one answer. Raises BackendError where its line holds none."""
        reply = reply_in(line.result, self.form)
        stamp = {"run": self.run.public_id, "model": self.run.label}
        return [row | stamp for row in self.questions.rows(asked, reply)]

    def _compare(self, line: Line, rows: list[Row], stored: dict[str, bytes]) -> None:
        for row in rows:
            if not same(row, stored[row["cell_key"]]):
                raise BadInput(
                    "Another answer to this prompt is stored already.",
                    file=self.index.name, row=line.number, found=row["text"],
                    expected="the same answer, or a run of its own for these",
                )  # fmt: skip

    def _refuse_unknown(self) -> None:
        number, first = self.index.unknown()
        if number:
            raise BadInput(
                f"{number} of {self.index.seen.lines} lines answer no prompt of this run.",
                file=self.index.name, row=first[0][1], column="custom_id",
                found=", ".join(key for key, _ in first),
                expected=f"keys that export_prompts {self.run.public_id} writes",
            )  # fmt: skip

    def _note(self, actor: User | None) -> None:
        """What the manifest says of where the answers come from; a stub's are simulated."""
        seen = self.index.seen
        known = self.run.manifest.get("backend", {}).get("files", [])
        file = {"name": self.index.name, "sha256": seen.checksum, "answers": seen.answers}
        described: dict[str, Any] = {
            "kind": self.run.endpoint["kind"],
            "model": self.run.endpoint["model"],
            "served_model": next(iter(seen.models), None),
            "system_fingerprint": seen.fingerprint,
            "files": [*(one for one in known if one["sha256"] != seen.checksum), file],
        }
        manifests.note_backend(self.run.pk, described)
        audit.record(
            verb="run.answers_imported", subject=f"run {self.run.public_id}", actor=actor, **file
        )

    def _record(self, chunk: Chunk) -> None:
        rows = chunks.stored_rows(chunk)
        known = len(rows)
        for asked, line, _stored in self._matched(chunk.start, chunk.stop):
            if line and not all(key in rows for key in asked.cells):
                try:
                    rows |= {row["cell_key"]: row for row in self._rows(asked, line)}
                except BackendError:
                    continue
        missing = chunk.stop - chunk.start - len(rows)
        chunks.record(
            chunk,
            Outcome(list(rows.values()), len(rows) - known, missing, interrupted=missing > 0),
        )


def _begun(run: Run, seen: Seen) -> Imported:
    return Imported(run, lines=seen.lines, repeated=seen.repeated)


def _plan_of(run: Run) -> tuple[Questions, Decoding, Form]:
    endpoint = endpoints.stored(run.endpoint)
    try:
        form = form_of(endpoint.model, endpoint.options)
    except BackendError as error:
        raise BadInput(str(error)) from error
    return questions.of(run), Decoding(**run.decoding), form


def _stored_keys(chunk: Chunk) -> frozenset[str]:
    if not chunk.shard:
        return frozenset()
    return frozenset(shards.read(chunk.shard, ["cell_key"])["cell_key"].to_pylist())


def _refuse_others(run: Run) -> None:
    if run.endpoint["kind"] != endpoints.FILES:
        raise BadInput(
            "Answers are imported into runs that are asked elsewhere only.",
            found=f"endpoint {run.endpoint['name']}", expected=f"--endpoint {endpoints.FILES}:MODEL",
        )  # fmt: skip


def _opened(path: Path, folder: Path, name: str) -> AnswerIndex:
    try:
        return AnswerIndex(path, folder, name or path.name)
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        raise BadInput(message, file=path.name) from error


def _check_model(index: AnswerIndex, expected: str) -> None:
    """One model, of the run's name; a dated edition of it counts as it."""
    others = [name for name in index.seen.models if not _is_model(name, expected)]
    if others:
        raise BadInput(
            "These answers come from another model.", file=index.name,
            found=", ".join(name or "no name" for name in sorted(others)),
            expected=f"{expected}; --model NAME where it went by another name there",
        )  # fmt: skip


def _is_model(name: str, expected: str) -> bool:
    return name == expected or name.startswith(f"{expected}-20")
