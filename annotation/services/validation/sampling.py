"""Drawing a stratified sample. Pure: the same keys and seed give the same sample anywhere.

Chance comes from SHA-256 alone: things are ranked by the digest of the seed, a purpose and their
own key. Nothing depends on a language's random generator or on the order of rows in a database.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """One member of the population: its key, the hash of its wording, and its stratum."""

    key: str
    content_hash: str
    stratum: str = ""


def ranked(keys: Iterable[str], *, seed: int, purpose: str) -> list[str]:
    """The keys in an order that is random over seeds and fixed for one; purposes differ."""
    return sorted(keys, key=lambda key: (_digest(f"{seed}|{purpose}|{key}"), key))


def allocate(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """How many to draw from each stratum: proportional, by the method of largest remainders.

    A stratum's quota is size x count / total. Everyone gets its whole part; what is left goes one
    by one to the largest remainders, ties to the earlier name. The sum is exactly `size`, no
    stratum gets more than it has, and none is further than one from its quota. Small strata may
    get none. Raises ValueError where `size` is not within the population.
    """
    total = sum(counts.values())
    if not 0 <= size <= total:
        raise ValueError(f"{size} cannot be drawn from {total}")
    if not total:
        return dict.fromkeys(counts, 0)
    drawn = {name: size * count // total for name, count in counts.items()}
    by_remainder = sorted(counts, key=lambda name: (-(size * counts[name] % total), name))
    for name in by_remainder[: size - sum(drawn.values())]:
        drawn[name] += 1
    return drawn


def draw(population: Iterable[Unit], *, size: int, seed: int) -> list[Unit]:
    """A stratified sample of `size` units, in an order shuffled over the strata."""
    members = {unit.key: unit for unit in population}
    strata = defaultdict(list)
    for unit in members.values():
        strata[unit.stratum].append(unit.key)
    sizes = allocate({name: len(keys) for name, keys in strata.items()}, size)
    chosen = [
        key
        for name, keys in strata.items()
        for key in ranked(keys, seed=seed, purpose=f"draw|{name}")[: sizes[name]]
    ]
    return [members[key] for key in ranked(chosen, seed=seed, purpose="order")]


def strata_of(population: Iterable[Unit]) -> dict[str, int]:
    """How many units of the population each stratum holds, by name."""
    return dict(sorted(Counter(unit.stratum for unit in population).items()))


def population_hash(population: Iterable[Unit]) -> str:
    """SHA-256 over the sorted `key:content hash` lines: which wordings were there to draw from."""
    return _digest("\n".join(sorted(f"{unit.key}:{unit.content_hash}" for unit in population)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
