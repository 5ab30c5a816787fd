"""Which cells a run asks, and in what order: counterparts of a study's participants.

A cell is item x persona x frame x style x option order x sample. Cells are numbered, never stored:
the number of a cell gives its fields and back, so a chunk is two numbers. The numbering keeps
prompts that begin alike together: style, item, persona, frame, order, sample.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any, Final, NamedTuple

from django.utils.functional import cached_property

from annotation.vocab.countries import UnknownCountry, resolve
from annotation.vocab.terms import RECEIVERS, Choice, Frame, OptionOrder, PromptStyle, Setting, demo
from annotation.vocab.terms import parse_demo as parse_demo_code
from modeling.prompts import prompt_version
from pact_site.base.errors import BadInput

DEFAULT_STYLE: Final = PromptStyle.SURVEY_FORM.value
MODES: Final = ("label", "paper")
KIND: Final = "counterparts"
RATIONALE: Final = "rationale"
MAX_SAMPLES: Final = 1000
SEPARATOR: Final = "\x1f"
"""Stands between the parts of a stable hash."""


@dataclass(frozen=True)
class PersonaKey:
    """Whom the model answers as: ISO2 country, age and gender; all empty for no persona."""

    country: str = ""
    age: str = ""
    gender: str = ""

    @cached_property
    def setting(self) -> str:
        """`persona` or `no_persona`."""
        return (Setting.PERSONA if self.country else Setting.NO_PERSONA).value

    @cached_property
    def demo(self) -> str:
        """Such as `younger_female`; empty for no persona."""
        return demo(self.age, self.gender) if self.country else ""

    @cached_property
    def code(self) -> str:
        """How designs write it down: `no_persona` or `BR:younger_female`."""
        return f"{self.country}:{self.demo}" if self.country else Setting.NO_PERSONA.value

    @classmethod
    def parse(cls, code: str) -> PersonaKey:
        """Read `code` back."""
        if code == Setting.NO_PERSONA:
            return NO_PERSONA
        country, _, who = code.partition(":")
        person = parse_demo_code(who)
        return cls(country, person.age.value, person.gender.value)


NO_PERSONA: Final = PersonaKey()


class Cell(NamedTuple):
    """One question to be put: `item` counts within the release's items in their fixed order."""

    style: str
    item: int
    persona: PersonaKey
    frame: str
    order: str
    sample: int


@dataclass(frozen=True)
class Design:
    """A counterpart design over `items` items. `limit` keeps the first so many cells.

    `rationale_share` of the cells, drawn by `rationale_seed`, ask for a short reason too.
    """

    items: int
    personas: tuple[PersonaKey, ...]
    styles: tuple[str, ...] = (DEFAULT_STYLE,)
    frames: tuple[str, ...] = tuple(frame.value for frame in Frame)
    orders: tuple[str, ...] = tuple(order.value for order in OptionOrder)
    samples: int = 1
    mode: str = "label"
    limit: int | None = None
    labels: tuple[str, ...] = tuple(choice.value for choice in Choice)
    language: str = "en"
    rationale_share: float = 0.0
    rationale_seed: int = 0

    @cached_property
    def _axes(self) -> tuple[tuple[str, Sequence[Any]], ...]:
        """Names and values, slowest first. A paper prompt asks both frames, so they come last."""
        head: list[tuple[str, Sequence[Any]]] = [
            ("style", self.styles),
            ("item", range(self.items)),
            ("persona", self.personas),
        ]
        frame: tuple[str, Sequence[Any]] = ("frame", self.frames)
        tail: list[tuple[str, Sequence[Any]]] = [
            ("order", self.orders),
            ("sample", range(self.samples)),
        ]
        return (*head, *tail, frame) if self.mode == "paper" else (*head, frame, *tail)

    @cached_property
    def cells(self) -> int:
        """How many cells there are, after `limit`."""
        full = math.prod(len(values) for _, values in self._axes)
        return full if self.limit is None else min(full, self.limit)

    @property
    def cells_per_prompt(self) -> int:
        """Two in paper mode, else one."""
        return len(self.frames) if self.mode == "paper" else 1

    def cell(self, index: int) -> Cell:
        """The cell of this number; IndexError outside the design."""
        if not 0 <= index < self.cells:
            raise IndexError(f"cell {index} of {self.cells}")
        fields: dict[str, Any] = {}
        for name, values in reversed(self._axes):
            index, place = divmod(index, len(values))
            fields[name] = values[place]
        return Cell(**fields)

    def index(self, cell: Cell) -> int:
        """The number of this cell; ValueError if the design does not hold it."""
        number = 0
        for name, values in self._axes:
            number = number * len(values) + values.index(getattr(cell, name))
        return number

    def range(self, start: int, stop: int) -> Iterator[Cell]:
        """The cells from number `start` up to, not including, `stop`."""
        return (self.cell(index) for index in range(start, stop))

    def as_json(self) -> dict[str, Any]:
        """Plain values for the database; `from_json` reads them back."""
        plain = asdict(self) | {"personas": [persona.code for persona in self.personas]}
        if not self.rationale_share:  # what asks for no reason is the plan it always was
            del plain["rationale_share"], plain["rationale_seed"]
        return {"kind": KIND} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in plain.items()
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Design:
        """The design that `as_json` wrote; ValueError for a design of another kind."""
        if plain.get("kind") != KIND:
            raise ValueError(f"design kind {plain.get('kind')!r} is not {KIND!r}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in plain.items()
            if name != "kind"
        }
        values["personas"] = tuple(PersonaKey.parse(code) for code in plain["personas"])
        return cls(**values)


