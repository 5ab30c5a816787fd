"""A whole installation in one file, and back: database, models' answers, uploads, reports.

The file is a tar archive whose last member, `manifest.json`, holds the SHA-256 of every other. It
is written aside and named when it is whole. The database comes first, as one consistent moment of
it; the answers are then those that it names. People may go on working meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from analysis.reports.version import code_version
from annotation.models import Dataset
from modeling import shards
from modeling.models import Chunk, Run
from pact_site.base.aside import file_aside, scratch
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey.models import Study

Say = Callable[[str], object]

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
SHARDS: Final = "shards"
FOLDERS: Final = ("uploads", "reports")
FILES: Final = ("secret_key",)
PRECIOUS: Final = (User, Study, Dataset, Run)
_BLOCK: Final = 1 << 20


@dataclass
class Manifest:
    """What an archive holds. `files` is SHA-256 by member, `rows` the rows of each table."""

    format: int = FORMAT
    code: str = ""
    vendor: str = ""
    at: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def _silent(words: str) -> None:
    """Nobody watches."""


def back_up(target: Path, say: Say = _silent) -> Manifest:
    """Write the installation to `target`, a new file; BadInput where one is there or it cannot be.

    Answers whose file is missing or damaged end it (`shards.Damaged`): a backup with holes is none.
    """
    if target.exists():
        raise BadInput(
            "The backup's file is there already.", file=str(target), expected="a new name"
        )
    manifest = Manifest(
        code=code_version(), vendor=connection.vendor, at=timezone.now().isoformat()
    )
    try:
        with file_aside(target) as aside:
            aside.chmod(0o600)
            with tarfile.open(aside, mode="w") as archive:
                _write(archive, manifest, say)
    except OSError as error:
        if isinstance(error, shards.Unreachable):
            raise
        raise BadInput(
            f"The backup cannot be written: {error.strerror or error}.", file=str(target)
        ) from error
    return manifest


def restore(source: Path, *, replace: bool = False, say: Say = _silent) -> Manifest:
    """Put an archive in the place of this installation, which must be empty unless `replace`.

    Nothing is touched before every file has been unpacked beside its place and its hash been
    checked. The database goes first and as a whole: what is there stays where the new one cannot be
    loaded. Cut off after that, the same call puts the files in their places again.
    BadInput for what is no whole backup, or of another kind of database.
    """
    home = Path(settings.PACT_HOME)
    with scratch(home / "restoring") as unpacked:
        manifest = _unpack(source, unpacked)
        if manifest.vendor != connection.vendor:
            raise BadInput(
                "The backup is of another kind of database.",
                file=str(source), found=manifest.vendor, expected=connection.vendor,
            )  # fmt: skip
        if not replace and (held := _holds_something()):
            raise BadInput(
                "This installation is not empty.", found=held, expected="an empty one, or --replace"
            )
        say("Database")
        _load_database(unpacked / DATABASE)
        say("Files")
        _put_files(unpacked, manifest)
    _check_rows(manifest)
    return manifest


def _write(archive: tarfile.TarFile, manifest: Manifest, say: Say) -> None:
    home = Path(settings.PACT_HOME)
    say("Database")
    with _dumped() as (dump, rows, keys):
        manifest.rows = rows
        _add_file(archive, manifest, DATABASE, dump)
    say(f"{len(keys)} files of answers")
    for key, checksum in keys.items():
        _add_shard(archive, manifest, key, checksum)
    say("Uploads and reports")
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            half_written = any(part.startswith(".") for part in path.relative_to(home).parts)
            if path.is_file() and not half_written:
                _add_file(archive, manifest, path.relative_to(home).as_posix(), path)
    for name in FILES:
        if (home / name).is_file():
            _add_file(archive, manifest, name, home / name)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as written:
        json.dump(vars(manifest), written, indent=1)
        written.flush()
        archive.add(written.name, MANIFEST)


def _add_file(archive: tarfile.TarFile, manifest: Manifest, name: str, path: Path) -> None:
    with path.open("rb") as stream:
        manifest.files[name] = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        info = archive.gettarinfo(arcname=name, fileobj=stream)
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        archive.addfile(info, stream)


def _add_shard(archive: tarfile.TarFile, manifest: Manifest, key: str, checksum: str) -> None:
    with tempfile.NamedTemporaryFile() as copy:
        shards.copy_out(key, copy)
        copy.flush()
        _add_file(archive, manifest, f"{SHARDS}/{key}", Path(copy.name))
    if manifest.files[f"{SHARDS}/{key}"] != checksum:
        raise shards.damaged(key, "its bytes are not those that were recorded")


@contextmanager
def _dumped() -> Iterator[tuple[Path, dict[str, int], dict[str, str]]]:
    """One moment of the database in a file, the rows of its tables then, and the shards it names."""
    with scratch(Path(settings.PACT_HOME, "backup")) as folder:
        dump = folder / DATABASE
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(dump)])
            with _looking_into(dump):
                yield dump, _rows(), _named_shards()
        else:
            with _one_moment() as snapshot:
                _run_postgres(
                    "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}"
                )
                yield dump, _rows(), _named_shards()


@contextmanager
def _looking_into(copy: Path) -> Iterator[None]:
    """Django's connection reads the copy: what is counted is what is in it."""
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(copy)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


