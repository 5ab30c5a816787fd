"""Where each prompt's answer stands in a file of answers, kept on disk so that memory stays flat.

Every line is read once and checked; lines are found again by the key of their prompt.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from modeling.backends.batch_lines import Result, read_result
from pact_site.base.errors import BadInput

AT_ONCE: Final = 500
"""Keys in one statement."""

LONGEST_LINE: Final = 50_000_000

Progress = Callable[[int], object]
"""Told how much has been done since it was last told: bytes, cells, chunks."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number, from 1, and what it says."""

    number: int
    result: Result


@dataclass
class Seen:
    """What a file holds: lines, the same answer again, failed lines that hold an answer further on."""

    lines: int = 0
    answers: int = 0
    repeated: int = 0
    models: Counter[str] = field(default_factory=Counter)
    fingerprint: str | None = None
    checksum: str = ""


class AnswerIndex:
    """The lines of one file by key; a context manager that keeps its table in `folder`.

    `name` stands in messages.
    """

    def __init__(self, path: Path, folder: Path, name: str) -> None:
        self.name = name
        self.seen = Seen()
        self._table = sqlite3.connect(folder / "index.sqlite3", isolation_level=None)
        self._table.execute("PRAGMA journal_mode=OFF")
        self._table.execute("PRAGMA synchronous=OFF")
        self._table.execute(
            "CREATE TABLE line (key TEXT PRIMARY KEY, number INTEGER, at INTEGER, answers INTEGER,"
            " known INTEGER DEFAULT 0) WITHOUT ROWID"
        )
        self._table.execute("CREATE TABLE stored (key TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID")
        self._file: BinaryIO = path.open("rb")

    def __enter__(self) -> Self:
        """Open already."""
        return self

    def __exit__(self, *problem: object) -> None:
        """Close file and table."""
        self._file.close()
        self._table.close()

    def scan(self, progress: Progress) -> Seen:
        """Read every line. BadInput names the first that cannot be used.

        A prompt may stand in the file more than once if it says the same, or if only one of its
        lines holds an answer: that one counts then.
        """
        digest = hashlib.sha256()
        at = number = 0
        self._table.execute("BEGIN")
        while content := self._file.readline(LONGEST_LINE):
            number += 1
            digest.update(content)
            if content.strip():
                self._add(Line(number, self._read(content, number)), at)
            at += len(content)
            progress(len(content))
        self._table.execute("COMMIT")
        self.seen.checksum = digest.hexdigest()
        if not self.seen.lines:
            raise BadInput("The file holds no answers.", file=self.name)
        return self.seen

    def find(self, keys: Sequence[str]) -> dict[str, Line]:
        """The lines of these prompts, as far as the file has them; they are known from now on."""
        found: dict[str, Line] = {}
        for first in range(0, len(keys), AT_ONCE):
            some = keys[first : first + AT_ONCE]
            marks = ",".join("?" * len(some))
            where = f"line WHERE key IN ({marks})"
            rows = self._table.execute(f"SELECT key, number, at FROM {where}", some).fetchall()  # noqa: S608
            for key, number, at in rows:
                found[key] = Line(number, self._read_at(at, number))
            self._table.execute(f"UPDATE line SET known = 1 WHERE key IN ({marks})", some)  # noqa: S608
        return found

    def remember(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note what is stored of these cells, to be compared with what the file says."""
        noted = [(row["cell_key"], _digest(row)) for row in rows]
        self._table.executemany("INSERT OR REPLACE INTO stored VALUES (?, ?)", noted)

    def stored(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Which of these cells are stored, each with a digest of its answer (see `same`)."""
        found: dict[str, bytes] = {}
        for first in range(0, len(keys), AT_ONCE):
            some = keys[first : first + AT_ONCE]
            marks = ",".join("?" * len(some))
            select = f"SELECT key, digest FROM stored WHERE key IN ({marks})"  # noqa: S608
            found |= dict(self._table.execute(select, some))
        return found

    def unknown(self, limit: int = 3) -> tuple[int, list[tuple[str, int]]]:
        """How many keys nobody has asked for so far, and the first of them with their lines."""
        where = "FROM line WHERE known = 0"
        (number,) = self._table.execute(f"SELECT count(*) {where}").fetchone()
        first = f"SELECT key, number {where} ORDER BY number LIMIT {limit:d}"
        return number, self._table.execute(first).fetchall()

    def _add(self, line: Line, at: int) -> None:
        result = line.result
        self.seen.lines += 1
        row = (result.key, line.number, at, result.body is not None)
        try:
            self._table.execute("INSERT INTO line VALUES (?, ?, ?, ?, 0)", row)
        except sqlite3.IntegrityError:
            self._again(line, at)
        else:
            self.seen.answers += result.body is not None
        if result.body is not None:
            self.seen.models[str(result.body.get("model") or "")] += 1
            self.seen.fingerprint = result.body.get("system_fingerprint")

    def _again(self, line: Line, at: int) -> None:
        """The same key once more: the same answer, or an answer beside a failure."""
        result = line.result
        select = "SELECT number, at, answers FROM line WHERE key = ?"
        number, first_at, answers = self._table.execute(select, (result.key,)).fetchone()
        self.seen.repeated += 1
        if result.body is None:
            return
        if not answers:
            self._table.execute(
                "UPDATE line SET number = ?, at = ?, answers = 1 WHERE key = ?",
                (line.number, at, result.key),
            )
            self.seen.answers += 1
        elif _said(self._read_at(first_at, number)) != _said(result):
            raise self._bad(
                f"The prompt is answered twice, and differently: here and in line {number}.",
                line.number, result.key, "one answer a prompt",
            )  # fmt: skip

    def _read_at(self, at: int, number: int) -> Result:
        here = self._file.tell()
        self._file.seek(at)
        result = self._read(self._file.readline(LONGEST_LINE), number)
        self._file.seek(here)
        return result

    def _read(self, content: bytes, number: int) -> Result:
        try:
            return read_result(content)
        except ValueError as error:
            if not content.endswith(b"\n"):
                message = "The last line is cut off: the file is not complete."
                raise self._bad(message, number, None, "a whole line") from error
            raise self._bad(
                f"This line is no answer of a batch: {error}.", number, _shown(content),
                "an object with custom_id and response, as batches and vllm run-batch write it",
            ) from error  # fmt: skip

    def _bad(self, message: str, number: int, found: object, expected: str) -> BadInput:
        return BadInput(message, file=self.name, row=number, found=found, expected=expected)


COMPARED: Final = (
    "choice", "q", "invalid_mass", "value", "invalid_reason", "text", "finish_reason",
    "prompt_tokens", "completion_tokens",
)  # fmt: skip
"""Columns that make an answer; shards of a kind have those it knows."""


def same(row: Mapping[str, Any], digest: bytes) -> bool:
    """Whether a row says what the stored one with this digest says."""
    return _digest(row) == digest


def _digest(row: Mapping[str, Any]) -> bytes:
    said = repr([row.get(name) for name in COMPARED])
    return hashlib.blake2b(said.encode(), digest_size=16).digest()


def _said(result: Result) -> Any:
    assert result.body is not None
    return result.body.get("choices")


def _shown(content: bytes) -> str:
    return content[:80].decode(errors="replace").strip()
