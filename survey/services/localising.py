"""An instrument in another language: only texts change; codes, keys and passes never do.

A translation has the shape of the instrument's text parts. Sections are matched by place,
questions by key and answers by code, so a translation cannot change what an answer means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from survey.models import ScenarioText, Study
from survey.services.instruments import Definition, Option, Section, Wording
from survey.services.scenario_texts import versions_of

Path = tuple[str | int, ...]
Take = Callable[[Path, str], str]
"""Given a text's place and the original, the text to show."""

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
    unused = set() if definition.perceived else {"wording.perceived"}
    return [path for path in missing if path not in unused]


def languages_open(study: Study, definition: Definition) -> list[str]:
    """The languages that people can choose: the instrument's own, and those wholly translated."""
    others = [tag for tag in definition.languages if tag != definition.language]
    whole = [tag for tag in others if not missing_texts(definition, tag)]
    return [definition.language, *(tag for tag in whole if _has_scenarios(study, tag))]


def _has_scenarios(study: Study, language: str) -> bool:
    """Whether every scenario of the study's release has its texts in this language."""
    told = ScenarioText.objects.filter(study=study, language=language).values("version")
    return not versions_of(study).exclude(pk__in=told).exists()


def _found(texts: Mapping[str, Any], path: Path, original: str) -> str:
    """The translated text at a place; empty when there is none or it lost a placeholder."""
    value: Any = texts
    for step in path:
        value = _inside(value, step)
    text = value.strip() if isinstance(value, str) else ""
    return text if set(_PLACEHOLDER.findall(text)) == set(_PLACEHOLDER.findall(original)) else ""


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