@contextmanager
def _one_moment() -> Iterator[str]:
    """A PostgreSQL transaction that sees one moment, and its name for pg_dump."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            cursor.execute("SELECT pg_export_snapshot()")
            yield str(cursor.fetchone()[0])
        finally:
            cursor.execute("ROLLBACK")


def _rows() -> dict[str, int]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    tables = sorted({model._meta.db_table: model for model in models}.items())
    return {table: model._default_manager.count() for table, model in tables}


def _named_shards() -> dict[str, str]:
    named = Chunk.objects.exclude(shard="").order_by("shard").values_list("shard", "checksum")
    return dict(named.distinct())


def _unpack(source: Path, folder: Path) -> Manifest:
    """The archive's files in `folder`, each with the hash that the manifest gives it."""
    try:
        with tarfile.open(source, "r:") as archive:
            members = _checked_members(archive)
            # Python itself can filter from 3.11.4 on only.
            safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall(folder, members, **safely)  # noqa: S202 - members have been looked at
    except (OSError, tarfile.TarError, EOFError) as error:
        raise BadInput("This is no backup.", file=str(source), found=str(error)) from error
    manifest = _read_manifest(source, folder / MANIFEST)
    for name, expected in manifest.files.items():
        path = folder / name
        found = _digest(path) if path.is_file() else "nothing"
        if found != expected:
            raise BadInput(
                "The backup is damaged; nothing was restored.",
                file=f"{source}: {name}", found=found, expected=expected,
            )  # fmt: skip
    return manifest


def _checked_members(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """All members; TarError where one is no file or folder, or would lie elsewhere than below."""
    members = archive.getmembers()
    for member in members:
        path = PurePosixPath(member.name)
        if not (member.isreg() or member.isdir()) or path.is_absolute() or ".." in path.parts:
            raise tarfile.TarError(f"{member.name} is no file of a backup")
    return members


def _read_manifest(source: Path, path: Path) -> Manifest:
    try:
        told = json.loads(path.read_text())
        manifest = Manifest(**told)
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(
            "The backup has no readable manifest: it was cut off, or is none.", file=str(source)
        ) from error
    if manifest.format != FORMAT:
        raise BadInput(
            "The backup is of another format.",
            file=str(source),
            found=manifest.format,
            expected=str(FORMAT),
        )
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _put_files(unpacked: Path, manifest: Manifest) -> None:
    home = Path(settings.PACT_HOME)
    for name in manifest.files:
        top, _, key = name.partition("/")
        if top == SHARDS:
            with (unpacked / name).open("rb") as stream, shards.writing(key) as target:
                shutil.copyfileobj(stream, target, _BLOCK)
        elif top in FOLDERS or name in FILES:
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (unpacked / name).replace(home / name)


def _holds_something() -> str:
    """What would be lost here, in words; empty where the database has no tables or no rows."""
    tables = set(connection.introspection.table_names())
    counts = {
        model: model._default_manager.count()
        for model in PRECIOUS
        if model._meta.db_table in tables
    }
    held = [
        f"{number} {model._meta.verbose_name_plural}" for model, number in counts.items() if number
    ]
    return ", ".join(held)


def _load_database(dump: Path) -> None:
    """The dump in the place of all tables, or an error and the tables as they were."""
    if connection.vendor == "sqlite":
        place = Path(connection.settings_dict["NAME"])
        connections.close_all()
        for ending in ("-wal", "-shm"):  # they belong to the file that goes
            Path(f"{place}{ending}").unlink(missing_ok=True)
        dump.replace(place)
        return
    connections.close_all()
    script = dump.with_suffix(".sql")
    _run_postgres("pg_restore", "--no-owner", f"--file={script}", str(dump))
    emptied = "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    _run_postgres(
        "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction",
        f"--command={emptied}", f"--file={script}",
    )  # fmt: skip


def _check_rows(manifest: Manifest) -> None:
    """Tables hold what was counted; tables that this code no longer has are not asked."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table, expected in manifest.rows.items():
            if table not in tables:
                raise BadInput("A table is missing after restoring.", found=table)
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found = cursor.fetchone()[0]
            if found != expected:
                raise BadInput(
                    f"{table} has other rows after restoring.", found=found, expected=str(expected)
                )


def _run_postgres(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's on our database; the password goes by the environment."""
    if shutil.which(program) is None:
        raise BadInput(
            f"{program} is not here.", expected="PostgreSQL's client programs (postgresql-client)"
        )
    known = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}  # fmt: skip
    given = {name: str(known[key]) for name, key in names.items() if known[key]}
    done = subprocess.run(
        [program, *arguments], env=os.environ | given, capture_output=True, text=True
    )
    if done.returncode:
        raise BadInput(f"{program} failed: {' '.join(done.stderr.split())[:400]}")
