"""Reading a study that lies as files: `study.json` and `scenarios.csv`, checked and frozen."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeVar

from annotation.vocab.countries import DATA, UnknownCountry, by_iso2
from annotation.vocab.distance import scheme_names
from annotation.vocab.terms import (
    RECEIVER_PLACEHOLDER,
    RECEIVERS,
    PreferenceStrength,
    PreferenceType,
    Receiver,
    Relation,
    Theme,
)

FIRST_LIGHT: Final = DATA / "studies" / "first_light"
"""The folder of the bundled study."""

COLUMNS: Final = (
    "key",
    "country",
    "setting",
    "theme",
    "preference_type",
    "preference_strength",
    "situation",
    "cultural_expectation",
    "personal_preference",
    "culture_action",
    "preference_action",
    "norm_basis",
    "relations",
)
"""The header of `scenarios.csv`, in this order."""


@dataclass
class StudyFileError(ValueError):
    """A study's files cannot be used; carries the same places as the site's bad-input error.

    `row` counts as a spreadsheet does: the header is row 1.
    """

    message: str
    file: str
    row: int | None = None
    column: str | None = None
    found: str | None = None
    expected: str | None = None

    def __str__(self) -> str:
        """Return one line that names the place, what was found and what was expected."""
        row = "" if self.row is None else f", row {self.row}"
        column = "" if self.column is None else f", column {self.column}"
        found = "" if self.found is None else f" Found: {self.found[:120]!r}."
        expected = "" if self.expected is None else f" Expected: {self.expected}."
        return f"{self.file}{row}{column}: {self.message}{found}{expected}"


@dataclass(frozen=True)
class StudyScenario:
    """One scenario; `country` is ISO2, `relations` maps participant countries to relations."""

    key: str
    country: str
    setting: str
    theme: Theme
    preference_type: PreferenceType
    preference_strength: PreferenceStrength
    situation: str
    cultural_expectation: str
    personal_preference: str
    culture_action: str
    preference_action: str
    norm_basis: str
    relations: Mapping[str, Relation]


@dataclass(frozen=True)
class StudyFiles:
    """A whole study as its folder states it; every scenario has all `receivers`."""

    name: str
    slug: str
    version: str
    licence: str
    licence_url: str
    citation: str
    language: str
    scheme: str
    participant_countries: tuple[str, ...]
    mix: Mapping[Relation, int]
    notes: str
    scenarios: tuple[StudyScenario, ...]
    receivers: tuple[Receiver, ...] = RECEIVERS


def load_study_files(path: Path) -> StudyFiles:
    """Read the study in folder `path`; `StudyFileError` names the first thing that is wrong."""
    raw = _read_description(path / "study.json")
    participants = raw.pop("participant_countries")
    scenarios = tuple(_read_scenarios(path / "scenarios.csv", tuple(participants)))
    mix = {Relation(name): int(count) for name, count in raw.pop("mix").items()}
    return StudyFiles(
        participant_countries=tuple(participants), mix=mix, scenarios=scenarios, **raw
    )


Term = TypeVar("Term", bound=StrEnum)

_TEXTS = ("name", "slug", "version", "licence", "licence_url", "citation", "language", "scheme")
_KEYS = {*_TEXTS, "notes", "participant_countries", "mix"}
_DRAWN = {Relation.SAME, Relation.CLOSE, Relation.FAR}


def _read_description(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        raise StudyFileError(f"not JSON: {error}.", path.name) from None
    if not isinstance(raw, dict) or set(raw) != _KEYS:
        found = ", ".join(sorted(raw)) if isinstance(raw, dict) else type(raw).__name__
        expected = ", ".join(sorted(_KEYS))
        raise StudyFileError("wrong keys.", path.name, found=found, expected=expected)
    _check_description(path.name, raw)
    return raw


def _check_description(file: str, raw: dict[str, Any]) -> None:
    for key in _TEXTS:
        if not isinstance(raw[key], str) or not raw[key].strip():
            raise StudyFileError("not a text.", file, column=key, found=str(raw[key]))
    if raw["scheme"] not in scheme_names():
        expected = ", ".join(scheme_names())
        raise StudyFileError("unknown scheme.", file, None, "scheme", raw["scheme"], expected)
    if not isinstance(raw["participant_countries"], list) or not raw["participant_countries"]:
        raise StudyFileError("not a list of ISO2 codes.", file, column="participant_countries")
    for code in raw["participant_countries"]:
        _checked_country(file, None, "participant_countries", str(code))
    mix = raw["mix"]
    if (
        not isinstance(mix, dict)
        or set(mix) - _DRAWN
        or not all(_is_count(n) for n in mix.values())
    ):
        raise StudyFileError(
            "wrong mix.", file, None, "mix", str(mix), "counts of same, close, far"
        )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _read_scenarios(path: Path, participants: tuple[str, ...]) -> Iterator[StudyScenario]:
    rows = _csv_rows(path)
    header = tuple(next(rows, ()))
    if header != COLUMNS:
        found, expected = ",".join(header), ",".join(COLUMNS)
        raise StudyFileError("wrong header.", path.name, 1, None, found, expected)
    first_row: dict[str, int] = {}
    for number, cells in enumerate(rows, start=2):
        if len(cells) != len(COLUMNS):
            expected = f"{len(COLUMNS)} cells"
            raise StudyFileError("wrong width.", path.name, number, None, str(len(cells)), expected)
        row = dict(zip(COLUMNS, cells, strict=True))
        if first_row.setdefault(row["key"], number) != number:
            message = f"the key stands in row {first_row[row['key']]} already."
            raise StudyFileError(message, path.name, number, "key", row["key"])
        yield _scenario(path.name, number, row, participants)
    if not first_row:
        raise StudyFileError("no scenarios.", path.name)


def _csv_rows(path: Path) -> Iterator[list[str]]:
    reader = csv.reader(StringIO(_read_text(path), newline=""), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise StudyFileError(f"line {reader.line_num} is not CSV: {error}.", path.name) from None


def _scenario(
    file: str, number: int, row: dict[str, str], participants: tuple[str, ...]
) -> StudyScenario:
    for column, cell in row.items():
        if not cell.strip() or cell != cell.strip():
            message = "empty, or with space around it."
            raise StudyFileError(message, file, number, column, cell)
    if RECEIVER_PLACEHOLDER not in row["situation"]:
        message = f"the text does not name the receiver as {RECEIVER_PLACEHOLDER}."
        raise StudyFileError(message, file, number, "situation", row["situation"])
    texts = {name: row[name] for name in (*COLUMNS[6:12], "key", "setting")}
    return StudyScenario(
        country=_checked_country(file, number, "country", row["country"]),
        theme=_term(Theme, file, number, "theme", row["theme"]),
        preference_type=_term(
            PreferenceType, file, number, "preference_type", row["preference_type"]
        ),
        preference_strength=_term(
            PreferenceStrength, file, number, "preference_strength", row["preference_strength"]
        ),
        relations=_relations(file, number, row["relations"], participants),
        **texts,
    )


def _relations(
    file: str, number: int, cell: str, participants: tuple[str, ...]
) -> dict[str, Relation]:
    pairs = [part.partition("=")[::2] for part in cell.split(";")]
    found = {code: _term(Relation, file, number, "relations", name) for code, name in pairs}
    if len(found) != len(pairs) or set(found) != set(participants):
        expected = "each of " + ", ".join(participants) + " once, as CODE=relation"
        raise StudyFileError("wrong countries.", file, number, "relations", cell, expected)
    return found


def _term(kind: type[Term], file: str, number: int, column: str, text: str) -> Term:
    try:
        return kind(text)
    except ValueError:
        expected = ", ".join(kind)
        raise StudyFileError("unknown value.", file, number, column, text, expected) from None


def _checked_country(file: str, number: int | None, column: str, code: str) -> str:
    try:
        return by_iso2(code).iso2
    except UnknownCountry:
        expected = "an upper-case ISO2 code"
        raise StudyFileError("unknown country.", file, number, column, code, expected) from None


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise StudyFileError("the file is missing.", path.name) from None
    except UnicodeDecodeError as error:
        raise StudyFileError(f"not UTF-8: byte {error.start} is wrong.", path.name) from None
