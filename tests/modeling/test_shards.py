import pytest

from modeling import schemas, shards
from tests.modeling.roots import ROOTS, address
from tests.modeling.rows import make_row


@pytest.fixture(params=ROOTS)
def root(request, settings, tmp_path):
    """The same promises on a local folder and on fsspec URLs."""
    settings.PACT_SHARDS = address(request.param, tmp_path)
    return settings.PACT_SHARDS


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


def test_a_local_shard_is_never_overwritten_and_leaves_no_half_file(tmp_path):
    write()
    (tmp_path / "home/shards/run/000002-1-abc.part").touch()
    with pytest.raises(FileExistsError):
        write("run/000002-1-abc.parquet")


def test_missing_required_values_and_foreign_columns_are_refused():
    with pytest.raises(ValueError, match="one of our schemas"):
        shards.write("x.parquet", shards.table_of([make_row()]).select(["text"]))


def test_namibia_is_not_a_missing_value(root):
    shards.write("na.parquet", shards.table_of([make_row(scenario_country="NA")]))
    assert shards.read("na.parquet").to_pylist()[0]["scenario_country"] == "NA"
