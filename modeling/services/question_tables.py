"""Tables of questions: read from a file, checked whole, and frozen beside the shards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any, Final

from modeling import shards
from modeling.schemas import INPUT_SCHEMA
from modeling.services.designs import stable_hash
from modeling.services.table_rows import read_rows
from pact_site.base.errors import BadInput
from pact_site.base.readers import Layout, Row

LAYOUT: Final = Layout(
    required=("id", "prompt"),
    optional=("system", "labels"),
    aliases={"user": "prompt", "question": "prompt"},
)
MAX_ID: Final = 200


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """One row of a table; `options` are the words shown for the labels, none to show the codes."""

    question_id: str
    system: str
    user: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frozen:
    """Where a table lies (`key` relative to the shard root), its hash, its file's name."""

    key: str
    sha256: str
    file: str


def read_questions(path: Path, labels: Sequence[str]) -> list[TableQuestion]:
    """The questions of a CSV, Parquet or JSON lines file; BadInput names file, row and column.

    A row may bring its own words for the labels: a JSON list, or separated by bars.
    """
    rows = _json_lines(path) if path.suffix == ".jsonl" else read_rows(path, LAYOUT)
    found: dict[str, TableQuestion] = {}
    for row in rows:
        question = _question(row, labels)
        if question.question_id in found:
            raise row.bad("id", "The id stands in the table twice.", "one row for each id")
        found[question.question_id] = question
    return list(found.values())


def freeze(questions: Sequence[TableQuestion], file: str) -> Frozen:
    """Store the table once, under its hash; the same questions are the same file."""
    digest = _digest(questions)
    key = f"inputs/{digest}.parquet"
    if not shards.exists(key):
        shards.write(key, shards.table_of([asdict(one) for one in questions], INPUT_SCHEMA))
    return Frozen(key, digest, file)


def thaw(frozen: Frozen) -> list[TableQuestion]:
    """The questions as they were frozen; BadInput where the file is gone or not what it was."""
    try:
        rows = shards.read(frozen.key).to_pylist()
    except (OSError, ValueError) as error:
        raise BadInput("The run's questions cannot be read.", found=frozen.key) from error
    questions = [TableQuestion(**row | {"options": tuple(row["options"])}) for row in rows]
    digest = _digest(questions)
    if digest != frozen.sha256:
        raise BadInput(
            "The run's questions are not what they were.",
            file=frozen.key, found=digest[:12], expected=frozen.sha256[:12],
        )  # fmt: skip
    return questions


def _digest(questions: Sequence[TableQuestion]) -> str:
    return stable_hash(json.dumps(astuple(one), ensure_ascii=False) for one in questions)


def _question(row: Row, labels: Sequence[str]) -> TableQuestion:
    name = row.text("id")
    if len(name) > MAX_ID:
        raise row.bad("id", "The id is too long.", f"at most {MAX_ID} characters")
    options = _options(row)
    if options and len(options) != len(labels):
        expected = f"{len(labels)}, one for each of {', '.join(labels)}" if labels else "none"
        raise row.bad("labels", f"There are words for {len(options)} labels.", expected)
    if len({" ".join(words.casefold().split()) for words in options}) < len(options):
        raise row.bad("labels", "Two labels have the same words.", "words that tell them apart")
    return TableQuestion(name, row.cells.get("system", ""), row.text("prompt"), options)


def _options(row: Row) -> tuple[str, ...]:
    text = row.cells.get("labels", "")
    if not text.startswith("["):
        return tuple(part.strip() for part in text.split("|")) if text else ()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise row.bad("labels", "The list cannot be read.", "a JSON list of texts") from None
    if not all(isinstance(words, str) and words.strip() for words in found):
        raise row.bad("labels", "A label's words are no text.", "a JSON list of texts")
    return tuple(words.strip() for words in found)


def _json_lines(path: Path) -> Iterator[Row]:
    """Objects of a JSON lines file as rows; lists stay JSON, everything else becomes text."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("The file cannot be read as UTF-8 text.", file=path.name) from error
    number = 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Row(path.name, number, _cells(path.name, number, line))
    if not number:
        raise BadInput("The file is empty.", file=path.name, expected="a JSON object a line")


def _cells(file: str, number: int, line: str) -> dict[str, str]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise BadInput("The line is no JSON object.", file, number, None, line, "an object a line")
    return {LAYOUT.aliases.get(name, name): _cell(value) for name, value in values.items()}


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else json.dumps(value, ensure_ascii=False)
