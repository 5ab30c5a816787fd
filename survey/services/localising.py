"""An instrument in another language: only texts change; codes, keys and passes never do.

A translation has the shape of the instrument's text parts. Sections are matched by place,
questions by key and answers by code, so a translation cannot change what an answer means.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from survey.models import Study
from survey.services.instruments import Definition, Option, Section, Wording
from survey.services.scenario_texts import untold

Path = tuple[str | int, ...]
Take = Callable[[Path, str], str]
"""Given a text's place and the original, the text to show."""

_ADDRESS = re.compile(r"\S+@\S+")
"""A contact that reads the same in every language."""

_PLACEHOLDER = re.compile(r"\{\w+\}")


def localise(definition: Definition, language: str) -> Definition:
    """The instrument in this language; a text without a translation stays as it is."""
    texts = definition.translations.get(language)
    if language == definition.language or not texts:
        return definition
    made = _retold(definition, lambda path, original: _found(texts, path, original) or original)
    return replace(made, language=language)


def missing_texts(definition: Definition, language: str) -> list[str]:
    """The places, as in `checks.green.text`, that have no usable text in this language.

    A translation that has lost a placeholder, as {people}, counts as missing.
    """
    if language == definition.language:
        return []
    texts = definition.translations.get(language) or {}
    missing: list[str] = []

    def note(path: Path, original: str) -> str:
        if not _found(texts, path, original):
            missing.append(".".join(map(str, path)))
        return original

    _retold(definition, note)
    needless = set() if definition.perceived else {"wording.perceived"}
    if _ADDRESS.fullmatch(definition.contact):
        needless.add("contact")
    return [path for path in missing if path not in needless]


@dataclass(frozen=True)
class Text:
    """One text of an instrument and what it is in another language; `told` is empty where it is not.

    `usable`: it is there and has every placeholder. A text that is not `needed` may stay away.
    """

    path: Path
    original: str
    told: str
    usable: bool
    needed: bool

    @property
    def part(self) -> str:
        """The part of the instrument that it stands in."""
        return str(self.path[0])

    @property
    def name(self) -> str:
        """A name for a form's field, of this place and this original: when either changes, it does."""
        told = json.dumps([*self.path, self.original])
        return f"t-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def placeholders(text: str) -> set[str]:
    """What stands in braces, as {people}; a translation must have the same."""
    return set(_PLACEHOLDER.findall(text))


def texts_in(definition: Definition, language: str) -> list[Text]:
    """Every text of the instrument beside what it is in this language, in the instrument's order."""
    texts = definition.translations.get(language) or {}
    missing = set(missing_texts(definition, language))
    found: list[Text] = []

    def note(path: Path, original: str) -> str:
        usable = bool(_found(texts, path, original))
        needed = usable or ".".join(map(str, path)) in missing
        found.append(Text(path, original, _raw(texts, path), usable, needed))
        return original

    _retold(definition, note)
    return found


def tree_of(definition: Definition, told: Mapping[Path, str]) -> dict[str, Any]:
    """A language's texts in the shape in which an instrument holds them; gaps are empty texts."""
    here = _retold(definition, lambda path, _original: told.get(path, ""))
    return {
        "consent": [vars(one) for one in here.consent],
        "instructions": [vars(one) for one in here.instructions],
        "comprehension": [_question(one) for one in here.comprehension],
        "checks": [_question(one) for one in here.checks],
        "wording": {name: text for name, text in vars(here.wording).items() if text},
        "contact": here.contact,
    }


def _question(one: Any) -> dict[str, Any]:
    return {"key": one.key, "text": one.text, "options": [vars(option) for option in one.options]}


def languages_open(study: Study, definition: Definition) -> list[str]:
    """The languages that people can choose: the instrument's own, and those wholly translated."""
    others = [tag for tag in definition.languages if tag != definition.language]
    whole = [tag for tag in others if not missing_texts(definition, tag)]
    return [definition.language, *(tag for tag in whole if not untold(study, tag).exists())]


def _found(texts: Mapping[str, Any], path: Path, original: str) -> str:
    """The translated text at a place; empty when there is none or it lost a placeholder."""
    text = _raw(texts, path)
    return text if placeholders(text) == placeholders(original) else ""


def _raw(texts: Mapping[str, Any], path: Path) -> str:
    """What stands at a place, usable or not."""
    value: Any = texts
    for step in path:
        value = _inside(value, step)
    return value.strip() if isinstance(value, str) else ""


def _inside(value: Any, step: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if not isinstance(value, list):
        return None
    if isinstance(step, int):
        return value[step] if step < len(value) else None
    named = (one for one in value if isinstance(one, Mapping))
    return next((one for one in named if step in (one.get("key"), one.get("code"))), None)


def _retold(definition: Definition, take: Take) -> Definition:
    """The definition with every text as `take` gives it."""
    return replace(
        definition,
        consent=_sections("consent", definition.consent, take),
        instructions=_sections("instructions", definition.instructions, take),
        comprehension=tuple(_asked("comprehension", one, take) for one in definition.comprehension),
        checks=tuple(_asked("checks", one, take) for one in definition.checks),
        wording=_wording(definition.wording, take),
        contact=take(("contact",), definition.contact),
    )


def _sections(part: str, sections: tuple[Section, ...], take: Take) -> tuple[Section, ...]:
    return tuple(
        Section(take((part, i, "heading"), one.heading), take((part, i, "text"), one.text))
        for i, one in enumerate(sections)
    )


def _asked(part: str, one: Any, take: Take) -> Any:
    """A question or check with its texts; key, codes and what passes stay."""
    options = tuple(
        Option(o.code, take((part, one.key, "options", o.code, "text"), o.text))
        for o in one.options
    )
    return replace(one, text=take((part, one.key, "text"), one.text), options=options)


def _wording(wording: Wording, take: Take) -> Wording:
    texts = {name: take(("wording", name), text) for name, text in vars(wording).items()}
    return Wording(**texts)
