"""Section 2 of the definitions, computed the slow and obvious way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean

from tests.reference.reading import FRAMES, Item, Person

Votes = Mapping[Item, Sequence[float]]


def mean(values: Iterable[float]) -> float | None:
    """The mean, or None of nothing: undefined is never a number."""
    found = list(values)
    return fmean(found) if found else None


def within(people: Iterable[Person], group: Mapping[str, str]) -> list[Person]:
    return [p for p in people if all(p.traits[key] == value for key, value in group.items())]


def votes(people: Iterable[Person], frame: str) -> dict[Item, list[float]]:
    """Item -> its valid answers to one question (1 culture, 0 preference)."""
    found: dict[Item, list[float]] = defaultdict(list)
    for person in people:
        answer = person.answer(frame)
        if answer is not None:
            found[person.item].append(answer)
    return dict(found)


def rates(cells: Votes) -> dict[Item, float]:
    return {item: fmean(answers) for item, answers in cells.items()}


def culture_rate_answers(cells: Votes) -> float | None:
    return mean(answer for answers in cells.values() for answer in answers)


def culture_rate_items(cells: Votes) -> float | None:
    return mean(rates(cells).values())


def _pairs(answers: Sequence[float]) -> tuple[float, float]:
    """Ordered pairs of different people that agree, and all of them."""
    n, k = len(answers), sum(answers)
    return k * (k - 1) + (n - k) * (n - k - 1), n * (n - 1)


def pair_agreement_items(cells: Votes) -> float | None:
    shared = [_pairs(answers) for answers in cells.values() if len(answers) >= 2]
    return mean(agreeing / pairs for agreeing, pairs in shared)


def pair_agreement_pairs(cells: Votes) -> float | None:
    shared = [_pairs(answers) for answers in cells.values() if len(answers) >= 2]
    total = sum(pairs for _, pairs in shared)
    return sum(agreeing for agreeing, _ in shared) / total if total else None


def majority_share(cells: Votes) -> float | None:
    return mean(max(h, 1 - h) for h in rates(cells).values())


def gap_answers(people: Iterable[Person]) -> float | None:
    """norm_personal_gap over answers, paired per participant and item."""
    return mean(
        p.norm - p.personal for p in people if p.norm is not None and p.personal is not None
    )


def gap_items(people: Iterable[Person]) -> float | None:
    """The same pairs, averaged within items first."""
    found: dict[Item, list[float]] = defaultdict(list)
    for p in people:
        if p.norm is not None and p.personal is not None:
            found[p.item].append(p.norm - p.personal)
    return mean(fmean(gaps) for gaps in found.values())


BY_FRAME: dict[tuple[str, str], Callable[[Votes], float | None]] = {
    ("culture_rate", "weight:answers"): culture_rate_answers,
    ("culture_rate", "weight:items"): culture_rate_items,
    ("pair_agreement", "average:items"): pair_agreement_items,
    ("pair_agreement", "average:pairs"): pair_agreement_pairs,
    ("majority_share", "average:items"): majority_share,
}
BY_PERSON: dict[tuple[str, str], Callable[[Iterable[Person]], float | None]] = {
    ("norm_personal_gap", "weight:answers"): gap_answers,
    ("norm_personal_gap", "weight:items"): gap_items,
}


def both(values: Iterable[float | None]) -> float | None:
    """Frame `both`: the mean of the two frames, undefined where either is."""
    found = list(values)
    return None if any(v is None for v in found) else mean(v for v in found if v is not None)


def human_value(
    people: Iterable[Person], metric: str, frame: str, group: Mapping[str, str], option: str
) -> float | None:
    """One row of the table `human`. KeyError: not a row this reference knows."""
    members = within(people, group)
    if (metric, option) in BY_PERSON:
        return BY_PERSON[metric, option](members)
    compute = BY_FRAME[metric, option]
    if frame == "both":
        return both(compute(votes(members, name)) for name in FRAMES)
    return compute(votes(members, frame))
