"""Fill the benchmark's prompt files for instances of `annotation.vocab.dyads`.

What instances of a scenario share is filled once per scenario, so that a prompt costs two
dictionary look-ups and a join: the whole benchmark is rendered as it is read, and kept nowhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from annotation.vocab.countries import by_iso2
from annotation.vocab.dyads import Cell, Instance, Person
from annotation.vocab.terms import (
    RECEIVER_PLACEHOLDER,
    BalancePrompt,
    Choice,
    OptionOrder,
    RoleConfiguration,
    with_phrase,
)
from modeling.backends.protocol import Label, Prompt
from modeling.prompts.rendering import LETTERS, place_of

FILE: Final = Path(__file__).with_name("benchmark.1.txt")
RATIONALE_FILE: Final = Path(__file__).with_name("rationale.1.txt")
RENDERING: Final = "1"
"""Raised when this module fills the same files differently; part of the prompt versions."""


def _version(*files: Path) -> str:
    content = b"".join(b"\0" + file.read_bytes() for file in files)
    return hashlib.sha256(RENDERING.encode() + content).hexdigest()[:16]


PROMPT_VERSION: Final = _version(FILE)
"""A short hash of the file and of how it is filled (16 hex digits)."""

RATIONALE_VERSION: Final = _version(FILE, RATIONALE_FILE)
"""The same where a short reason is asked for as well."""

MAX_TOKENS: Final[Mapping[bool, int]] = {False: 8, True: 128}
"""Room for the letter alone, and for the letter with a reason: the paper's 128 new tokens."""


class Wording(NamedTuple):
    """What a scenario says: texts of its version; `expectation` may be empty."""

    situation: str
    expectation: str
    culture_action: str
    preference_action: str


class BenchmarkPrompt(NamedTuple):
    """A prompt in words. `system` is "" under no_balance: the scenario speaks alone."""

    key: str
    system: str
    user: str
    option_order: OptionOrder


class ScenarioPrompts:
    """The prompts of one scenario set in `country` (ISO2). Raises ValueError without both actions."""

    def __init__(self, wording: Wording, country: str) -> None:
        if not (wording.culture_action.strip() and wording.preference_action.strip()):
            raise ValueError("a scenario without both actions cannot be asked about")
        # On one line each, so that no text can look like a new part of the prompt.
        self._wording = Wording(*(" ".join(text.split()) for text in wording))
        self._place = _place(country)
        self._roles = self._filled_roles()
        self._ends = {
            (order, reason): self._end(order, reason)
            for order in OptionOrder
            for reason in (False, True)
        }
        self._labels = {order: self._ordered(order) for order in OptionOrder}
        self._heads: dict[Person, str] = {}
        self._people: dict[tuple[str, Cell], str] = {}

    def prompt(self, instance: Instance, *, reason: bool = False) -> BenchmarkPrompt:
        """The prompt of one instance of this scenario, with a `reason` asked for or without."""
        end = self._ends[instance.option_order, reason]
        return BenchmarkPrompt(
            instance.id,
            _SYSTEM[instance.balance],
            self._head(instance) + self._roles[instance.role] + end,
            instance.option_order,
        )

    def request(self, key: str, instance: Instance, *, reason: bool = False) -> Prompt:
        """The same as an endpoint takes it; its reply will carry `key`."""
        said = self.prompt(instance, reason=reason)
        user = {"role": "user", "content": said.user}
        system = {"role": "system", "content": said.system}
        return Prompt(
            key=key,
            messages=(system, user) if said.system else (user,),
            labels=self._labels[said.option_order],
            max_tokens=MAX_TOKENS[reason],
            mode="rationale" if reason else "label",
            meta=_meta(instance),
        )

    def _head(self, instance: Instance) -> str:
        """Situation, expectation and people: the same for every role and order."""
        known = (instance.actor_country, instance.cell)
        if known not in self._people:
            self._people[known] = self._opening(instance.cell.receiver) + self._pair(instance)
        return self._people[known]

    def _opening(self, receiver: Person) -> str:
        head = self._heads.get(receiver)
        if head is None:
            situation = self._wording.situation
            if RECEIVER_PLACEHOLDER in situation:
                situation = with_phrase(situation, receiver.phrase)
            head = _fill("situation", place=self._place, situation=situation)
            if self._wording.expectation:
                head += _fill("expectation", expectation=self._wording.expectation)
            self._heads[receiver] = head
        return head

    def _pair(self, instance: Instance) -> str:
        return _fill(
            "people",
            actor=instance.cell.actor.phrase,
            actor_place=_place(instance.actor_country),
            receiver=instance.cell.receiver.phrase,
            receiver_place=self._place,
        )

    def _filled_roles(self) -> Mapping[RoleConfiguration, str]:
        actions = {
            "culture_action": self._wording.culture_action,
            "preference_action": self._wording.preference_action,
        }
        return {role: _fill(role.value, **actions) for role in RoleConfiguration}

    def _end(self, order: OptionOrder, reason: bool) -> str:
        first, second = (label.text for label in self._ordered(order))
        answer = _sections(RATIONALE_FILE if reason else FILE)["answer"].substitute()
        return (_fill("options", first=first, second=second) + answer).rstrip("\n")

    def _ordered(self, order: OptionOrder) -> tuple[Label, ...]:
        options = [
            (Choice.CULTURE.value, self._wording.culture_action),
            (Choice.PREFERENCE.value, self._wording.preference_action),
        ]
        if order is OptionOrder.PREFERENCE_FIRST:
            options.reverse()
        return tuple(
            Label(code, letter, text) for letter, (code, text) in zip(LETTERS, options, strict=True)
        )


def _meta(instance: Instance) -> dict[str, str]:
    """What the prompt is about, for baselines: plain fields under the names of the shards."""
    actor, receiver = instance.cell.actor, instance.cell.receiver
    return {
        "item": instance.key,
        "relation": instance.relation.value,
        "actor_country": instance.actor_country,
        "receiver_country": instance.receiver_country,
        "actor_age": str(actor.age),
        "actor_gender": str(actor.gender),
        "receiver_age": str(receiver.age),
        "receiver_gender": str(receiver.gender),
        "condition": instance.cell.condition.value,
        "role": instance.role.value,
        "balance": instance.balance.value,
        "option_order": instance.option_order.value,
    }


@cache
def _place(country: str) -> str:
    return place_of(by_iso2(country).name)


@cache
def _sections(file: Path) -> Mapping[str, Template]:
    """Section name -> template. A section starts at a line holding its name in brackets."""
    found: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
        name = line.strip().strip("[]")
        if line.strip() == f"[{name}]":
            found[name] = ""
        else:
            found[next(reversed(found))] += line
    return {name: Template(text) for name, text in found.items()}


def _fill(section: str, **values: str) -> str:
    return _sections(FILE)[section].substitute(values)


_SYSTEM: Final = {
    BalancePrompt.BALANCE: _fill("system.balance").strip(),
    BalancePrompt.NO_BALANCE: "",
}
