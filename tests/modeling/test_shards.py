import fsspec
import pytest

from modeling import schemas, shards
from modeling.models import Run
from modeling.services import foreground, runs
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows
from tests.modeling.roots import S3Server, address
from tests.modeling.rows import make_row


def write(key="run/000001-1-abc.parquet", rows=2):
    return shards.write(key, shards.table_of([make_row(sample_index=n) for n in range(rows)]))


def test_what_is_written_is_read_back_equal(root):
    shard = write()
    assert (shard.key, shard.rows) == ("run/000001-1-abc.parquet", 2)
    table = shards.read(shard.key)
    assert table.schema.equals(schemas.SCHEMA)
    assert table.to_pylist() == [make_row(sample_index=0), make_row(sample_index=1)]
    assert shards.checksum(shard.key) == shard.checksum
    assert shards.read(shard.key, ["text"]).column_names == ["text"]


def test_stored_lists_every_file_and_remove_takes_it_away(root):
    assert list(shards.stored()) == []
    write()
    assert [key for key, _ in shards.stored()] == ["run/000001-1-abc.parquet"]
    shards.remove("run/000001-1-abc.parquet")
    shards.remove("run/000001-1-abc.parquet")
    assert list(shards.stored()) == []


def test_two_attempts_never_share_a_name():
    assert len({shards.fresh_key("run", 1, 1) for _ in range(1000)}) == 1000


def test_a_local_shard_is_never_overwritten_and_leaves_no_half_file(settings):
    write()
    (settings.PACT_HOME / "shards/run/000002-1-abc.part").touch()
    with pytest.raises(FileExistsError):
        write("run/000002-1-abc.parquet")


def test_missing_required_values_and_foreign_columns_are_refused():
    with pytest.raises(ValueError, match="one of our schemas"):
        shards.write("x.parquet", shards.table_of([make_row()]).select(["text"]))


def test_namibia_is_not_a_missing_value(root):
    shards.write("na.parquet", shards.table_of([make_row(scenario_country="NA")]))
    assert shards.read("na.parquet").to_pylist()[0]["scenario_country"] == "NA"


class TestAStoreThatIsGone:
    """A server that has stopped: every way to it says so, and none takes a file for damaged."""

    @pytest.fixture
    def server(self, settings, tmp_path, monkeypatch):
        server = S3Server()
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        settings.PACT_SHARDS = address("s3", tmp_path)
        store = fsspec.get_filesystem_class("s3")
        store.clear_instance_cache()  # an instance keeps the address under which it was made
        yield server
        store.clear_instance_cache()
        server.stop()

    def test_every_way_says_unreachable(self, server):
        written = write()
        server.stop()
        ways = (
            lambda: write("run/000002-1-abc.parquet"),
            lambda: shards.read(written.key),
            lambda: shards.checksum(written.key),
            lambda: shards.missing([written.key]),
            lambda: list(shards.stored()),
        )
        for way in ways:
            with pytest.raises(shards.Unreachable, match=r"^s3: .*endpoint"):
                way()

    @pytest.mark.django_db(transaction=True)
    def test_a_run_stops_with_words_and_goes_on_when_it_is_back(self, server):
        run = make_plan(make_release(1), chunk_size=40).run
        server.stop()
        run = self.ask(run)
        assert run.state == Run.State.STOPPED
        assert "cannot be stored in s3://" in run.error
        assert "resume the run" in run.error
        back = S3Server(server.port)
        try:
            run = self.ask(run)
            assert (run.state, run.error) == (Run.State.DONE, "")
            assert sorted(row["cell_key"] for row in stored_rows(run)) == sorted(planned_keys(run))
        finally:
            back.stop()

    def ask(self, run):
        runs.start(run=run)
        return foreground.see_through(run, lambda tick: None)
