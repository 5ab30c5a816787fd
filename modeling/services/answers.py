"""Reading what models answered: only the shards that the database names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import questions
from modeling.shards import SCHEMA, TEXT_SCHEMA

if TYPE_CHECKING:
    import polars as pl


_WHY = ("sample_index", "invalid_reason", "text")
_ITEM_COLUMNS: Final = (
    "scenario_item_id", "persona_country", "persona_demo", "frame", "prompt_style", "option_order",
    *_WHY,
)  # fmt: skip
_TEXT_COLUMNS: Final = ("subject", "subject_id", "question", *_WHY)


def answers(run_pks: Iterable[int]) -> list[str]:
    """Paths or URLs of the runs' shards, by run and chunk. Half-finished chunks count too."""
    return [shards.locate(key) for key in _keys(run_pks)]


def scan(run_pks: Iterable[int]) -> pl.LazyFrame:
    """The runs' answers as a lazy frame with the columns of `modeling.shards.SCHEMA`.

    Polars is imported here: workers on a GPU machine do not have it.
    """
    import polars as pl
    import pyarrow.dataset as ds

    keys = _keys(run_pks)
    if not keys:
        return pl.LazyFrame(pl.from_arrow(SCHEMA.empty_table()))
    paths = [shards.locate(key) for key in keys]
    if "://" not in paths[0]:
        return pl.scan_parquet(paths)
    filesystem, names = shards.filesystem_paths(keys)
    return pl.scan_pyarrow_dataset(ds.dataset(names, schema=SCHEMA, filesystem=filesystem))


def invalid_answers(run: Run, limit: int = 50) -> list[dict[str, object]]:
    """The first invalid answers with their raw text, in the order of the plan.

    Counterpart runs say item, persona, frame, style and order, other kinds subject and question.
    """
    found: list[dict[str, object]] = []
    columns = _TEXT_COLUMNS if questions.kind_of(run).schema is TEXT_SCHEMA else _ITEM_COLUMNS
    for chunk in run.chunks.filter(invalid__gt=0).exclude(shard="").order_by("number"):
        rows = shards.read(chunk.shard, columns).to_pylist()
        found += [row for row in rows if row["invalid_reason"]]
        if len(found) >= limit:
            break
    return found[:limit]


def _keys(run_pks: Iterable[int]) -> list[str]:
    named = Chunk.objects.filter(run__in=list(run_pks)).exclude(shard="")
    return list(named.order_by("run", "number").values_list("shard", flat=True))
