"""Numbers that need both frames or both settings at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from tests.reference.human import mean
from tests.reference.models import Bench, abs_error, averaged, pearson
from tests.reference.reading import FRAMES, Item, Person, Reply


def item_rates(replies: Sequence[Reply], frame: str, scale: str) -> dict[Item, float]:
    found: dict[Item, list[float]] = defaultdict(list)
    for reply in replies:
        score = reply.choice if scale == "hard" else reply.q
        if reply.frame == frame and score is not None:
            found[reply.item].append(score)
    return {item: fmean(qs) for item, qs in found.items()}


def human_gaps(people: Sequence[Person]) -> dict[Item, float]:
    """Norm less personal per item, paired per participant as norm_personal_gap is."""
    found: dict[Item, list[float]] = defaultdict(list)
    for person in people:
        if person.personal is not None and person.norm is not None:
            found[person.item].append(person.norm - person.personal)
    return {item: fmean(gaps) for item, gaps in found.items()}


def gap_pairs(
    people: Sequence[Person], replies: Sequence[Reply], options: Mapping[str, str]
) -> list[tuple[float, float]]:
    """(model, human) gap of every item that has both."""
    personal, norm = (item_rates(replies, frame, options["scale"]) for frame in FRAMES)
    human = human_gaps(people)
    shared = [item for item in human if item in personal and item in norm]
    return [(norm[item] - personal[item], human[item]) for item in shared]


def gap_alignment_r(
    people: Sequence[Person], replies: Sequence[Reply], options: Mapping[str, str]
) -> float | None:
    return pearson(gap_pairs(people, replies, options))


def gap_alignment_mae(
    people: Sequence[Person], replies: Sequence[Reply], options: Mapping[str, str]
) -> float | None:
    return mean(abs(q - h) for q, h in gap_pairs(people, replies, options))


def persona_gain(
    bare: Bench, persona: Bench, *, scale: str, average: str = "groups"
) -> float | None:
    """item_mae without personas minus the mean of the personas' own.

    Pooled over personas it would need label probabilities on both sides.
    """
    if average == "items" and not (soft(bare) and soft(persona)):
        return None
    left, right = _alike(bare, persona, scale)
    before, after = averaged(left, abs_error, "items"), averaged(right, abs_error, average)
    return None if before is None or after is None else before - after


def soft(bench: Bench) -> bool:
    return any(reply.q != reply.choice for reply in bench.replies)


def persona_ensemble(
    bare: Bench, persona: Bench, *, scale: str, average: str = "items"
) -> float | None:
    """The same against the pooled personas, which wins mechanically."""
    left, right = _alike(bare, persona, scale)
    before, after = averaged(left, abs_error, "items"), averaged(right, abs_error, average)
    return None if before is None or after is None else before - after


def _alike(bare: Bench, persona: Bench, scale: str) -> tuple[Bench, Bench]:
    return (
        replace(bare, target="all", scale=scale),
        replace(persona, target="all", scale=scale),
    )