def counterparts(
    *,
    items: int,
    countries: Sequence[str],
    personas: Sequence[str] = ("all",),
    styles: Sequence[str] = (DEFAULT_STYLE,),
    frames: Sequence[str] = ("all",),
    orders: Sequence[str] = ("all",),
    samples: int = 1,
    mode: str = "label",
    limit: int | None = None,
    rationale_share: float = 0.0,
    rationale_seed: int = 0,
) -> Design:
    """Build a design from what a person wrote; BadInput names the option, the find, the choices.

    `countries` (names or codes) are the participants'; each gives four personas. `all` stands for
    every value of an option. A limit is rounded up to whole prompts.
    """
    design = Design(
        items=positive("items", items),
        personas=chosen_personas(personas, countries),
        styles=chosen("styles", styles, [style.value for style in PromptStyle]),
        frames=chosen("frames", frames, [frame.value for frame in Frame]),
        orders=chosen("orders", orders, [order.value for order in OptionOrder]),
        samples=positive("samples", samples, MAX_SAMPLES),
        mode=chosen("mode", [mode], MODES)[0],
        limit=None if limit is None else positive("limit", limit),
        rationale_share=share_of_reasons(rationale_share),
        rationale_seed=rationale_seed,
    )
    if mode == "paper" and rationale_share:
        raise BadInput("--rationale follows one letter; --mode paper asks for two.")
    if mode == "paper" and len(design.frames) != len(Frame):
        raise BadInput("--mode paper asks both frames in one prompt.")
    return _with_whole_prompts(design)


def chosen_personas(words: Sequence[str], countries: Sequence[str]) -> tuple[PersonaKey, ...]:
    """Personas named by `all`, `none` (or `no_persona`), `persona` (every one), a country, or
    `country:younger_female`."""
    codes = [_country(country) for country in countries]
    everyone = [PersonaKey(code, *who) for code, who in product(codes, RECEIVERS)]
    pools = {
        "all": [NO_PERSONA, *everyone],
        "no_persona": [NO_PERSONA],
        "none": [NO_PERSONA],
        "persona": everyone,
    }
    chosen: list[PersonaKey] = []
    for word in words:
        chosen += pools.get(word) or _one_country(word)
    if not chosen:
        raise BadInput("--personas chooses nobody.", expected=_PERSONAS)
    return tuple(dict.fromkeys(_plain(persona) for persona in chosen))


_PERSONAS = "all, none, persona, a country, or country:younger_female and the like"


def _plain(persona: PersonaKey) -> PersonaKey:
    return PersonaKey(str(persona.country), str(persona.age), str(persona.gender))


def _one_country(word: str) -> list[PersonaKey]:
    name, _, who = word.partition(":")
    code = _country(name)
    if not who:
        return [PersonaKey(code, *receiver) for receiver in RECEIVERS]
    try:
        return [PersonaKey(code, *parse_demo_code(who))]
    except ValueError as error:
        raise BadInput(f"--personas: {error}.", found=word, expected=_PERSONAS) from None


def _country(text: str) -> str:
    try:
        return resolve(text).iso2
    except UnknownCountry as error:
        raise BadInput(f"--personas: {error}.", found=text, expected=_PERSONAS) from None


def chosen(option: str, words: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The known values that the words of an option name, in the known order; `all` names all."""
    if list(words) == ["all"]:
        return tuple(known)
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise BadInput(
            f"--{option} has an unknown value.",
            found=", ".join(unknown),
            expected=", ".join(known),
        )
    return tuple(value for value in known if value in words)


def positive(option: str, value: int, most: int | None = None) -> int:
    """An option's number; BadInput below 1 or above `most`."""
    if value < 1 or (most is not None and value > most):
        expected = f"1 to {most}" if most else "1 or more"
        raise BadInput(f"--{option} is out of range.", found=value, expected=expected)
    return value


def _with_whole_prompts(design: Design) -> Design:
    if design.limit is None or design.limit % design.cells_per_prompt == 0:
        return design
    step = design.cells_per_prompt
    return replace(design, limit=math.ceil(design.limit / step) * step)


def prompt_versions(design: Design) -> dict[str, str]:
    """Style -> version of its prompt files in this design's mode; `STYLE:rationale` with reasons."""
    used = {style: prompt_version(style, design.mode) for style in design.styles}
    if not design.rationale_share:
        return used
    reasons = {f"{style}:{RATIONALE}": prompt_version(style, RATIONALE) for style in design.styles}
    return reasons if design.rationale_share == 1 else used | reasons


def share_of_reasons(share: float) -> float:
    """The share of cells that are asked for a reason; BadInput outside 0 to 1."""
    if not 0.0 <= share <= 1.0:
        raise BadInput("--rationale-share is out of range.", found=share, expected="0 to 1")
    return share


def asks_reason(key: str, share: float, seed: int) -> bool:
    """Whether the cell with this key is in the seeded sample that is asked for a reason."""
    if share in (0.0, 1.0):
        return share == 1.0
    return int(stable_hash(("rationale", seed, key), digits=13), 16) < share * 16**13


def stable_hash(parts: Iterable[object], digits: int = 64) -> str:
    """SHA-256 over the parts' text, in hex; the same on every machine."""
    text = SEPARATOR.join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
