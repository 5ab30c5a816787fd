import fsspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modeling import schemas, shards
from modeling.models import Chunk, Run
from modeling.services import answers, chunks, foreground, runs, sweeping
from modeling.services.engine import run_one
from pact_site.base.errors import BadInput
from tests.modeling.making import make_plan, make_release, planned_keys

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def release(root):
    return make_release()


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def test_scan_has_the_declared_columns_even_without_answers(db):
    frame = answers.scan([]).collect()
    assert frame.columns == schemas.SCHEMA.names
    assert frame.height == 0


def test_scan_reads_the_named_shards_of_these_runs_and_nothing_else(release):
    noisy = ask(make_plan(release, chunk_size=100).run)
    ask(make_plan(release, endpoint="baseline:uniform").run)
    frame = answers.scan([noisy.pk]).collect()
    assert sorted(frame["cell_key"]) == sorted(planned_keys(noisy))
    assert frame.columns == schemas.SCHEMA.names
    assert set(frame["scenario_country"]) == {"BR", "IN", "NA"}
    assert len(answers.answers([noisy.pk])) == noisy.chunks.count()


def test_an_orphan_is_neither_read_nor_kept(release):
    from datetime import timedelta

    run = ask(make_plan(release).run)
    before = answers.scan([run.pk]).collect().height
    orphan = shards.fresh_key(run.public_id, 0, 1)
    shards.write(orphan, shards.read(run.chunks.first().shard))
    assert answers.scan([run.pk]).collect().height == before == run.cells
    assert sweeping.sweep(older_than=timedelta(hours=1)).young == 1
    assert sweeping.sweep(older_than=timedelta(0), dry_run=True).removed == (orphan,)
    swept = sweeping.sweep(older_than=timedelta(0))
    assert (swept.removed, swept.named, swept.young) == ((orphan,), run.chunks.count(), 0)
    assert answers.scan([run.pk]).collect().height == run.cells


def test_a_half_finished_run_can_be_read(release):
    run = make_plan(release, chunk_size=100).run
    runs.start(run=run)
    run_one(run.chunks.first().pk)
    assert answers.scan([run.pk]).collect().height == 100


def test_the_frame_and_the_shards_agree_on_types(release):
    run = ask(make_plan(release).run)
    table = answers.scan([run.pk]).collect().to_arrow()
    as_strings = pa.schema([(f.name, f.type) for f in schemas.SCHEMA])
    assert table.select(schemas.SCHEMA.names).cast(as_strings).num_rows == run.cells


def test_a_shard_from_before_a_column_came_is_still_read(release):
    run = ask(make_plan(release, chunk_size=100).run)
    chunk = run.chunks.first()
    old = shards.read(chunk.shard).drop_columns(["rationale"])
    content = pa.BufferOutputStream()
    pq.write_table(old, content)
    with fsspec.open(shards.locate(chunk.shard), "wb") as stream:
        stream.write(content.getvalue())
    frame = answers.scan([run.pk]).collect()
    assert frame.columns == schemas.SCHEMA.names
    assert frame.height == run.cells
    assert frame["rationale"].null_count() == run.cells
    again = shards.table_of(list(chunks.stored_rows(chunk).values()))
    assert again.num_rows == 100, "what an earlier version stored can be continued"


def test_coded_columns_say_what_the_rows_say(release):
    run = ask(make_plan(release, chunk_size=100).run)
    columns = ["scenario", "choice", "sample_index", "rationale"]
    rows = answers.scan([run.pk]).select(columns).collect()
    (part,) = answers.parts([run.pk])
    coded = part.coded(columns)
    assert [str(kind) for kind in coded.dtypes] == [
        "Categorical",
        "Categorical",
        "Int32",
        "Categorical",
    ]
    assert coded.with_columns(pl.col(pl.Categorical).cast(pl.String)).equals(rows)


def test_coded_columns_of_a_shard_from_before_a_column_came(release):
    run = ask(make_plan(release, chunk_size=100).run)
    _without(run.chunks.first(), "scenario_country")
    coded = answers.parts([run.pk])[0].coded(["cell_key", "scenario_country"])
    assert coded["scenario_country"].null_count() == 100
    assert coded.height == run.cells


def _without(chunk, column):
    """The chunk's shard as an earlier version wrote it."""
    content = pa.BufferOutputStream()
    pq.write_table(shards.read(chunk.shard).drop_columns([column]), content)
    with fsspec.open(shards.locate(chunk.shard), "wb") as stream:
        stream.write(content.getvalue())


def test_runs_of_kinds_with_different_columns_are_not_read_together(db):
    kinds = ("counterparts", "judge", "construct:norm")
    made = {
        kind: Run.objects.create(
            kind=kind, label=kind, endpoint={}, design={}, plan_hash="0", dataset_slug="d"
        ).pk
        for kind in kinds
    }
    assert answers.scan([made["judge"], made["construct:norm"]]).collect().height == 0
    with pytest.raises(BadInput, match="counterparts, judge"):
        answers.scan([made["counterparts"], made["judge"]])


def test_parts_are_whole_shards_of_about_so_many_rows(release):
    pks = [ask(make_plan(release, chunk_size=100).run).pk]
    rows = answers.scan(pks).collect()
    sizes = [chunk.rows for chunk in Chunk.objects.filter(run__in=pks).order_by("run", "number")]
    for most, count in ((1, len(sizes)), (200, -(-len(sizes) // 2)), (rows.height, 1)):
        parts = answers.parts(pks, most)
        assert len(parts) == count
        read = [part.frame.collect() for part in parts]
        assert [part.rows for part in parts] == [one.height for one in read]
        assert [key for one in read for key in one["cell_key"]] == rows["cell_key"].to_list()
    assert answers.parts([]) == []
