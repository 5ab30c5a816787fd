"""Parquet shards: the answers of models, in files that only the database gives a name to.

Keys are relative to `settings.PACT_SHARDS`, a local folder or any fsspec URL. A shard is written
once under a name nobody else uses and never changed.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from modeling.schemas import SCHEMA, SCHEMAS
from pact_site.base.errors import BadInput

BATCH_ROWS: Final = 100_000
_FILE: Final = "file://"

SORTED_BY: Final = (
    "prompt_style", "balance", "condition", "role", "relation", "scenario", "instance_id",
    "scenario_item_id", "subject", "question", "persona_country", "persona_demo", "frame",
    "option_order", "sample_index", "cell_key",
)  # fmt: skip
"""The order of rows in large files, by the columns that a schema has: like beside like packs well."""


class Damaged(BadInput):
    """A shard that the database names is missing, or is not what was written."""


def damaged(key: str, problem: str) -> Damaged:
    """The error that says which run, which file, and what to do."""
    run = key.partition("/")[0]
    return Damaged(
        f"Answers of run {run} cannot be read: {problem}. `manage.py verify_shards {run}` lists "
        "what is damaged, `--reask` queues it to be asked again.",
        file=key,
    )


class Unreachable(OSError):  # noqa: N818 - a state of the world, as Damaged is
    """The store of answers does not answer, or will not do what it is asked."""


@contextmanager
def _asking() -> Iterator[None]:
    """Clients of stores have errors of their own; to us they are what a disk's errors are."""
    try:
        yield
    except (OSError, ValueError, pa.ArrowException):
        raise
    except Exception as error:
        words = " ".join(str(error).split())
        raise Unreachable(f"{settings.PACT_SHARDS.partition('://')[0]}: {words}") from error


@dataclass(frozen=True)
class Shard:
    """A file just written: its key relative to the root, SHA-256 of its bytes, rows in it."""

    key: str
    checksum: str
    rows: int


def fresh_key(run: str, chunk: int, attempt: int | str) -> str:
    """A name that no other attempt, and no other worker, can choose."""
    return f"{run}/{chunk:06d}-{attempt}-{secrets.token_hex(8)}.parquet"


def write(key: str, table: pa.Table) -> Shard:
    """Write the table under `key`, durably and in one step; ValueError for an unknown schema."""
    if not any(table.schema.equals(known) for known in SCHEMAS):
        raise ValueError(f"A shard has the columns of one of our schemas, not {table.schema}")
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    content = buffer.getvalue()
    if _is_local():
        _put_local(_local_root() / key, content)
    else:
        with _asking():
            filesystem, root = _remote()
            filesystem.pipe_file(f"{root}/{key}", content)
    return Shard(key, hashlib.sha256(content).hexdigest(), table.num_rows)


def copy_out(key: str, stream: IO[bytes]) -> None:
    """Write the bytes of a shard to a stream; Damaged where it is missing."""
    with _opened(key) as source:
        shutil.copyfileobj(source, stream)


@contextmanager
def writing(key: str) -> Iterator[IO[bytes]]:
    """A stream whose bytes become the file `key` in one step, if all goes well."""
    if _is_local():
        with _aside(_local_root() / key) as stream:
            yield stream
        return
    with tempfile.NamedTemporaryFile() as stream:
        yield stream
        stream.flush()
        with _asking():
            filesystem, root = _remote()
            filesystem.put_file(stream.name, f"{root}/{key}")


def table_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema = SCHEMA) -> pa.Table:
    """Rows with exactly the columns of the schema as a table."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def read(key: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one shard, some columns or all; Damaged where it cannot be read."""
    with _opened(key) as stream:
        return pq.read_table(stream, columns=list(columns) if columns else None)


def batches(key: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The same, a part at a time, so that a large file is never held whole."""
    with _opened(key) as stream:
        source = pq.ParquetFile(stream)
        for batch in source.iter_batches(BATCH_ROWS, columns=list(columns) if columns else None):
            yield pa.Table.from_batches([batch])


@contextmanager
def _opened(key: str) -> Iterator[Any]:
    try:
        with _asking(), fsspec.open(locate(key), "rb") as stream:
            yield stream
    except Unreachable:
        raise
    except FileNotFoundError:
        raise damaged(key, "the file is missing") from None
    except (OSError, pa.ArrowException) as error:
        raise damaged(
            key, f"the file is no whole shard ({' '.join(str(error).split())})"
        ) from error


@_asking()
def missing(keys: Collection[str]) -> list[str]:
    """Those of these shards whose file is not there; one listing a folder."""
    filesystem, root = _remote()
    filesystem.invalidate_cache()
    there: set[str] = set()
    for folder in {key.rpartition("/")[0] for key in keys}:
        try:
            listed = filesystem.ls(f"{root}/{folder}", detail=False)
        except FileNotFoundError:
            continue
        there |= {f"{folder}/{path.rpartition('/')[2]}" for path in listed}
    return [key for key in keys if key not in there]


@_asking()
def exists(key: str) -> bool:
    """Whether there is a file under this key."""
    filesystem, root = _remote()
    return bool(filesystem.exists(f"{root}/{key}"))


def locate(key: str) -> str:
    """Absolute path or URL of a shard."""
    return str(_local_root() / key) if _is_local() else f"{settings.PACT_SHARDS.rstrip('/')}/{key}"


def dataset_paths(keys: Sequence[str]) -> tuple[Any, list[str]]:
    """The fsspec filesystem of the root, None for the machine's own, and the shards' paths on it."""
    if _is_local():
        return None, [locate(key) for key in keys]
    filesystem, root = _remote()
    return filesystem, [f"{root}/{key}" for key in keys]


@_asking()
def remove(key: str) -> None:
    """Delete a shard that no row names; fine if it is gone already."""
    if _is_local():
        (_local_root() / key).unlink(missing_ok=True)
        return
    filesystem, root = _remote()
    if filesystem.exists(f"{root}/{key}"):
        filesystem.rm_file(f"{root}/{key}")


def stored() -> Iterator[tuple[str, datetime]]:
    """Key and time of last change of every file under the root, half-written ones included."""
    with _asking():
        filesystem, root = _remote()
        filesystem.invalidate_cache()
        found = filesystem.find(root, detail=True) if filesystem.exists(root) else {}
    for path, info in found.items():
        yield path.removeprefix(root).lstrip("/"), _changed(filesystem, path, info)


def checksum(key: str) -> str:
    """SHA-256 of a shard's bytes, to compare with the one recorded; Damaged where it is missing."""
    with _opened(key) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _put_local(path: Path, content: bytes) -> None:
    """Aside, fsync, rename, fsync of the folder: after a crash the file is whole or absent."""
    with _aside(path) as stream:
        stream.write(content)


@contextmanager
def _aside(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    with aside.open("xb") as stream:
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:  # no room, say: what there is must not take up more of it
            aside.unlink()
            raise
    aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _changed(filesystem: Any, path: str, info: Mapping[str, Any]) -> datetime:
    if "mtime" in info:
        return datetime.fromtimestamp(float(info["mtime"]), UTC)
    changed: datetime = filesystem.modified(path)
    return changed if changed.tzinfo else changed.replace(tzinfo=UTC)


def _is_local() -> bool:
    return "://" not in settings.PACT_SHARDS or settings.PACT_SHARDS.startswith(_FILE)


def _local_root() -> Path:
    return Path(settings.PACT_SHARDS.removeprefix(_FILE))


def _remote() -> tuple[Any, str]:
    filesystem, root = fsspec.core.url_to_fs(settings.PACT_SHARDS)
    return filesystem, str(root).rstrip("/")
