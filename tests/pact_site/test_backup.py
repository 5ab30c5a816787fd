"""The drill: an installation is written to a file, lost, and put back as it was.

On whatever database the suite runs on: SQLite, or PostgreSQL with its own programs.
"""

import subprocess
import tarfile
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import foreground, runs, verifying
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from pact_site.services.backup import MANIFEST, back_up, restore
from tests.modeling.making import make_plan, make_release, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run():
    """Answers in shards, an upload and a report's file beside them."""
    run = make_plan(make_release(1), chunk_size=20).run
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


@pytest.fixture
def home(settings):
    folder = Path(settings.PACT_HOME)
    (folder / "uploads").mkdir()
    (folder / "uploads/table.csv").write_bytes("país,número\r\nBrasil,1\r\n".encode())
    (folder / "reports/one").mkdir(parents=True)
    (folder / "reports/one/index.html").write_text("<p>A report</p>")
    (folder / "reports/.half-written").mkdir()
    (folder / "reports/.half-written/index.html").write_text("<p>A rep")
    return folder


def lose_everything(home):
    for key, _ in list(shards.stored()):
        shards.remove(key)
    for path in (home / "uploads/table.csv", home / "reports/one/index.html"):
        path.unlink()
    call_command("flush", interactive=False, verbosity=0)


def test_what_was_lost_comes_back_as_it_was(run, home, tmp_path):
    before = sorted(row["cell_key"] for row in stored_rows(run))
    assert before
    manifest = back_up(tmp_path / "all.tar")
    assert manifest.rows["modeling_chunk"] == Chunk.objects.count()
    lose_everything(home)
    assert not Run.objects.exists()
    assert restore(tmp_path / "all.tar") == manifest
    again = Run.objects.get(public_id=run.public_id)
    assert sorted(row["cell_key"] for row in stored_rows(again)) == before
    assert list(verifying.verify(again)) == []
    assert "Brasil" in (home / "uploads/table.csv").read_text()
    assert (home / "reports/one/index.html").read_text() == "<p>A report</p>"
    with tarfile.open(tmp_path / "all.tar") as archive:
        assert not any("half-written" in name for name in archive.getnames())
    connection.check_constraints()


def test_a_backup_is_one_moment_although_people_go_on_working(run, home, tmp_path):
    stop = threading.Event()

    def work():
        while not stop.is_set():
            AuditEvent.objects.create(verb="worked", subject="meanwhile")
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        while not AuditEvent.objects.filter(verb="worked").exists():
            pass
        manifest = back_up(tmp_path / "all.tar")
    finally:
        stop.set()
        worker.join()
    assert manifest.rows["base_auditevent"] <= AuditEvent.objects.count()
    lose_everything(home)
    restore(tmp_path / "all.tar")
    assert AuditEvent.objects.count() == manifest.rows["base_auditevent"]


def test_one_that_was_unpacked_and_packed_again_is_the_same(run, home, tmp_path):
    """By a tar that also writes the folders and begins every name with a dot."""
    manifest = back_up(tmp_path / "all.tar")
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "xf", "../all.tar"], cwd=tmp_path / "unpacked", check=True)
    subprocess.run(["tar", "cf", "../again.tar", "."], cwd=tmp_path / "unpacked", check=True)
    lose_everything(home)
    assert restore(tmp_path / "again.tar") == manifest
    assert Run.objects.get().public_id == run.public_id


def test_what_is_here_is_not_given_up_unasked(run, home, tmp_path, capsys):
    call_command("backup", tmp_path / "all.tar")
    assert "backup: " in capsys.readouterr().out
    with pytest.raises(CommandError, match=r"not empty. Found: '.*1 runs") as refused:
        call_command("restore", tmp_path / "all.tar")
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="Nothing was restored"):
        call_command("restore", tmp_path / "all.tar", "--replace")
    AuditEvent.objects.create(verb="after", subject="the backup")
    call_command("restore", tmp_path / "all.tar", "--replace", "--yes")
    assert not AuditEvent.objects.filter(verb="after").exists()
    assert Run.objects.get().public_id == run.public_id


