"""Pairs of answers: of two runs to the same cell, or of one run to cells that differ in one thing.

A run of ten million answers has to fit: cells are matched by a 64-bit hash of what names them, and
only codes, choices and row numbers come into memory. The texts of the page that is shown are read
by their row numbers. Polars is imported where it is used: workers on a GPU machine have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import cached_property

from annotation.vocab.terms import Choice
from modeling.backends import TIE
from modeling.models import Run
from modeling.services import answers, attributes
from modeling.services.attributes import Attribute
from modeling.services.shares import Share, over_clusters

if TYPE_CHECKING:
    import polars as pl

OTHER: Final = "_two"
"""Ending of the columns of a pair's second answer."""

LABELS: Final = tuple(choice.value for choice in Choice)

Row = dict[str, Any]


def labels_of(run: Run) -> tuple[str, ...]:
    """The labels that the run's cells choose among; imports hold PACT's."""
    return tuple(run.design.get("labels") or LABELS)


def compact(run: Run, key: Iterable[str]) -> pl.DataFrame:
    """A row an answer, in the order of the plan: its number, a hash of the `key` columns and of the
    prompt, choice, q, cluster, and a code for each attribute. Some 50 bytes a row."""
    import polars as pl

    layout = attributes.layout_of(run)
    kinds = pl.Enum([*labels_of(run), TIE])
    frame = answers.scan([run.pk]).with_row_index("row")
    return frame.select(
        "row",
        pl.struct(list(key)).hash().alias("key"),
        pl.col("cell_key").hash().alias("prompt"),
        pl.col(layout.value).cast(kinds).alias("choice"),
        "q",
        pl.col(layout.cluster).cast(pl.Categorical).alias("cluster"),
        *(attribute.code().cast(pl.Categorical) for attribute in layout.attributes),
    ).collect(engine="streaming")


def pair(one: pl.DataFrame, two: pl.DataFrame, *, code: str = "") -> pl.DataFrame:
    """Both answers to each key that both sides hold, in the order of the first. Of the second come
    row number, prompt, choice, q and the attribute `code`, under `_two`."""
    import polars as pl

    kept = two.select("key", *(pl.col(n).name.suffix(OTHER) for n in _second(code)))
    return one.join(kept, on="key", maintain_order="left").drop("key")


def _second(code: str) -> list[str]:
    return ["row", "prompt", "choice", "q", *([code] if code else [])]


@dataclass(frozen=True)
class Change:
    """What separates the two sides of some pairs. `code` is empty for all of them.

    `flips` is the share of pairs whose choices differ, `choice` the change of the first label's
    share, `q` the mean change of its probability, from the first answer to the second. `gained`
    and `lost` count the pairs that changed to the first label and away from it.
    """

    code: str
    words: str
    flips: Share
    choice: Share
    q: Share
    gained: int
    lost: int


@dataclass(frozen=True)
class Pairs:
    """Pairs of answers, as `pair` makes them. `first_label` is the label whose probability is q."""

    table: pl.DataFrame
    first_label: str

    @cached_property
    def decided(self) -> pl.DataFrame:
        """Pairs in which both chose one label: only these can flip."""
        import polars as pl

        both = [pl.col(name).is_not_null() & (pl.col(name) != TIE) for name in _CHOICES]
        return self.table.filter(*both).with_columns(flip=pl.col("choice") != pl.col("choice_two"))

    @property
    def flipped(self) -> pl.DataFrame:
        """Row numbers of both answers of each pair whose choices differ."""
        return self.decided.filter("flip").select("row", "row" + OTHER)

    def overall(self) -> Change | None:
        """All pairs together; None where there are none."""
        counted = self._counts([])
        return self._change(counted, "", "") if len(counted) else None

    def by(self, attribute: Attribute, *, second: bool = False) -> list[Change]:
        """A row a value of the attribute, the most frequent flips first. `second` takes the value
        of a pair's second answer, where both sides differ in it."""
        name = attribute.name + OTHER * second
        parts = self._counts([name]).partition_by(name, as_dict=True)
        rows = [self._change(part, code, attribute.words(code)) for (code,), part in parts.items()]
        return sorted(rows, key=lambda row: (-(row.flips.value or 0.0), row.words))

    def choices(self) -> list[Row]:
        """How many pairs chose what: rows {one, two, n}."""
        import polars as pl

        counted = self.decided.group_by(*_CHOICES).agg(n=pl.len()).sort(*_CHOICES)
        return counted.rename({"choice": "one", "choice_two": "two"}).to_dicts()

    def _counts(self, keys: list[str]) -> pl.DataFrame:
        """By group and cluster: pairs, flips, and the sums that mean changes are made of."""
        import polars as pl

        first = [(pl.col(name) == self.first_label).cast(pl.Int32) for name in _CHOICES]
        shift = pl.col("q_two") - pl.col("q")
        return (
            self.decided.group_by(*keys, "cluster")
            .agg(
                n=pl.len(),
                flips=pl.col("flip").sum(),
                gained=(first[1] > first[0]).sum().cast(pl.Int64),
                lost=(first[1] < first[0]).sum().cast(pl.Int64),
                n_q=shift.count(),
                q=shift.sum(),
            )
            .sort(pl.col("cluster").cast(pl.String))
        )

    @staticmethod
    def _change(part: pl.DataFrame, code: str, words: str) -> Change:
        sizes, gained, lost = part["n"].to_list(), part["gained"], part["lost"]
        return Change(
            code=code,
            words=words,
            flips=over_clusters(part["flips"].to_list(), sizes),
            choice=over_clusters((gained - lost).to_list(), sizes, low=-1.0),
            q=over_clusters(part["q"].to_list(), part["n_q"].to_list(), low=-1.0),
            gained=int(gained.sum()),
            lost=int(lost.sum()),
        )


_CHOICES: Final = ("choice", "choice" + OTHER)


class PairedRows(Sequence[tuple[Row, Row]]):
    """The answers behind pairs of row numbers, read a slice at a time: what a paginator takes."""

    def __init__(self, one: Run, two: Run, numbers: pl.DataFrame) -> None:
        self.one, self.two, self.numbers = one, two, numbers

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.numbers)

    def __getitem__(self, place: Any) -> Any:
        """A pair, or the pairs of a slice."""
        if isinstance(place, int):
            return self[place : place + 1][0]
        wanted = self.numbers[place]
        firsts, seconds = wanted["row"].to_list(), wanted["row" + OTHER].to_list()
        one = answers.numbered(self.one, firsts)
        two = answers.numbered(self.two, seconds)
        return [(one[a], two[b]) for a, b in zip(firsts, seconds, strict=True)]
