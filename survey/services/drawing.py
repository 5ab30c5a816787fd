"""Which items a participant gets: a pure function of the counts seen and a seed.

Every draw takes a cell with the smallest count among the cells that the participant may still get
for that relation, so the cells of one country and relation never drift apart. Among equally needy
cells it prefers scenarios that are behind, then receivers and themes the participant has not had,
then a seeded draw.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from operator import attrgetter
from typing import NamedTuple

from annotation.vocab.terms import OptionOrder

RULE = "neediest-3"
"""The version of this rule; stored with every assignment and raised when the rule changes.

1: every receiver, both orders balanced, reasons spread. 2: the instrument decides on these; under
an instrument that leaves them alone both rules draw the same. 3: no further draw once one is as even
as can be, and one random number for each choice instead of one for each of the cells in it; what
was drawn by 1 and 2 is replayed as they drew.
"""

TRIES = 8
"""Draws per participant at most: the best balanced by receivers and themes is kept."""


_Rank = tuple[int, int, int]
_Counts = Mapping[str, int]


class Undrawable(ValueError):  # noqa: N818 - a state of the study, not a fault of the program
    """A relation has fewer scenarios than the mix asks for."""


class Cell(NamedTuple):
    """An item for one participant country. `held` counts confirmed answers and live leases."""

    item: int
    scenario: int
    relation: str
    receiver: str
    theme: str
    held: int
    target: int
    surplus: int = 0


_Pick = Callable[[Sequence[Cell], _Counts, _Counts, random.Random], Cell]
"""One of several equally needy cells, by the receivers and themes that the participant has had."""


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


def draw(
    cells: Sequence[Cell], mix: Mapping[str, int], seed: int, rule: str = RULE
) -> tuple[Drawn, ...]:
    """Draw one participant's items in the order they are shown; Undrawable if there are too few.

    Never two items of one scenario. The same arguments always give the same answer.
    """
    rng = random.Random(seed)  # noqa: S311 - a replayable draw, not a secret
    relations = [relation for relation, count in sorted(mix.items()) for _ in range(count)]
    pick = _by_lot if rule == RULE else _by_many_lots
    enough = _most_even(cells, len(relations)) if rule == RULE else 0
    best = list(_best(_tries(_Pool(cells), relations, rng, pick), enough))
    rng.shuffle(best)
    return tuple(best)


def _tries(
    pool: _Pool, relations: Sequence[str], rng: random.Random, pick: _Pick
) -> Iterator[list[Drawn]]:
    for _ in range(TRIES):
        yield _one_try(pool, rng.sample(relations, len(relations)), rng, pick)


def _best(tries: Iterable[list[Drawn]], enough: int) -> list[Drawn]:
    """The first of the most even ones; none is made after one that is as even as `enough`."""
    best, least = [], None
    for found in tries:
        uneven = _unevenness(found)
        if least is None or uneven < least:
            best, least = found, uneven
        if least <= enough:
            break
    return best


class _Pool:
    """The cells by relation and, within it, by the part of their rank that no draw changes.

    `ranked` has the neediest first, cells of one rank in the order of their items; `sizes` counts
    the cells of a relation, `shares` those of one scenario among them.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        load: Counter[int] = Counter()
        for cell in cells:
            load[cell.scenario] += cell.held + cell.surplus
        ranks: dict[str, dict[_Rank, list[Cell]]] = defaultdict(lambda: defaultdict(list))
        for cell in sorted(cells, key=attrgetter("item")):
            rank = (cell.held, cell.surplus, load[cell.scenario])
            ranks[cell.relation][rank].append(cell)
        self.ranked = defaultdict(
            list, {relation: sorted(of.items()) for relation, of in ranks.items()}
        )
        self.sizes = Counter(cell.relation for cell in cells)
        self.shares = Counter((cell.relation, cell.scenario) for cell in cells)

    def neediest(self, relation: str, taken: set[int]) -> tuple[int, list[Cell]]:
        """The smallest count among the cells of other scenarios, and all of that rank."""
        for rank, cells in self.ranked[relation]:
            ties = [cell for cell in cells if cell.scenario not in taken]
            if ties:
                return rank[0], ties
        raise Undrawable(f"There are too few scenarios of relation {relation!r} for the mix.")

    def eligible(self, relation: str, taken: set[int]) -> int:
        """How many cells of a relation belong to other scenarios."""
        return self.sizes[relation] - sum(self.shares[relation, scenario] for scenario in taken)


def _one_try(pool: _Pool, relations: Sequence[str], rng: random.Random, pick: _Pick) -> list[Drawn]:
    taken: set[int] = set()
    receivers: dict[str, int] = defaultdict(int)
    themes: dict[str, int] = defaultdict(int)
    found = []
    for relation in relations:
        smallest, ties = pool.neediest(relation, taken)
        cell = pick(ties, receivers, themes, rng)
        found.append(Drawn(cell, smallest=smallest, eligible=pool.eligible(relation, taken)))
        taken.add(cell.scenario)
        receivers[cell.receiver] += 1
        themes[cell.theme] += 1
    return found


def _by_lot(ties: Sequence[Cell], had: _Counts, thought_of: _Counts, rng: random.Random) -> Cell:
    """A cell of the receiver had least and, of those, of the theme had least; equals draw lots."""
    keys = [(had[cell.receiver], thought_of[cell.theme]) for cell in ties]
    least = min(keys)
    equals = [cell for cell, key in zip(ties, keys, strict=True) if key == least]
    return equals[int(rng.random() * len(equals))]


def _by_many_lots(
    ties: Sequence[Cell], had: _Counts, thought_of: _Counts, rng: random.Random
) -> Cell:
    """The same as rules 1 and 2 drew it: a number for every cell."""
    keys = [(had[cell.receiver], thought_of[cell.theme], rng.random()) for cell in ties]
    return ties[keys.index(min(keys))]


def _unevenness(drawn: Iterable[Drawn]) -> int:
    """How far receivers and themes are from being spread evenly: the sum of squared counts."""
    cells = [one.cell for one in drawn]
    receivers = Counter(cell.receiver for cell in cells)
    themes = Counter(cell.theme for cell in cells)
    return sum(n * n for n in (*receivers.values(), *themes.values()))


def _most_even(cells: Iterable[Cell], length: int) -> int:
    """The smallest unevenness that so many items can have, whatever the scenarios allow."""
    receivers, themes = {cell.receiver for cell in cells}, {cell.theme for cell in cells}
    return sum(_spread(length, len(kinds)) for kinds in (receivers, themes))


def _spread(length: int, kinds: int) -> int:
    """The sum of squared counts of so many things spread evenly over so many kinds."""
    each, more = divmod(length, max(kinds, 1))
    return more * (each + 1) ** 2 + (kinds - more) * each**2


def pick_order(seen: Mapping[str, int], seed: int) -> str:
    """The option order shown less often so far; a tie opens a new block, settled by the seed."""
    return fewest(seen, tuple(OptionOrder), seed)


def fewest(seen: Mapping[str, int], choices: Sequence[str], seed: int) -> str:
    """The choice with the smallest count; ties are settled by the seed."""
    rng = random.Random(seed)  # noqa: S311
    return str(min(choices, key=lambda choice: (seen.get(choice, 0), rng.random())))
