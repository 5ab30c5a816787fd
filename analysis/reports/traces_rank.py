"""The three lists of traces, ranked: where people split, where models leave them, where models part."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from analysis.frames.traces import FRAMES, Asked, People, TracedItem
from analysis.metrics import traces as rules
from analysis.metrics.traces import Bounded, Share

SPLIT, APART, PARTED = "split", "apart", "models"
LEVEL: Final = 0.95


@dataclass(frozen=True)
class Rule:
    """A list's title, the name of its measure, and the rule in a sentence."""

    title: str
    measure: str
    words: str


RULES: Final[Mapping[str, Rule]] = {
    SPLIT: Rule(
        "Items on which people split",
        "Two people differ",
        "Ranked by how often two people of an item differ at the least (lower {level} bound of "
        "2p(1-p), p being the people's rate with a Jeffreys prior): two people who part are no "
        "evidence of a split, ten against ten are.",
    ),
    APART: Rule(
        "Items on which models leave people",
        "Models from people",
        "Ranked by how far the models' mean rate lies from the people's at the least (lower "
        "{level} bound of the distance; the people's rate has a Jeffreys prior, the models' is "
        "taken as it is).",
    ),
    PARTED: Rule(
        "Items on which models part",
        "Highest less lowest",
        "Ranked by how far the highest and the lowest model lie apart at the least (lower {level} "
        "bound of the difference, Wilson and Newcombe, corrected for the number of pairs; a "
        "model's answers to one item count as draws).",
    ),
}


@dataclass(frozen=True)
class Trace:
    """One item and question with what was said of it, and the measure that ranks it."""

    item: TracedItem
    frame: str
    measure: Bounded
    people: People | None = None
    asked: Asked = field(default_factory=Asked)

    @property
    def share(self) -> Share | None:
        """The people's choices, None where nobody answered this question."""
        share = self.people.shares[self.frame] if self.people else None
        return share if share and share.n else None

    @property
    def models_mean(self) -> float | None:
        """The plain mean of the models' rates, None without a valid answer of any."""
        return mean_rate(self.asked)

    @property
    def gap(self) -> float | None:
        """The models' mean rate less the people's."""
        if self.share is None or self.models_mean is None:
            return None
        return self.models_mean - self.share.rate


def mean_rate(asked: Asked) -> float | None:
    """The plain mean of the models' rates."""
    rates = [share.rate for share in asked.shares.values()]
    return sum(rates) / len(rates) if rates else None


@dataclass(frozen=True)
class Counted:
    """What the lists are ranked from: items, people by item, models by item and question."""

    items: Mapping[int, TracedItem]
    people: Mapping[int, People]
    models: Mapping[tuple[int, str], Asked]


def ranked(
    name: str, counted: Counted, frames: Collection[str] = FRAMES, level: float = LEVEL
) -> list[Trace]:
    """Every item and question that can stand in a list, the surest first.

    Ties go by scenario, receiver and question. Items without what a list needs are not in it: one
    answer of a person (split), of a person and a model (apart), of two models (models).
    """
    rows = [row for row in rows_of(counted) if row.frame in frames and _NEEDS[name](row)]
    bounds = _BOUNDS[name](rows, level) if rows else []
    measured = [
        Trace(row.item, row.frame, bound, row.people, row.asked)
        for row, bound in zip(rows, bounds, strict=True)
    ]
    return sorted(measured, key=_place)


def rows_of(counted: Counted) -> Iterator[Trace]:
    """Every item and question with what was said of it, not measured yet."""
    nothing = Bounded(0.0, 0.0)
    for pk, item in counted.items.items():
        for frame in FRAMES:
            asked = counted.models.get((pk, frame), Asked())
            yield Trace(item, frame, nothing, counted.people.get(pk), asked)


def _place(trace: Trace) -> tuple[object, ...]:
    item, measure = trace.item, trace.measure
    bound, value = round(measure.bound, 9), round(measure.value, 9)
    return -bound, -value, item.scenario, item.receiver, FRAMES.index(trace.frame), item.pk


def _split(rows: Sequence[Trace], level: float) -> list[Bounded]:
    return rules.splits([row.share for row in rows if row.share], level)


def _apart(rows: Sequence[Trace], level: float) -> list[Bounded]:
    shares = [row.share for row in rows if row.share]
    return rules.gaps(shares, [row.models_mean or 0.0 for row in rows], level)


def _parted(rows: Sequence[Trace], level: float) -> list[Bounded]:
    return rules.ranges([list(row.asked.shares.values()) for row in rows], level)


_NEEDS: Final[Mapping[str, Callable[[Trace], bool]]] = {
    SPLIT: lambda row: row.share is not None,
    APART: lambda row: row.gap is not None,
    PARTED: lambda row: len(row.asked.shares) > 1,
}
_BOUNDS: Final[Mapping[str, Callable[[Sequence[Trace], float], list[Bounded]]]] = {
    SPLIT: _split,
    APART: _apart,
    PARTED: _parted,
}