def test_answers_with_holes_are_no_backup_and_nothing_half_is_left(run, tmp_path):
    key, _ = next(iter(shards.stored()))
    shards.remove(key)
    with pytest.raises(shards.Damaged, match="the file is missing"):
        back_up(tmp_path / "all.tar")
    assert list(tmp_path.glob("*.tar*")) == list(tmp_path.glob(".*.part")) == []


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    (tmp_path / "all.tar").write_text("yesterday's")
    with pytest.raises(BadInput, match="there already"):
        back_up(tmp_path / "all.tar")
    assert (tmp_path / "all.tar").read_text() == "yesterday's"


class TestWhatIsNoBackup:
    """Each is refused before anything is touched."""

    @pytest.fixture
    def archive(self, home, tmp_path):
        make_plan(make_release(1))
        back_up(tmp_path / "all.tar")
        return tmp_path / "all.tar"

    def refused(self, path, match):
        with pytest.raises(BadInput, match=match):
            restore(path, replace=True)
        assert Run.objects.count() == 1

    def rebuilt(self, archive, change):
        """The archive with some members changed: `change` gets a name and bytes, returns bytes."""
        changed = archive.with_name("changed.tar")
        with tarfile.open(archive) as old, tarfile.open(changed, "w") as new:
            for info in old.getmembers():
                content = change(info.name, old.extractfile(info).read())
                if content is not None:
                    info.size = len(content)
                    path = archive.with_name("member")
                    path.write_bytes(content)
                    with path.open("rb") as stream:
                        new.addfile(info, stream)
        return changed

    def test_text(self, archive, tmp_path):
        (tmp_path / "notes.txt").write_text("not a backup")
        self.refused(tmp_path / "notes.txt", "no backup")
        self.refused(tmp_path / "nothing.tar", "no backup")

    def test_cut_off(self, archive):
        content = archive.read_bytes()
        archive.write_bytes(content[: len(content) // 2])
        self.refused(archive, "no backup|no readable manifest")

    def test_one_byte_changed(self, archive):
        def flip(name, content):
            return content[:-1] + bytes([content[-1] ^ 1]) if name.endswith(".csv") else content

        self.refused(self.rebuilt(archive, flip), "damaged; nothing was restored")

    def test_a_member_missing(self, archive):
        changed = self.rebuilt(archive, lambda name, content: None if "index" in name else content)
        self.refused(changed, r"damaged.*nothing")

    def test_another_database_or_format(self, archive):
        def other(name, content):
            return (
                content.replace(connection.vendor.encode(), b"oracle")
                if name == MANIFEST
                else content
            )

        self.refused(self.rebuilt(archive, other), "another kind of database")

        def newer(name, content):
            return content.replace(b'"format": 1', b'"format": 2') if name == MANIFEST else content

        self.refused(self.rebuilt(archive, newer), "another format")

    @pytest.mark.skipif("sqlite" in settings.DATABASES["default"]["ENGINE"],
                        reason="a file of SQLite is put in its place whole")  # fmt: skip
    def test_a_dump_that_cannot_be_loaded(self, home, tmp_path):
        """It names a schema that is here already, after our tables were dropped for it."""
        make_plan(make_release(1))
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA somebody_else")
            back_up(tmp_path / "two.tar")
            (home / "uploads/table.csv").write_text("today's")
            try:
                self.refused(tmp_path / "two.tar", "psql failed.*somebody_else.*already exists")
            finally:
                connection.cursor().execute("DROP SCHEMA somebody_else")
        assert (home / "uploads/table.csv").read_text() == "today's"

    @pytest.mark.parametrize("name", ["../../outside", "reports/../../../outside", "/outside"])
    def test_a_path_that_leads_out(self, archive, tmp_path, name):
        self.refused(one_member(tmp_path, tarfile.TarInfo(name)), "no file of a backup")
        assert not (tmp_path.parent / "outside").exists()

    def test_a_link(self, archive, tmp_path):
        link = tarfile.TarInfo("secret_key")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        self.refused(one_member(tmp_path, link), "no file of a backup")


def one_member(folder, member):
    """An archive that holds this alone."""
    with tarfile.open(folder / "evil.tar", "w") as new:
        new.addfile(member)
    return folder / "evil.tar"
