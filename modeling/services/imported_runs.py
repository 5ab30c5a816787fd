"""Runs whose answers were made elsewhere: shards first, then rows in one transaction, or neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from django.utils import timezone

from annotation.models import Release
from modeling import shards
from modeling.backends.baseline import RULES
from modeling.models import Chunk, Run, new_run_id
from modeling.services import manifests
from modeling.services.designs import stable_hash
from pact_site.base.errors import BadInput
from pact_site.base.models import State, User
from pact_site.base.readers import Row
from pact_site.base.services import audit

SHARD_ROWS: Final = 50_000
RESERVED: Final = ("baseline:", "mean:", "all:")
BUILT_IN: Final = frozenset(f"baseline:{rule}" for rule in RULES)
"""Names that runs of the built-in baselines have, so that an export of them can be read back."""


def refuse_repeated_files(files: Sequence[Path]) -> None:
    """BadInput where one file is named twice: its answers would count twice."""
    names = Counter(path.resolve() for path in files)
    for path, times in names.items():
        if times > 1:
            raise BadInput("The file is named more than once.", file=path.name)


def model_name(row: Row, column: str) -> str:
    """The model a row is about: not too long, and none of the names that reports keep."""
    tag = row.text(column)
    if len(tag) > 200:
        raise row.bad(column, "The name is too long.", "at most 200 characters")
    if tag.startswith(RESERVED) and tag not in BUILT_IN:
        message = "Names that begin so are kept for the references that reports compute."
        raise row.bad(column, message, "another name")
    return tag


@contextmanager
def removed_on_failure() -> Iterator[list[str]]:
    """Keys of shards written inside; any error removes them again, for no row names them."""
    written: list[str] = []
    try:
        yield written
    except BaseException:
        for key in written:
            shards.remove(key)
        raise


def new_run(
    *,
    kind: str,
    label: str,
    dataset_slug: str,
    study_slug: str = "",
    release: Release | None = None,
    actor: User | None = None,
) -> Run:
    """A run that nobody asks here, not stored yet."""
    return Run(
        public_id=new_run_id(),
        kind=kind,
        label=label,
        study_slug=study_slug,
        dataset_slug=dataset_slug,
        release=release,
        state=Run.State.DONE,
        endpoint={"name": "import", "kind": "import", "model": label},
        design={"kind": "imported"},
        imported=True,
        manifest={"code": manifests.code_version(), "import": {"parts": []}},
        started_at=timezone.now(),
        created_by=actor,
    )


def stored_chunk(run_id: str, number: int, start: int, table: pa.Table) -> Chunk:
    """Write the table as a shard of this run; the chunk that will name it, not stored yet."""
    column = table.schema.get_field_index("run")
    table = table.set_column(
        column, table.schema.field(column), pa.array([run_id] * len(table), pa.string())
    )
    shard = shards.write(shards.fresh_key(run_id, number, 1), table)
    invalid = table["choice"].null_count
    now = timezone.now()
    return Chunk(
        number=number, start=start, stop=start + len(table), state=State.DONE, attempts=1,
        shard=shard.key, checksum=shard.checksum, rows=shard.rows,
        valid=shard.rows - invalid, invalid=invalid, started_at=now, finished_at=now,
    )  # fmt: skip


def known_parts(run: Run) -> set[str]:
    """Content hashes of everything that has been imported into this run."""
    return {part["content_hash"] for part in run.manifest["import"]["parts"]}


def save(run: Run, parts: Sequence[Mapping[str, Any]], chunks: Iterable[Chunk]) -> Run:
    """Store the run with further chunks, in the caller's transaction.

    Each part is what the manifest keeps of a file: `file` and `content_hash` at least.
    """
    chunks = list(chunks)
    run.cells += sum(chunk.rows for chunk in chunks)
    run.manifest["import"]["parts"] += parts
    hashes = [part["content_hash"] for part in run.manifest["import"]["parts"]]
    run.plan_hash = stable_hash([run.label, *hashes])
    run.finished_at = timezone.now()
    run.save()
    for chunk in chunks:
        chunk.run = run
    Chunk.objects.bulk_create(chunks)
    run.manifest = manifests.with_results(run)
    run.save(update_fields=["manifest"])
    audit.record(
        verb="run.imported", subject=f"run {run.public_id}", actor=run.created_by,
        label=run.label, files=[part["file"] for part in parts],
    )  # fmt: skip
    return run
