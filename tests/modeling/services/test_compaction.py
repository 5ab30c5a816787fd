from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from modeling import shards
from modeling.models import RetiredShard, Run
from modeling.services import answers, compaction, foreground, runs, sweeping
from pact_site.base.errors import BadInput
from pact_site.base.models import Job
from pact_site.base.services import jobs
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def done(scenarios=1, **options):
    """A finished run of 144 cells a scenario, in files of 16."""
    return ask(make_plan(make_release(scenarios), **{"chunk_size": 16} | options).run)


def names(run):
    return list(run.chunks.order_by("number").values_list("shard", flat=True))


def by_key(rows):
    return sorted(rows, key=lambda row: row["cell_key"])


def test_the_same_rows_in_one_sorted_file_that_every_chunk_names(root):
    run = done()
    before, small = stored_rows(run), names(run)
    told = []
    result = compaction.compact(run, lambda rows, of: told.append((rows, of)))
    assert (result.before, result.after, result.rows) == (len(small), 1, run.cells)
    assert told[-1] == (run.cells, run.cells)
    assert len(set(names(run))) == 1
    after = stored_rows(run)
    assert by_key(after) == by_key(before)
    place = ("scenario", "scenario_item_id", "persona_country", "persona_demo", "frame")
    assert after == sorted(after, key=lambda row: [row[name] for name in place])
    assert answers.scan([run.pk]).collect().height == run.cells
    assert set(RetiredShard.objects.values_list("key", flat=True)) == set(small)


def test_doing_it_again_changes_nothing(root):
    run = done()
    compaction.compact(run)
    before = list(run.chunks.values())
    result = compaction.compact(run)
    assert (result.before, result.after, result.rows) == (1, 1, 0)
    assert list(run.chunks.values()) == before


def test_large_files_stay_as_they_are_and_small_neighbours_join_up_to_the_target(monkeypatch):
    monkeypatch.setattr(compaction, "TARGET_ROWS", 100)
    run = done(3)  # 432 cells in 27 chunks
    compaction.compact(run)
    sizes = [len(shards.read(name)) for name in dict.fromkeys(names(run))]
    assert sizes == [96, 96, 96, 96, 48]
    kept = names(run)[0]
    monkeypatch.setattr(compaction, "TARGET_ROWS", 190)
    assert compaction.compact(run).rows == 0
    assert names(run)[0] == kept
    assert sorted(row["cell_key"] for row in stored_rows(run)) == sorted(planned_keys(run))


def test_row_groups_are_bounded_whatever_the_size_of_what_comes_in(monkeypatch):
    monkeypatch.setattr(shards, "BATCH_ROWS", 50)
    run = done(3, chunk_size=120)
    compaction.compact(run)
    metadata = pq.ParquetFile(shards.locate(names(run)[0])).metadata
    groups = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
    assert groups == [50] * 8 + [32]
    assert sorted(row["cell_key"] for row in stored_rows(run)) == sorted(planned_keys(run))


def test_a_run_that_grew_is_compacted_with_its_new_part():
    run = done(limit=100)
    compaction.compact(run)
    whole = ask(make_plan(run.release, chunk_size=16).run)
    assert len(set(names(whole))) > 1
    compaction.compact(whole)
    assert len(set(names(whole))) == 1
    assert sorted(row["cell_key"] for row in stored_rows(whole)) == sorted(planned_keys(whole))


def test_a_finished_run_queues_its_compaction_and_a_worker_does_it():
    run = done()
    job = Job.objects.get(kind=compaction.JOB)
    jobs.run_claimed(Job.objects.claim())
    job.refresh_from_db()
    assert (job.state, job.result["after"]) == ("done", 1)
    assert len(set(names(run))) == 1
    assert not Job.objects.exclude(pk=job.pk).exists()


def test_a_run_with_one_file_needs_no_compaction():
    done(chunk_size=1000)
    assert not Job.objects.exists()


def test_readers_keep_the_small_files_for_a_while(settings):
    run = done()
    small = set(names(run))
    frame = answers.scan([run.pk])
    compaction.compact(run)
    assert frame.collect().height == run.cells, "it was opened before and is read after"
    assert sweeping.sweep(older_than=timedelta(hours=24)).young == len(small)
    assert sweeping.remove_retired() == 0
    late = timezone.now() - timedelta(minutes=settings.PACT_SHARD_GRACE_MINUTES + 1)
    RetiredShard.objects.update(retired_at=late)
    assert sweeping.remove_retired() == len(small)
    assert {key for key, _ in shards.stored()} == set(names(run))
    assert not RetiredShard.objects.exists()


def test_a_sweep_removes_what_was_retired_when_its_time_is_over():
    run = done()
    small = set(names(run))
    compaction.compact(run)
    swept = sweeping.sweep(older_than=timedelta(0))
    assert (set(swept.removed), swept.named) == (small, 1)
    assert not RetiredShard.objects.exists()


def test_a_run_under_way_is_not_compacted():
    with pytest.raises(BadInput, match="finished"):
        compaction.compact(make_plan(make_release()).run)


def test_nothing_damaged_is_copied(root):
    run = done()
    victim = names(run)[3]
    table = shards.read(names(run)[4])
    shards.remove(victim)
    shards.write(victim, table)
    before = names(run)
    with pytest.raises(shards.Damaged, match=rf"{victim}.*checksum"):
        compaction.compact(run)
    assert names(run) == before
    assert {key for key, _ in shards.stored()} == set(before), "no half-written file is left"


def test_chunks_that_changed_meanwhile_keep_their_names():
    run = done()
    group = compaction._files(run)
    shard = compaction._merged(run, group)
    Run.objects.update(state=Run.State.STOPPED)
    assert not compaction._swap(run, group, shard)
    assert names(run) == [file.key for file in group]
    assert shard.key not in {key for key, _ in shards.stored()}


def test_the_command_says_how_many_files_there_were_and_are(capsys):
    run = done()
    call_command("compact_runs")
    assert f"run {run.public_id}: 9 files became 1, 144 answers moved." in capsys.readouterr().out
    Run.objects.update(state=Run.State.STOPPED)
    with pytest.raises(CommandError) as caught:
        call_command("compact_runs", run.public_id)
    assert caught.value.returncode == 2
