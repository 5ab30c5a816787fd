"""Shards removed or changed by hand: found, named, and asked again on request."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command

from analysis.frames.model import _cells
from modeling import shards
from modeling.models import Run
from modeling.services import answers, compaction, foreground, runs, verifying
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent, State
from pact_site.middleware import DamagedAnswers
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


@pytest.fixture
def run():
    return ask(make_plan(make_release(), chunk_size=100).run)


def file_of(run, number):
    return Path(shards.locate(run.chunks.get(number=number).shard))


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


DAMAGES = {"removed": Path.unlink, "cut": cut, "flipped": flip, "empty": lambda p: p.write_text("")}


@pytest.fixture(params=DAMAGES)
def damage(request):
    return DAMAGES[request.param]


def test_a_whole_run_has_no_damage(run):
    assert list(verifying.verify(run)) == []
    call_command("verify_shards")


def test_damage_is_named_and_asked_again_and_nothing_else_is(run, damage):
    whole = {row["cell_key"]: row for row in stored_rows(run)}
    damage(file_of(run, 2))
    (found,) = verifying.verify(run)
    key = run.chunks.get(number=2).shard
    assert (found.chunks, found.key, found.rows) == ((2,), key, 100)
    assert f"run {run.public_id}, chunk 2 (100 answers), {key}: the file is" in str(found)
    others = set(run.chunks.exclude(number=2).values_list("shard", flat=True))
    assert verifying.ask_again(run, [found]) == 1
    assert (run.state, run.chunks.get(number=2).state) == (Run.State.STOPPED, State.QUEUED)
    assert AuditEvent.objects.get(verb="run.reasked").detail["files"] == [key]
    run = ask(run)
    assert run.state == Run.State.DONE
    assert others < set(run.chunks.values_list("shard", flat=True))
    assert {row["cell_key"] for row in stored_rows(run)} == set(planned_keys(run)) == set(whole)


def test_a_damaged_large_file_costs_the_chunks_that_named_it(run):
    compaction.compact(run)
    flip(file_of(run, 0))
    (found,) = verifying.verify(run)
    assert (found.chunks, found.rows) == (tuple(range(5)), run.cells)
    assert "chunks 0 to 4" in str(found)
    assert verifying.ask_again(run, [found]) == 5
    assert ask(run).state == Run.State.DONE
    assert sorted(row["cell_key"] for row in stored_rows(run)) == sorted(planned_keys(run))


@pytest.mark.parametrize("how", sorted(set(DAMAGES) - {"flipped"}))
def test_readers_say_which_file_of_which_run_and_what_to_do(run, how):
    """A flipped bit shows only where it is read: that is what checksums are for."""
    key = run.chunks.get(number=1).shard
    DAMAGES[how](file_of(run, 1))
    words = rf"{key}.*run {run.public_id}.*verify_shards {run.public_id}"
    for reader in (
        lambda: _cells([run]),
        lambda: list(answers.tables(run)),
        lambda: shards.read(key),
    ):
        with pytest.raises(shards.Damaged, match=words):
            reader()


def test_a_page_that_needs_damaged_answers_says_so(run, client, researcher):
    file_of(run, 0).unlink()
    client.force_login(researcher)
    response = client.get(f"/runs/{run.public_id}/invalid/")
    assert f"verify_shards {run.public_id}" in response.content.decode()


@pytest.mark.parametrize("path", ["/runs/x/", "/api/runs/x/"])
def test_damage_that_no_page_foresaw_is_told_all_the_same(rf, path):
    request = rf.get(path)
    request.user = AnonymousUser()
    error = shards.damaged("x/0.parquet", "the file is missing")
    response = DamagedAnswers(lambda _: None).process_exception(request, error)
    assert response.status_code == 503
    assert "verify_shards x" in response.content.decode()
    assert DamagedAnswers(lambda _: None).process_exception(request, ValueError("other")) is None


def test_a_chunk_whose_earlier_answers_are_damaged_fails_with_words(run):
    run.chunks.filter(number=1).update(state=State.QUEUED)
    Run.objects.update(state=Run.State.STOPPED)
    file_of(run, 1).unlink()
    run = ask(Run.objects.get())
    assert run.state == Run.State.FAILED
    assert f"verify_shards {run.public_id}" in run.error
    assert verifying.ask_again(run, verifying.verify(run)) == 1
    assert ask(run).state == Run.State.DONE
    assert len(stored_rows(run)) == run.cells


def test_the_command_exits_with_1_until_the_damage_is_queued(run, capsys):
    file_of(run, 3).unlink()
    with pytest.raises(CommandError) as caught:
        call_command("verify_shards", run.public_id)
    assert caught.value.returncode == 1
    said = capsys.readouterr().out
    assert "chunk 3" in said
    assert "5 files, 1 damaged" in said
    call_command("verify_shards", "--reask")
    assert "1 chunks wait to be asked again; the run is stopped" in capsys.readouterr().out
    call_command("verify_shards", run.public_id)


def test_imported_answers_cannot_be_asked_again(run, capsys):
    Run.objects.update(imported=True)
    run.refresh_from_db()
    file_of(run, 0).unlink()
    with pytest.raises(BadInput, match="imported"):
        verifying.ask_again(run, verifying.verify(run))
    with pytest.raises(CommandError) as caught:
        call_command("verify_shards", "--reask")
    assert caught.value.returncode == 1
    assert run.chunks.filter(state=State.DONE).count() == 5
