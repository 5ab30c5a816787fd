"""Where a benchmark's actors come from: one country per scenario and relation, drawn by a seed.

The draw is a hash of seed, scenario and relation, so that it depends on no other scenario and needs
no table. Candidates are the pool's countries that stand in the relation to the scenario's country
under a distance scheme. A country without any (an island far from everywhere has no close one) takes
the pool's nearest or farthest by capital instead, and the instance says so.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from annotation.vocab.countries import DATA, by_iso2
from annotation.vocab.distance import Scheme, capital_distance_km, relation
from annotation.vocab.terms import Relation


class ActorRule(StrEnum):
    """How the actor's country was come by."""

    SCHEME = "scheme"
    NEAREST = "nearest"
    FARTHEST = "farthest"


class Actor(NamedTuple):
    """A country as ISO2 code, and how it was come by."""

    country: str
    rule: ActorRule


@dataclass(frozen=True)
class Pool:
    """The countries that actors may come from, as sorted ISO2 codes; three at least."""

    name: str
    countries: tuple[str, ...]

    def __post_init__(self) -> None:
        for code in self.countries:
            by_iso2(code)
        if len(set(self.countries)) < 3 or list(self.countries) != sorted(set(self.countries)):
            raise ValueError(f"pool {self.name!r} needs three countries or more, sorted, each once")

    @property
    def hash(self) -> str:
        """SHA-256 of the countries."""
        return sha256(",".join(self.countries).encode()).hexdigest()


@cache
def state_pool() -> Pool:
    """The shipped pool: 199 states and the like, without territories where few people live."""
    raw = json.loads((DATA / "pools" / "states.json").read_text(encoding="utf-8"))
    return Pool(raw["name"], tuple(raw["countries"]))


@cache
def candidates(
    scheme: Scheme, pool: Pool, receiver: str, wanted: Relation
) -> tuple[tuple[str, ...], ActorRule]:
    """The countries an actor of this relation may come from, and the rule that found them.

    Raises ValueError where neither the scheme nor the capitals name one.
    """
    others = [code for code in pool.countries if code != receiver]
    found = tuple(code for code in others if relation(scheme, code, receiver) is wanted)
    if found:
        return found, ActorRule.SCHEME
    here = by_iso2(receiver)
    distances = [
        (km, code)
        for code in others
        if (km := capital_distance_km(here, by_iso2(code))) is not None
    ]
    if not distances:
        message = (
            f"no {wanted} actor for {here.name}: {scheme.name} names none, no capital is known"
        )
        raise ValueError(message)
    if wanted is Relation.CLOSE:
        return (min(distances)[1],), ActorRule.NEAREST
    return (max(distances)[1],), ActorRule.FARTHEST


def actor_for(
    scheme: Scheme, pool: Pool, seed: int, key: str, receiver: str, wanted: Relation
) -> Actor:
    """The actor's country of a scenario (`key`, set in `receiver`) under a relation."""
    if wanted is Relation.SAME:
        return Actor(receiver, ActorRule.SCHEME)
    found, rule = candidates(scheme, pool, receiver, wanted)
    digest = sha256(f"{seed}|{key}|{wanted}".encode()).digest()
    return Actor(found[int.from_bytes(digest[:8]) % len(found)], rule)
