"""Who rates what, and in which order. Pure: numbers in, slots out, the same for the same seed.

Items and annotators are numbered from 0 in the order of the sample and of the seats.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from annotation.services.validation.sampling import ranked


@dataclass(frozen=True)
class Sharing:
    """How items are shared out: the first `shared` of the sample go to `shared_raters` people,
    the others to `raters`; each annotator meets `repeats` own items a second time."""

    raters: int
    shared: int
    shared_raters: int
    repeats: int = 0

    def raters_of(self, item: int) -> int:
        """How many people rate the item at this place of the sample."""
        return self.shared_raters if item < self.shared else self.raters


@dataclass(frozen=True)
class Slot:
    """One rating to be given; `annotator` is None where whoever comes first takes it."""

    item: int
    slot: int
    annotator: int | None
    position: int
    repeat: int = 0


class Meetings:
    """How many ratings everybody has, and how often each pair meets on an item.

    Only people with the fewest ratings are taken, and those with one more where there are too few
    of them. So loads never differ by more than one, at any moment.
    """

    def __init__(self, annotators: int) -> None:
        self.loads = [0] * annotators
        self.met = [[0] * annotators for _ in range(annotators)]

    def add(self, count: int) -> tuple[int, ...]:
        """Give one more item to `count` people, such that pairs who have not met do so first."""
        fewest = min(self.loads)
        low = [one for one, load in enumerate(self.loads) if load == fewest]
        chosen = low if len(low) < count else self._pair_of_round(low) if count == 2 else []
        left = [one for one in range(len(self.loads)) if one not in chosen]
        candidates = left if chosen else low
        while len(chosen) < count:
            best = min(candidates, key=lambda one: self._known(one, chosen))
            chosen = [*chosen, best]
            candidates = [one for one in candidates if one != best]
        self._note(chosen)
        return tuple(sorted(chosen))

    @property
    def strangers(self) -> list[tuple[int, int]]:
        """Pairs of annotators who share no item."""
        everybody = range(len(self.loads))
        return [(a, b) for a, b in combinations(everybody, 2) if not self.met[a][b]]

    def _pair_of_round(self, low: Sequence[int]) -> list[int]:
        """Two who meet in the round that they are in, where an even number of people goes in pairs
        (the circle method): after one round fewer than there are people, every two have met once."""
        people = len(self.loads)
        for one in low if people % 2 == 0 else ():
            other = opponent(one, self.loads[one], people)
            if other in low:
                return [one, other]
        return []

    def _known(self, one: int, chosen: Sequence[int]) -> tuple[int, int]:
        """How often one has met the chosen; before anybody is chosen, whom one has not met."""
        return sum(self.met[one][other] for other in chosen), -self.met[one].count(0)

    def _note(self, chosen: Sequence[int]) -> None:
        for one in chosen:
            self.loads[one] += 1
        for a, b in combinations(chosen, 2):
            self.met[a][b] += 1
            self.met[b][a] += 1


def opponent(one: int, turn: int, people: int) -> int:
    """Whom one of an even number of people meets in this turn of a round-robin: the last one stays
    in place, and the others go round."""
    last = people - 1
    if one == last:
        return turn % last
    other = (2 * turn - one) % last
    return last if other == one else other


def share_out(*, items: int, annotators: int, sharing: Sharing) -> list[tuple[int, ...]]:
    """Who rates each item, in the order of the sample; loads differ by at most one."""
    meetings = Meetings(annotators)
    return [meetings.add(sharing.raters_of(item)) for item in range(items)]


def shared_needed(*, annotators: int, shared_raters: int) -> int:
    """How many shared items it takes until every pair of annotators has met."""
    meetings = Meetings(annotators)
    items = 0
    while meetings.strangers:
        meetings.add(shared_raters)
        items += 1
    return items


def all_meet(*, items: int, annotators: int, sharing: Sharing) -> bool:
    """Whether every pair of annotators shares an item; stops as soon as all of them do."""
    meetings = Meetings(annotators)
    for item in range(items):
        if not meetings.strangers:
            break
        meetings.add(sharing.raters_of(item))
    return not meetings.strangers


def loads(slots: Sequence[Slot]) -> list[int]:
    """How many ratings each annotator gives, repeats included; the fewest first."""
    return sorted(Counter(slot.annotator for slot in slots if slot.annotator is not None).values())


def planned_slots(
    *, keys: Sequence[str], annotators: int, sharing: Sharing, seed: int
) -> list[Slot]:
    """Every rating of a planned validation, each annotator's in an order of its own.

    Raises ValueError where an annotator has too few items for the self-repeats.
    """
    raters = share_out(items=len(keys), annotators=annotators, sharing=sharing)
    own: dict[int, list[int]] = defaultdict(list)
    place: dict[tuple[int, int], int] = {}
    for item, those in enumerate(raters):
        for slot, annotator in enumerate(those):
            own[annotator].append(item)
            place[item, annotator] = slot
    taken = Counter({item: len(those) for item, those in enumerate(raters)})
    slots = []
    for annotator in range(annotators):
        order = own_order(own[annotator], keys, seed=seed, annotator=annotator)
        for position, (item, repeat) in enumerate(with_repeats(order, sharing.repeats)):
            number = taken[item] if repeat else place[item, annotator]
            taken[item] += repeat
            slots.append(Slot(item, number, annotator, position, repeat))
    return slots


def free_slots(*, items: int, sharing: Sharing) -> list[Slot]:
    """Every rating of a free pool, nobody's yet: item after item, so that overlaps fill early."""
    numbers = [(item, slot) for item in range(items) for slot in range(sharing.raters_of(item))]
    return [Slot(item, slot, None, position) for position, (item, slot) in enumerate(numbers)]


def own_order(items: Sequence[int], keys: Sequence[str], *, seed: int, annotator: int) -> list[int]:
    """One annotator's items in an order shuffled for this annotator alone."""
    by_key = {keys[item]: item for item in items}
    return [by_key[key] for key in ranked(by_key, seed=seed, purpose=f"annotator|{annotator}")]


def with_repeats(order: Sequence[int], repeats: int) -> list[tuple[int, int]]:
    """(item, 0 or 1 for a repeat) in order: repeats of early items, spread over the second half.

    Between an item and its repeat lie at least half of the annotator's items. Raises ValueError
    where more than half of the items would be repeated.
    """
    half = len(order) // 2
    if repeats > half:
        raise ValueError(f"{repeats} repeats of {len(order)} items cannot be kept apart")
    later = [(item, 0) for item in order[half:]]
    step = (len(later) + repeats) / repeats if repeats else 0
    for number, item in enumerate(order[:repeats]):
        later.insert(int((number + 1) * step) - 1, (item, 1))
    return [(item, 0) for item in order[:half]] + later
