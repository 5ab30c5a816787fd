"""Fill the template files. What is said is the same in every style; how it is said is not.

The parts stand in the order system, scenario, persona, question, options, answer request, so that
neighbouring cells of a sorted plan share the longest possible prefix. For the same reason a part is
filled once for whatever it depends on (the item, the persona, the frame, the options) and then
looked up: a prompt costs a few look-ups and a join.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from string import Template
from typing import Any, Final, NamedTuple, cast

from annotation.vocab.terms import Choice, OptionOrder
from modeling.backends.protocol import Label, Mode, Prompt
from modeling.prompts.cells import FRAMES, MODES, STYLES, CellFields, Persona

FOLDER: Final = Path(__file__).parent / "templates"
REASONS: Final = "rationale.txt"
SECTIONS: Final = ("scenario", "persona", "question", "options", "answer")
LETTERS: Final = ("A", "B")
RATIONALE: Final = "rationale"
MAX_TOKENS: Final[Mapping[str, int]] = {"label": 8, "paper": 64, RATIONALE: 128}
"""Room for the answer alone. A letter needs one token; the rest is for `(A)` or `Answer: A`, or for
the short reason that follows the letter."""

RENDERING: Final = "1"
"""Raised when this module fills the same files differently; part of every prompt version."""


KEPT: Final = 8192
"""Parts kept for the next cells that say the same."""


class Subject(NamedTuple):
    """What the scenario's words depend on."""

    country: str
    receiver_age: str
    receiver_gender: str
    situation: str


class Options(NamedTuple):
    """What the choices depend on."""

    culture_action: str
    preference_action: str
    order: str


class Uses(NamedTuple):
    """What the text of a section depends on."""

    subject: bool
    persona: bool
    frame: bool
    options: bool


def render(cell: CellFields) -> Prompt:
    """Make the prompt of one cell."""
    style, mode = cell.style, cell.mode
    subject = Subject(
        cell.scenario_country, cell.receiver_age, cell.receiver_gender, cell.situation
    )
    options = Options(cell.culture_action, cell.preference_action, cell.option_order)
    parts = [
        _part(
            style,
            mode,
            name,
            subject if uses.subject else None,
            cell.persona if uses.persona else None,
            cell.frame if uses.frame else None,
            options if uses.options else None,
        )
        for name, uses in _uses(style, mode)
        if cell.persona or name != "persona"
    ]
    return Prompt(
        key=cell.key,
        messages=(
            {"role": "system", "content": parts[0]},
            {"role": "user", "content": _wording()["separator"][style].join(parts[1:])},
        ),
        labels=_labels(options),
        max_tokens=MAX_TOKENS[mode],
        mode=cast(Mode, mode),
        frames=FRAMES if mode == "paper" else (cell.frame,),
        meta=_meta(cell),
    )


@lru_cache(maxsize=KEPT)
def _part(
    style: str,
    mode: str,
    name: str,
    subject: Subject | None,
    persona: Persona | None,
    frame: str | None,
    options: Options | None,
) -> str:
    """One section, filled; None stands for what its text does not depend on."""
    values: dict[str, str] = {}
    if subject:
        values |= _subject_values(subject)
    if frame:
        values["question"] = values[f"question_{frame}"]
    if persona:
        values |= _persona_values(persona)
    if options:
        values |= _option_values(options)
    return _template(style, mode)[name].substitute(_with_json(values))


@cache
def _uses(style: str, mode: str) -> Sequence[tuple[str, Uses]]:
    """The sections in their order, each with what its text depends on."""
    templates = _template(style, mode)
    return [(name, _used_by(templates[name])) for name in ("system", *SECTIONS)]


def _used_by(template: Template) -> Uses:
    names = {name.removesuffix("_json") for name in template.get_identifiers()}
    persona = {name for name in names if name.startswith("persona")}
    options = {name for name in names if name.startswith(("letter_", "option_"))}
    return Uses(
        subject=bool(names - persona - options),
        persona=bool(persona),
        frame="question" in names,
        options=bool(options),
    )


