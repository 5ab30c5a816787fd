"""Answers that could not be read: how many for which reason, and every one with its raw text.

Polars filters the shards lazily, so that a page of a run with millions of answers reads little more
than one column of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import cached_property

from modeling.backends import INVALID_REASONS
from modeling.models import Run
from modeling.services import answers, attributes
from modeling.services.attributes import Attribute, Layout

if TYPE_CHECKING:
    import polars as pl

REASON: Final = "invalid_reason"
ALSO: Final = (REASON, "text", "finish_reason", "cell_key")


@dataclass(frozen=True)
class Reason:
    """One reason with its sentence, how many answers it made invalid, and their share of all
    answers that the same filters let through."""

    code: str
    meaning: str
    n: int
    share: float


@dataclass(frozen=True)
class Offered:
    """Values that an attribute takes among the invalid answers, with words: a filter's choices."""

    attribute: Attribute
    choices: list[tuple[str, str]]


class InvalidAnswers(Sequence[dict[str, Any]]):
    """The invalid answers of a run that pass the filters, in the order of the plan.

    `filters` maps an attribute's name, or `reason`, to a code; empty ones choose nothing.
    BadInput names an attribute that answers of this kind do not have.
    """

    def __init__(self, run: Run, filters: Mapping[str, str] | None = None) -> None:
        self.run = run
        self.layout: Layout = attributes.layout_of(run)
        given = {name: value for name, value in (filters or {}).items() if value}
        self.reason = given.pop("reason", "")
        self._chosen = [(self.layout.attribute(name), value) for name, value in given.items()]

    @property
    def filtered(self) -> bool:
        """Whether anything but the reason narrows the answers."""
        return bool(self._chosen)

    def reasons(self) -> list[Reason]:
        """Counts by reason, the most frequent first, of the answers that the filters but the
        reason's own let through."""
        counts = dict(self._by_reason)
        asked = sum(counts.values())
        counts.pop("", None)
        rows = [(n, code) for code, n in counts.items()]
        return [
            Reason(code, INVALID_REASONS.get(code, ""), n, n / asked)
            for n, code in sorted(rows, key=lambda row: (-row[0], row[1]))
        ]

    def offered(self) -> list[Offered]:
        """The filters that would choose anything: attributes with more than one value."""
        import polars as pl

        frame = answers.scan([self.run.pk]).filter(pl.col(REASON) != "")
        layout = self.layout
        found = pl.collect_all([frame.select(a.code().unique().sort()) for a in layout.attributes])
        codes = [
            (a, rows.to_series().to_list())
            for a, rows in zip(layout.attributes, found, strict=True)
        ]
        return [Offered(a, [(c, a.words(c)) for c in some]) for a, some in codes if len(some) > 1]

    def __len__(self) -> int:
        """How many there are."""
        if self.reason:
            return dict(self._by_reason).get(self.reason, 0)
        return sum(n for code, n in self._by_reason if code)

    def __getitem__(self, place: Any) -> Any:
        """An answer, or the answers of a slice without a step."""
        if isinstance(place, int):
            return self[place : place + 1][0]
        start, stop, _step = place.indices(len(self))
        part = self._frame().slice(start, max(stop - start, 0))
        return part.collect(engine="streaming").to_dicts()

    def batches(self, size: int = 10_000) -> Iterator[list[dict[str, Any]]]:
        """All of them, a bounded number at a time, shard by shard."""
        for frame in answers.frames([self.run.pk]):
            rows = self._frame(frame).collect(engine="streaming")
            yield from (part.to_dicts() for part in rows.iter_slices(size))

    @property
    def columns(self) -> list[str]:
        """The columns of each row."""
        return [*self.layout.columns, *ALSO]

    @cached_property
    def _by_reason(self) -> list[tuple[str, int]]:
        """Answers by reason, valid ones under ""; the reason's own filter left out."""
        import polars as pl

        frame = answers.scan([self.run.pk]).filter(*self._where())
        counted = frame.group_by(REASON).agg(n=pl.len()).collect(engine="streaming")
        return [(row[REASON], row["n"]) for row in counted.to_dicts()]

    def _frame(self, frame: pl.LazyFrame | None = None) -> pl.LazyFrame:
        import polars as pl

        source = answers.scan([self.run.pk]) if frame is None else frame
        wanted = pl.col(REASON) == self.reason if self.reason else pl.col(REASON) != ""
        return source.filter(wanted, *self._where()).select(self.columns)

    def _where(self) -> list[pl.Expr]:
        return [attribute.code() == value for attribute, value in self._chosen]
