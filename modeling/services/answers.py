"""Reading what models answered: only the shards that the database names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import questions
from modeling.shards import DECISION_SCHEMA, SCHEMA
from pact_site.base.errors import BadInput

if TYPE_CHECKING:
    import polars as pl


_WHY = ("sample_index", "invalid_reason", "text")
_ITEM_COLUMNS: Final = (
    "scenario_item_id", "persona_country", "persona_demo", "frame", "prompt_style", "option_order",
    *_WHY,
)  # fmt: skip
_TEXT_COLUMNS: Final = ("subject", "subject_id", "question", *_WHY)
_DECISION_COLUMNS: Final = (
    "instance_id", "scenario", "condition", "role", "balance", "option_order", *_WHY,
)  # fmt: skip
_SHOWN: Final = ((SCHEMA, _ITEM_COLUMNS), (DECISION_SCHEMA, _DECISION_COLUMNS))


def answers(run_pks: Iterable[int]) -> list[str]:
    """Paths or URLs of the runs' shards, by run and chunk. Half-finished chunks count too."""
    return [shards.locate(key) for key in _keys(run_pks)]


def scan(run_pks: Iterable[int]) -> pl.LazyFrame:
    """The runs' answers as a lazy frame with the columns of their kind's schema.

    Columns that a shard is too old to have are null. Without runs: `modeling.shards.SCHEMA`.
    BadInput for runs whose kinds have different columns. Polars is imported here: workers on a GPU
    machine do not have it.
    """
    import polars as pl
    import pyarrow.dataset as ds

    pks = list(run_pks)
    keys, schema = _keys(pks), _schema(pks)
    empty = pl.from_arrow(schema.empty_table())
    assert isinstance(empty, pl.DataFrame)
    if not keys:
        return empty.lazy()
    paths = [shards.locate(key) for key in keys]
    if "://" not in paths[0]:
        return pl.scan_parquet(paths, schema=empty.schema, missing_columns="insert")
    filesystem, names = shards.filesystem_paths(keys)
    return pl.scan_pyarrow_dataset(ds.dataset(names, schema=schema, filesystem=filesystem))


def _schema(run_pks: list[int]) -> pa.Schema:
    kinds = Run.objects.filter(pk__in=run_pks).order_by("kind").values_list("kind", flat=True)
    known = {kind: questions.kind_of(Run(kind=kind)).schema for kind in kinds.distinct()}
    schemas = list(known.values()) or [SCHEMA]
    if any(schema is not schemas[0] for schema in schemas):
        raise BadInput("Runs of these kinds cannot be read together.", found=", ".join(known))
    return schemas[0]


def invalid_answers(run: Run, limit: int = 50) -> list[dict[str, object]]:
    """The first invalid answers with their raw text, in the order of the plan.

    Counterpart runs say item, persona, frame, style and order, the benchmark its instance, other
    kinds subject and question.
    """
    found: list[dict[str, object]] = []
    schema = questions.kind_of(run).schema
    columns = next((names for known, names in _SHOWN if known is schema), _TEXT_COLUMNS)
    for chunk in run.chunks.filter(invalid__gt=0).exclude(shard="").order_by("number"):
        rows = shards.read(chunk.shard, columns).to_pylist()
        found += [row for row in rows if row["invalid_reason"]]
        if len(found) >= limit:
            break
    return found[:limit]


def _keys(run_pks: Iterable[int]) -> list[str]:
    named = Chunk.objects.filter(run__in=list(run_pks)).exclude(shard="")
    return list(named.order_by("run", "number").values_list("shard", flat=True))
