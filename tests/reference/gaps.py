"""Numbers that need both frames or both settings at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from tests.reference.human import mean, rates, votes
from tests.reference.models import Bench, abs_error, averaged, pearson
from tests.reference.reading import Item, Person, Reply


def item_rates(replies: Sequence[Reply], frame: str) -> dict[Item, float]:
    found: dict[Item, list[float]] = defaultdict(list)
    for reply in replies:
        if reply.frame == frame and reply.q is not None:
            found[reply.item].append(reply.q)
    return {item: fmean(qs) for item, qs in found.items()}


def gap_pairs(people: Sequence[Person], replies: Sequence[Reply]) -> list[tuple[float, float]]:
    """(model, human) norm rate minus personal rate of every item with all four rates."""
    model = {frame: item_rates(replies, frame) for frame in ("personal", "norm")}
    human = {frame: rates(votes(people, frame)) for frame in ("personal", "norm")}
    shared = [
        item
        for item in model["personal"]
        if item in model["norm"] and item in human["personal"] and item in human["norm"]
    ]
    return [
        (
            model["norm"][item] - model["personal"][item],
            human["norm"][item] - human["personal"][item],
        )
        for item in shared
    ]


def gap_alignment_r(people: Sequence[Person], replies: Sequence[Reply]) -> float | None:
    return pearson(gap_pairs(people, replies))


def gap_alignment_mae(people: Sequence[Person], replies: Sequence[Reply]) -> float | None:
    return mean(abs(q - h) for q, h in gap_pairs(people, replies))


def persona_gain(bare: Bench, persona: Bench, *, scale: str) -> float | None:
    """item_mae without personas minus the mean of the personas' own, on shared items."""
    left, right = _alike(bare, persona, scale)
    before, after = averaged(left, abs_error, "items"), averaged(right, abs_error, "groups")
    return None if before is None or after is None else before - after


def persona_ensemble(bare: Bench, persona: Bench, *, scale: str) -> float | None:
    """The same against the pooled personas, which wins mechanically."""
    left, right = _alike(bare, persona, scale)
    before, after = averaged(left, abs_error, "items"), averaged(right, abs_error, "items")
    return None if before is None or after is None else before - after


def _alike(bare: Bench, persona: Bench, scale: str) -> tuple[Bench, Bench]:
    return (
        Bench(bare.people, bare.replies, bare.frame, "all", scale),
        Bench(persona.people, persona.replies, persona.frame, "all", scale),
    )
