"""Which items a participant gets: a pure function of the counts seen and a seed.

Every draw takes a cell with the smallest count among the cells that the participant may still get
for that relation, so the cells of one country and relation never drift apart. Among equally needy
cells it prefers scenarios that are behind, then receivers and themes the participant has not had,
then a seeded draw.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from annotation.vocab.terms import OptionOrder

RULE = "neediest-2"
"""The version of this rule; stored with every assignment and raised when the rule changes.

1: every receiver, both orders balanced, reasons spread. 2: the instrument decides on these; under
an instrument that leaves them alone both rules draw the same.
"""

TRIES = 8
"""Draws per participant, of which the one with the best balanced receivers and themes is kept."""


class Undrawable(ValueError):  # noqa: N818 - a state of the study, not a fault of the program
    """A relation has fewer scenarios than the mix asks for."""


@dataclass(frozen=True)
class Cell:
    """An item for one participant country. `held` counts confirmed answers and live leases."""

    item: int
    scenario: int
    relation: str
    receiver: str
    theme: str
    held: int
    target: int
    surplus: int = 0


@dataclass(frozen=True)
class Drawn:
    """A cell that was drawn, with the smallest count among the `eligible` cells at that moment."""

    cell: Cell
    smallest: int
    eligible: int

    @property
    def surplus(self) -> bool:
        """Whether every eligible place was taken already."""
        return self.cell.held >= self.cell.target


def target_of(*, planned: int, countries: int, per_participant: int, cells: int) -> int:
    """Answers wanted per cell: planned completes of one country times the mix, over its cells."""
    if not cells:
        return 0
    return ceil(ceil(planned / countries) * per_participant / cells)


def draw(cells: Sequence[Cell], mix: Mapping[str, int], seed: int) -> tuple[Drawn, ...]:
    """Draw one participant's items in the order they are shown; Undrawable if there are too few.

    Never two items of one scenario. The same arguments always give the same answer.
    """
    rng = random.Random(seed)  # noqa: S311 - a replayable draw, not a secret
    pool = _Pool(cells)
    relations = [relation for relation, count in sorted(mix.items()) for _ in range(count)]
    tries = [_one_try(pool, rng.sample(relations, len(relations)), rng) for _ in range(TRIES)]
    best = list(min(tries, key=_unevenness))
    rng.shuffle(best)
    return tuple(best)


class _Pool:
    """The cells by relation, each with the part of its rank that no draw changes."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        load: Counter[int] = Counter()
        for cell in cells:
            load[cell.scenario] += cell.held + cell.surplus
        self.by_relation: dict[str, list[tuple[tuple[int, int, int], Cell]]] = defaultdict(list)
        for cell in sorted(cells, key=lambda cell: cell.item):
            rank = (cell.held, cell.surplus, load[cell.scenario])
            self.by_relation[cell.relation].append((rank, cell))


def _one_try(pool: _Pool, relations: Sequence[str], rng: random.Random) -> list[Drawn]:
    taken: set[int] = set()
    receivers: Counter[str] = Counter()
    themes: Counter[str] = Counter()
    found = []
    for relation in relations:
        eligible = [entry for entry in pool.by_relation[relation] if entry[1].scenario not in taken]
        if not eligible:
            raise Undrawable(f"There are too few scenarios of relation {relation!r} for the mix.")
        least = min(rank for rank, _ in eligible)
        ties = [cell for rank, cell in eligible if rank == least]
        cell = min(
            ties, key=lambda cell: (receivers[cell.receiver], themes[cell.theme], rng.random())
        )
        found.append(Drawn(cell, smallest=least[0], eligible=len(eligible)))
        taken.add(cell.scenario)
        receivers[cell.receiver] += 1
        themes[cell.theme] += 1
    return found


def _unevenness(drawn: Iterable[Drawn]) -> int:
    """How far receivers and themes are from being spread evenly: the sum of squared counts."""
    cells = [one.cell for one in drawn]
    receivers = Counter(cell.receiver for cell in cells)
    themes = Counter(cell.theme for cell in cells)
    return sum(n * n for n in (*receivers.values(), *themes.values()))


def pick_order(seen: Mapping[str, int], seed: int) -> str:
    """The option order shown less often so far; a tie opens a new block, settled by the seed."""
    return fewest(seen, tuple(OptionOrder), seed)


def fewest(seen: Mapping[str, int], choices: Sequence[str], seed: int) -> str:
    """The choice with the smallest count; ties are settled by the seed."""
    rng = random.Random(seed)  # noqa: S311
    return str(min(choices, key=lambda choice: (seen.get(choice, 0), rng.random())))
