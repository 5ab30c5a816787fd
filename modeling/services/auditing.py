"""The text audit: does the model write what its first token was about to say?

Where label probabilities settled a choice, the reply's text was read as well. Both often differ,
and then it matters which one a study reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modeling.backends import TIE
from modeling.backends.reading import MAX_INVALID_MASS
from modeling.models import Run
from modeling.services import answers, attributes
from modeling.services.answers import LazyRows
from modeling.services.attributes import Attribute
from modeling.services.shares import Share, over_clusters

if TYPE_CHECKING:
    import polars as pl

MODEL: Final = Attribute("model", "Model", ("model",))


@dataclass(frozen=True)
class Audited:
    """Answers of one group whose choice came from label probabilities.

    `agreement` is the share whose text names the same label, among those whose text names any;
    `unread` counts texts that name none, `ties` choices that had no leader.
    """

    words: str
    agreement: Share
    unread: int
    ties: int


@dataclass(frozen=True)
class Audit:
    """`overall` is None where no choice came from label probabilities: nothing to audit then."""

    overall: Audited | None
    by: list[tuple[Attribute, list[Audited]]]
    disagreements: LazyRows


def audit(runs: Sequence[Run]) -> Audit:
    """Audit runs of one kind together, or one run: by model, style, order and frame."""
    import polars as pl

    layout = attributes.layout_of(runs[0])
    frame = answers.scan([run.pk for run in runs])
    if "written" not in frame.collect_schema().names():
        return Audit(None, [], LazyRows(frame.filter(pl.lit(value=False))))
    told = frame.filter(pl.col("choice").is_not_null(), pl.col("invalid_mass") <= MAX_INVALID_MASS)
    groups = [MODEL, *(a for a in layout.attributes if a.name in ("style", "order", "frame"))]
    tables = pl.collect_all([_counted(told, layout.cluster, group) for group in (None, *groups)])
    by = [(group, _rows(table, group)) for group, table in zip(groups, tables[1:], strict=True)]
    return Audit(
        overall=_audited(tables[0], "") if len(tables[0]) else None,
        by=[(group, rows) for group, rows in by if len(rows) > 1],
        disagreements=LazyRows(told.filter(_read(), pl.col("written") != pl.col("choice"))),
    )


def _read() -> pl.Expr:
    import polars as pl

    return pl.col("written").is_not_null() & (pl.col("choice") != TIE)


def _counted(told: pl.LazyFrame, cluster: str, group: Attribute | None) -> pl.LazyFrame:
    """By group and scenario: texts that could be read, those that agree, those that could not."""
    import polars as pl

    read, tied = _read(), pl.col("choice") == TIE
    keys = [group.code()] if group else []
    return (
        told.group_by(*keys, cluster)
        .agg(
            n=read.sum(),
            agree=(read & (pl.col("written") == pl.col("choice"))).sum(),
            unread=(pl.col("written").is_null() & ~tied).sum(),
            ties=tied.sum(),
        )
        .sort(cluster)
    )


def _rows(table: pl.DataFrame, group: Attribute) -> list[Audited]:
    parts = table.partition_by(group.name, as_dict=True)
    rows = [
        _audited(part, code if group is MODEL else group.words(code))
        for (code,), part in parts.items()
    ]
    return sorted(rows, key=lambda row: row.words)


def _audited(part: pl.DataFrame, words: str) -> Audited:
    return Audited(
        words=words,
        agreement=over_clusters(part["agree"].to_list(), part["n"].to_list()),
        unread=int(part["unread"].sum()),
        ties=int(part["ties"].sum()),
    )
