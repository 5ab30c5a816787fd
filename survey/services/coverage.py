"""Coverage: how many answers each item has from each country, and how many are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Count

from annotation.services.schemes import find_distance
from annotation.vocab.distance import Scheme, relation
from survey import draw_statements
from survey.models import Assignment, Study
from survey.services.drawing import Cell, target_of
from survey.services.instruments import Definition, definition_of


class Place(NamedTuple):
    """An item as seen from one participant country, before anything is counted."""

    item: int
    scenario: int
    relation: str
    receiver: str
    theme: str


@dataclass(frozen=True)
class CellCount:
    """A cell with what it holds: confirmed answers that hold a place, surplus ones, and leases."""

    country: str
    item: int
    relation: str
    target: int
    confirmed: int
    leased: int
    surplus: int


@dataclass(frozen=True)
class GroupCoverage:
    """The cells of one country and relation together."""

    country: str
    relation: str
    cells: int
    target: int
    confirmed: int
    leased: int
    surplus: int

    @property
    def wanted(self) -> int:
        """Answers wanted over all cells of the group."""
        return self.cells * self.target


def places(study: Study, country: str, receivers: Iterable[str] | None = None) -> tuple[Place, ...]:
    """The items of the study's release, as seen from `country` (ISO2), for these receivers only.

    Receivers are named as in `Receiver.demo`; None means all.
    """
    return _places(
        study.release_id,
        draw_statements.read_made(release_id=study.release_id),
        find_distance(study.scheme),
        country,
        None if receivers is None else frozenset(receivers),
    )


@lru_cache(maxsize=256)
def _places(
    release_id: int, made_at: Any, scheme: Scheme, country: str, receivers: frozenset[str] | None
) -> tuple[Place, ...]:
    """They never change: a process puts together once what each country is offered."""
    rows = draw_statements.read_items(release_id, made_at)
    related = {
        there: str(relation(scheme, country, there)) for there in {row.country for row in rows}
    }
    return tuple(
        Place(row.item, row.scenario, related[row.country], row.receiver, row.theme)
        for row in rows
        if receivers is None or row.receiver in receivers
    )


def targets(definition: Definition, found: Sequence[Place]) -> dict[str, int]:
    """Answers wanted per cell, by relation."""
    sizes = Counter(place.relation for place in found)
    return {
        name: target_of(
            planned=definition.planned_completes,
            countries=len(definition.countries),
            per_participant=per_participant,
            cells=sizes[name],
        )
        for name, per_participant in definition.mix.items()
    }


def cells(
    found: Sequence[Place],
    wanted: Mapping[str, int],
    held: Mapping[int, int],
    surplus: Mapping[int, int],
) -> list[Cell]:
    """The cells that can be drawn, with the counts seen."""
    return [
        Cell(
            item, scenario, name, receiver, theme,
            held.get(item, 0), wanted[name], surplus.get(item, 0),
        )
        for item, scenario, name, receiver, theme in found
        if name in wanted
    ]  # fmt: skip


def cell_counts(study: Study, cohort: str) -> list[CellCount]:
    """Every drawable cell of a study and cohort with its counts."""
    definition = definition_of(study.instrument)
    seen = _seen(study, cohort)
    made = []
    for country in definition.countries:
        found = places(study, country, definition.receivers)
        wanted = targets(definition, found)
        made += [
            CellCount(
                country=country,
                item=place.item,
                relation=place.relation,
                target=wanted[place.relation],
                confirmed=seen[country, place.item, "confirmed", False],
                leased=seen[country, place.item, "leased", False],
                surplus=seen[country, place.item, "confirmed", True],
            )
            for place in found
            if wanted.get(place.relation)
        ]
    return made


def summary(counts: list[CellCount]) -> list[GroupCoverage]:
    """The counts added up by country and relation."""
    groups: dict[tuple[str, str], list[CellCount]] = {}
    for count in counts:
        groups.setdefault((count.country, count.relation), []).append(count)
    return [
        GroupCoverage(
            country=country,
            relation=name,
            cells=len(members),
            target=members[0].target,
            confirmed=sum(one.confirmed for one in members),
            leased=sum(one.leased for one in members),
            surplus=sum(one.surplus for one in members),
        )
        for (country, name), members in groups.items()
    ]


def _seen(study: Study, cohort: str) -> Counter[tuple[str, int, str, bool]]:
    rows = (
        Assignment.objects.of(study, cohort)
        .shown()
        .values_list("country", "item_id", "state", "surplus")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return Counter({(c, item, state, surplus): n for c, item, state, surplus, n in rows})
