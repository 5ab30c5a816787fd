"""The engine end to end on answers that need no server; the database is SQLite."""

import gc

import pytest

from modeling.models import Run
from modeling.services import foreground, progress, runs
from modeling.services.engine import QUESTIONS_KEPT, WANTED_IN_FLIGHT, Engine, run_one
from modeling.services.items import Questionnaire
from pact_site.base.models import State
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


@pytest.mark.parametrize("mode", ["label", "paper"])
@pytest.mark.parametrize("rule", ["uniform", "always_culture", "always_preference", "noisy"])
def test_every_planned_cell_is_stored_exactly_once(rule, mode):
    planned = make_plan(make_release(2), endpoint=f"baseline:{rule}", chunk_size=33, mode=mode)
    run = ask(planned.run)
    assert run.state == Run.State.DONE
    keys = [row["cell_key"] for row in stored_rows(run)]
    assert len(keys) == run.cells == 2 * 4 * 9 * 2 * 2
    assert sorted(keys) == sorted(planned_keys(run))
    assert len(set(keys)) == len(keys)


def test_rows_say_what_was_asked_and_what_came_back():
    run = ask(make_plan(make_release(), endpoint="baseline:always_culture").run)
    rows = stored_rows(run)
    assert {row["choice"] for row in rows} == {"culture"}
    assert {row["q"] for row in rows} == {1.0}
    assert {row["invalid_reason"] for row in rows} == {""}
    assert {row["model"] for row in rows} == {"baseline:always_culture"}
    assert {row["scenario_country"] for row in rows} == {"BR", "IN", "NA"}
    assert {(r["setting"], r["persona_country"] != "") for r in rows} == {
        ("no_persona", False), ("persona", True),
    }  # fmt: skip


def test_the_manifest_tells_how_to_repeat_the_run_and_holds_the_counts():
    run = ask(make_plan(make_release(1)).run)
    manifest = run.manifest
    assert manifest["counts"] == {
        "planned": run.cells, "answered": run.cells, "valid": run.cells, "invalid": 0, "failed": 0,
        "prompt_tokens": 0, "completion_tokens": 0,
    }  # fmt: skip
    assert manifest["release"]["hash"] == run.release.content_hash
    assert manifest["design"] == run.design
    assert manifest["code"]
    assert manifest["backend"]["kind"] == "baseline"
    assert run.simulated is False


def test_a_chunk_that_is_not_claimable_is_left_alone():
    run = make_plan(make_release(1)).run
    chunk = run.chunks.get()
    run_one(chunk.pk)  # the run is only planned
    chunk.refresh_from_db()
    assert (chunk.state, chunk.attempts, chunk.shard) == (State.QUEUED, 0, "")
    runs.start(run=run)
    run_one(chunk.pk)
    run_one(chunk.pk)  # a message delivered twice
    chunk.refresh_from_db()
    run.refresh_from_db()
    assert (chunk.state, chunk.attempts, run.state) == (State.DONE, 1, Run.State.DONE)


def loaded():
    """How many runs' questions are in memory."""
    gc.collect()
    return sum(type(one) is Questionnaire for one in gc.get_objects())  # asks no weak reference


def test_a_worker_forgets_the_questions_of_runs_it_asked_long_ago():
    release = make_release(1)
    for _ in range(QUESTIONS_KEPT + 4):
        runs.start(run=make_plan(release, new=True).run)
    before = loaded()
    with Engine() as engine:
        while engine.step(wait=1.0):
            pass
        assert not Run.objects.exclude(state=Run.State.DONE).exists()
        assert loaded() == before + QUESTIONS_KEPT


def test_progress_counts_what_is_stored():
    run = make_plan(make_release(1), chunk_size=100).run
    assert progress.of(run).answered == 0
    runs.start(run=run)
    run_one(run.chunks.first().pk)
    now = progress.of(run)
    assert (now.cells, now.answered, now.valid, now.invalid, now.failed) == (144, 100, 100, 0, 0)
    assert now.percent == 69


def test_a_fast_endpoint_does_not_fill_our_hands_with_answers_that_are_not_stored():
    run = make_plan(make_release(4), endpoint="baseline:uniform", chunk_size=1).run
    runs.start(run=run)
    assert run.chunks.count() > WANTED_IN_FLIGHT
    with Engine([run.pk]) as engine:
        engine._fill()
        assert 0 < run.chunks.filter(state=State.RUNNING).count() <= WANTED_IN_FLIGHT