@cache
def prompt_version(style: str, mode: str) -> str:
    """A short hash of every file that this style and mode are made of (16 hex digits).

    Raises ValueError for an unknown style or mode.
    """
    digest = hashlib.sha256(RENDERING.encode())
    files = [_path(style, mode), FOLDER / "wording.json"]
    for path in [*files, FOLDER / REASONS] if mode == RATIONALE else files:
        digest.update(b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _path(style: str, mode: str) -> Path:
    if style not in STYLES or mode not in MODES:
        known = f"styles: {', '.join(STYLES)}; modes: {', '.join(MODES)}"
        raise ValueError(f"no prompt {style}/{mode}; {known}")
    return FOLDER / f"{style}.{'label' if mode == RATIONALE else mode}.txt"


@cache
def _template(style: str, mode: str) -> Mapping[str, Template]:
    """Section name -> template; where a reason is asked for, the last section is another one."""
    sections = _sections(_path(style, mode), ("system", *SECTIONS))
    return sections | (
        {"answer": _sections(FOLDER / REASONS, STYLES)[style]} if mode == RATIONALE else {}
    )


def _sections(path: Path, names: Sequence[str]) -> dict[str, Template]:
    """The parts of a file; one starts at a line holding its name in brackets."""
    sections: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name = line.strip("[]")
        if line == f"[{name}]" and name in names:
            sections[name] = []
        else:
            sections[next(reversed(sections))].append(line)
    return {name: Template("\n".join(lines).strip("\n")) for name, lines in sections.items()}


@cache
def _wording() -> Mapping[str, Any]:
    words: Mapping[str, Any] = json.loads((FOLDER / "wording.json").read_text(encoding="utf-8"))
    return words


@lru_cache(maxsize=KEPT)
def _labels(options: Options) -> tuple[Label, ...]:
    texts = [
        (Choice.CULTURE.value, options.culture_action),
        (Choice.PREFERENCE.value, options.preference_action),
    ]
    if options.order == OptionOrder.PREFERENCE_FIRST:
        texts.reverse()
    return tuple(
        Label(code, letter, _one_line(text))
        for letter, (code, text) in zip(LETTERS, texts, strict=True)
    )


def _option_values(options: Options) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, label in enumerate(_labels(options), start=1):
        values |= {f"letter_{number}": label.letter, f"option_{number}": label.text}
    return values


def _subject_values(subject: Subject) -> dict[str, str]:
    receiver = _person(subject.receiver_age, subject.receiver_gender)
    values = {
        "scenario_country": subject.country,
        "scenario_place": place_of(subject.country),
        "receiver": receiver,
        "receiver_phrase": _with_article(receiver),
        "situation": _one_line(subject.situation),
    }
    asked = {
        f"question_{frame}": Template(question).substitute(values)
        for frame, question in _wording()["questions"].items()
    }
    return values | asked


def _persona_values(persona: Persona) -> dict[str, str]:
    person = _person(persona.age, persona.gender)
    return {
        "persona": person,
        "persona_phrase": _with_article(person),
        "persona_country": persona.country,
        "persona_place": place_of(persona.country),
        "persona_age": persona.age,
        "persona_gender": persona.gender,
    }


def _with_json(values: dict[str, str]) -> dict[str, str]:
    """Add each value once more as a JSON string, for templates that are JSON themselves."""
    encoded = {
        f"{name}_json": json.dumps(value, ensure_ascii=False) for name, value in values.items()
    }
    return values | encoded


def _meta(cell: CellFields) -> dict[str, str]:
    persona = cell.persona
    return {
        "item": cell.item,
        "scenario_country": cell.scenario_country,
        "receiver_age": cell.receiver_age,
        "receiver_gender": cell.receiver_gender,
        "persona_country": persona.country if persona else "",
        "persona_age": persona.age if persona else "",
        "persona_gender": persona.gender if persona else "",
        "frame": "" if cell.mode == "paper" else cell.frame,
        "option_order": cell.option_order,
        "style": cell.style,
    }


def _person(age: str, gender: str) -> str:
    return cast(str, _wording()["people"][f"{age}_{gender}"])


def place_of(country: str) -> str:
    """The country as it stands in a sentence: `the Netherlands`."""
    return f"the {country}" if country in _wording()["with_article"] else country


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _one_line(text: str) -> str:
    """Text without line breaks, so that no scenario can look like a new part of the prompt."""
    return " ".join(text.split())
