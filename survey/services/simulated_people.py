"""Who comes to a rehearsal, and what they answer: pure functions of a seed.

The answers follow a small logistic model, so that a rehearsal's report looks alive: scenarios
differ, people differ, countries differ in how far personal choice stands from the norm, and what
is close to home is followed more. The figures are invented; nothing about real people is in them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from annotation.vocab.terms import RECEIVERS, Age, Choice, Gender, Relation
from survey.services.participation import Reply

RELATION_PULL = {Relation.SAME: 0.45, Relation.CLOSE: 0.15, Relation.FAR: -0.2}
"""How much more the norm is followed, in logits, the closer a scenario is to home."""

QUIRKS = {
    "none": 46,
    "reload": 10,
    "double_submit": 10,
    "two_tabs": 9,
    "both_tabs": 8,
    "breaks_off": 6,
    "wrong_first": 4,
    "declines": 2,
    "withdraws": 3,
    "misunderstands": 2,
}
"""What people do beside answering, and how often, in percent.

`reload` asks for each page twice. `double_submit` sends each answer twice at once. `two_tabs` sends
it, then another version from a second tab; `both_tabs` has both versions on their way at the same
time. `breaks_off` loses the connection once an answer is sent, and comes back. `wrong_first` fails
the first try at the comprehension questions, `misunderstands` both. `declines` does not consent.
`withdraws` has everything removed in the middle.
"""

WITHDRAWS_AFTER = 3
"""How many scenarios somebody answers before having them removed."""

FAILING = 0.06
"""The share of people who fail attention checks."""
RETURNING = 0.3
"""The share of those who drop out who come back after their time has run out."""

_REASONS = (
    "It is how people do it there.",
    "I would not want to offend anybody.",
    "It would not bother anyone, so I would do what suits me.",
    "My own comfort matters more to me here.",
    "I would go along for the sake of the other person.",
)


@dataclass(frozen=True)
class Guest:
    """One simulated arrival. `leaves_after` is how many pages they answer before dropping out;

    who `comes_back` does so late, when their places have been given away.
    """

    pid: str
    country: str
    age: str
    gender: str
    quirk: str
    fails_checks: bool
    leaves_after: int | None
    comes_back: bool
    seed: str


@dataclass(frozen=True)
class Situation:
    """What a guest reads on a scenario page."""

    text: str
    relation: str
    asks_reason: bool


def make_guests(
    *, n: int, seed: int, countries: tuple[str, ...], dropout: float, pages: int
) -> list[Guest]:
    """Arrivals in order, countries in turn; the same arguments give the same guests."""
    return [_guest(index, seed, countries, dropout, pages) for index in range(n)]


def _guest(index: int, seed: int, countries: tuple[str, ...], dropout: float, pages: int) -> Guest:
    own_seed = f"{seed}|{index}"
    rng = random.Random(own_seed)  # noqa: S311 - simulated people need no secrets
    leaves = rng.random() < dropout
    return Guest(
        pid=hashlib.sha256(f"guest|{own_seed}".encode()).hexdigest()[:24],
        country=countries[index % len(countries)],
        age=rng.choice(list(Age)),
        gender=rng.choice(list(Gender)),
        quirk=rng.choices(list(QUIRKS), list(QUIRKS.values()))[0],
        fails_checks=rng.random() < FAILING,
        leaves_after=rng.randrange(pages) if leaves else None,
        comes_back=leaves and rng.random() < RETURNING,
        seed=own_seed,
    )


def language_of(guest: Guest, offered: Sequence[str]) -> str:
    """Which of the languages on the consent page this guest reads the study in; always the same."""
    return random.Random(f"language|{guest.seed}").choice(offered)  # noqa: S311


def answer(guest: Guest, situation: Situation) -> Reply:
    """What this guest says about this situation; always the same."""
    key = scenario_key(situation.text)
    rng = random.Random(f"{guest.seed}|{situation.text}")  # noqa: S311
    norm = _scenario_pull(key) + RELATION_PULL.get(Relation(situation.relation), 0.0)
    norm += 0.3 if "older" in situation.text else 0.0
    personal = norm - _country_gap(guest.country) + _temper(guest)
    mood = rng.gauss(0, 0.6)
    return Reply(
        personal=_choose(rng, personal + mood),
        norm=_choose(rng, norm + mood),
        importance_norm=_rating(rng, 4.2 + 0.8 * norm),
        importance_preference=_rating(rng, 4.0 - 0.7 * personal),
        reason=rng.choice(_REASONS) if situation.asks_reason else "",
    )


def scenario_key(text: str) -> str:
    """The situation without its receiver, so that four receivers share one scenario's pull."""
    for receiver in RECEIVERS:
        text = text.replace(receiver.phrase, "").replace(receiver.phrase.capitalize(), "")
    return text


def _scenario_pull(key: str) -> float:
    """How strongly people follow the norm in this scenario, in logits: mean 0.5, deviation 1.1."""
    return random.Random(f"scenario|{key}").gauss(0.5, 1.1)  # noqa: S311


def _country_gap(country: str) -> float:
    """How far personal choice falls behind the norm in a country, in logits: 0.1 to 1.2."""
    return random.Random(f"gap|{country}").uniform(0.1, 1.2)  # noqa: S311


def _temper(guest: Guest) -> float:
    """How much more than others this person goes along."""
    return random.Random(f"temper|{guest.seed}").gauss(0.0, 0.5)  # noqa: S311


def _choose(rng: random.Random, logit: float) -> str:
    return Choice.CULTURE if rng.random() < 1 / (1 + exp(-logit)) else Choice.PREFERENCE


def _rating(rng: random.Random, centre: float) -> int:
    return min(7, max(1, round(rng.gauss(centre, 1.1))))
