"""The engine against the shipped stub over real HTTP: faults, refusals, outages, stops, resumes."""

import json
import resource
import socket
import uuid

import pytest
from django.core import serializers

from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import chunks, foreground, progress, runs
from modeling.services.endpoints import Endpoint
from modeling.services.engine import Engine, run_one
from modeling.stub import StubOptions, running_stub
from pact_site.base.models import State
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "sk-a-secret-that-must-stay-here"


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings):
    settings.OPENAI_API_KEY = SECRET
    monkeypatch.setattr(chunks, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(foreground, "LOOK_EVERY_S", 0.1)


def env(url, **options):
    quick = {"max_tries": 4, "backoff_s": 0.01, "timeout_s": 2.0}
    return Endpoint("env", "openai", "pact-stub-1", url, quick | options)


def ask(run, watch=lambda tick: None):
    runs.start(run=run)
    return foreground.see_through(run, watch)


def assert_each_cell_once(run):
    keys = [row["cell_key"] for row in stored_rows(run)]
    assert len(keys) == len(set(keys)) == run.cells
    assert set(keys) == set(planned_keys(run))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("mode", ["label", "paper"])
def test_a_server_with_every_passing_fault_still_answers_each_cell_once(mode):
    faults = {"rate_limit": 0.05, "server_error": 0.1, "garbage": 0.05, "refusal": 0.1,
              "cut_json": 0.1, "think_block": 0.1, "reasoning_field": 0.1, "leading_space": 0.1,
              "missing_logprobs": 0.1}  # fmt: skip
    with running_stub(StubOptions(faults=faults, retry_after_s=0.05)) as stub:
        plan = make_plan(
            make_release(2), endpoint=env(stub.base_url, max_tries=9), chunk_size=70, mode=mode
        )
        run = ask(plan.run)
    assert run.state == Run.State.DONE, run.error
    assert_each_cell_once(run)
    invalid = [row for row in stored_rows(run) if row["choice"] is None]
    assert progress.of(run).invalid == len(invalid) > 0
    assert all(row["invalid_reason"] and row["q"] is None for row in invalid)
    assert {"refusal", "reasoning_only"} <= {row["invalid_reason"] for row in invalid}
    assert any(row["text"] for row in invalid), "the raw text of invalid answers is kept"


def test_a_stub_is_marked_simulated_and_no_secret_is_stored_anywhere():
    with running_stub() as stub:
        run = ask(make_plan(make_release(1), endpoint=env(stub.base_url)).run)
    assert run.simulated
    assert run.manifest["simulated"]
    stored = serializers.serialize("json", [run, *run.chunks.all()])
    assert SECRET not in stored + json.dumps(stored_rows(run))


def test_tokens_of_a_reply_that_fills_two_cells_are_counted_once():
    with running_stub() as stub:
        run = ask(make_plan(make_release(1), endpoint=env(stub.base_url), mode="paper").run)
        assert stub.stats()["answers"] == run.cells / 2
    rows = stored_rows(run)
    assert sum(row["prompt_tokens"] > 0 for row in rows) == run.cells / 2
    assert progress.of(run).prompt_tokens == sum(row["prompt_tokens"] for row in rows)


def test_a_refused_key_fails_the_run_after_a_few_chunks_with_the_servers_words():
    port = free_port()
    with running_stub(StubOptions(faults={"unauthorized": 1.0}), port=port) as stub:
        run = make_plan(make_release(1), endpoint=env(stub.base_url), chunk_size=10).run
        run = ask(run)
    assert run.state == Run.State.FAILED
    assert "401" in run.error or "key" in run.error.lower()
    assert SECRET not in run.error
    failed = run.chunks.filter(state=State.FAILED).count()
    assert runs.TOO_MANY_FAILED <= failed < run.chunks.count()
    with running_stub(port=port):
        run = ask(run)
    assert (run.state, run.error) == (Run.State.DONE, "")
    assert_each_cell_once(run)


def test_an_endpoint_that_is_down_stops_the_run_and_the_same_plan_resumes_it():
    port = free_port()
    where = env(f"http://127.0.0.1:{port}/v1", max_tries=1)
    run = ask(make_plan(make_release(1), endpoint=where).run)
    assert run.state == Run.State.STOPPED
    assert run.error
    assert progress.of(run).answered == progress.of(run).failed == 0
    with running_stub(port=port):
        again = make_plan(run.release, endpoint=where)
        assert (again.run.pk, again.found) == (run.pk, True)
        run = ask(again.run)
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_a_server_that_has_answered_before_is_waited_for():
    port = free_port()
    where = env(f"http://127.0.0.1:{port}/v1", max_tries=1)
    with running_stub(port=port):
        run = make_plan(make_release(1), endpoint=where, chunk_size=72).run
        runs.start(run=run)
        run_one(run.chunks.order_by("number").first().pk)
    run = ask(run)
    assert run.state == Run.State.STOPPED
    assert progress.of(run).answered == 72
    silent = run.chunks.order_by("number").last()
    assert (silent.state, silent.attempts) == (State.QUEUED, chunks.MAX_TRIES)
    with running_stub(port=port):
        run = ask(run)
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_what_a_flaky_server_did_answer_is_kept_and_never_asked_again():
    port = free_port()
    flaky = StubOptions(faults={"server_error": 0.6})
    with running_stub(flaky, port=port) as stub:
        plan = make_plan(
            make_release(1), endpoint=env(stub.base_url, max_tries=1), chunk_size=40, limit=120
        )
        run = ask(plan.run)
        answered = progress.of(run).answered
    assert run.state == Run.State.FAILED
    assert 0 < answered < run.cells
    assert progress.of(run).failed == run.cells - answered
    before = {row["cell_key"]: row["latency_s"] for row in stored_rows(run)}
    with running_stub(port=port) as stub:
        run = ask(run)
        asked_now = stub.stats()["requests"]
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)
    assert asked_now == run.cells - answered
    after = {row["cell_key"]: row["latency_s"] for row in stored_rows(run)}
    assert before.items() <= after.items()


def test_a_stopped_run_keeps_its_answers_and_goes_on_where_it_was():
    with running_stub(StubOptions(latency_ms=50)) as stub:
        run = make_plan(
            make_release(1), endpoint=env(stub.base_url, max_in_flight=8), chunk_size=20
        ).run

        def stop_soon(tick):
            if tick.stored.answered:
                runs.stop(run=run, reason="Stopped by a person.")

        run = ask(run, stop_soon)
        assert run.state == Run.State.STOPPED
        kept = progress.of(run).answered
        assert 0 < kept < run.cells
        assert not run.chunks.filter(state=State.RUNNING).exists()
        before = stub.stats()["requests"]
        run = ask(run)
        assert stub.stats()["requests"] - before == run.cells - kept
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_a_worker_that_lost_its_lease_leaves_nothing_behind():
    with running_stub(StubOptions(latency_ms=200)) as stub:
        run = make_plan(make_release(1), endpoint=env(stub.base_url), limit=10).run
        runs.start(run=run)
        with Engine([run.pk]) as engine:
            engine.step(wait=0.01)
            Chunk.objects.update(lease_token=uuid.uuid4())
            while engine.flights:
                engine.step(claiming=False)
    chunk = run.chunks.get()
    assert (chunk.state, chunk.shard, chunk.rows) == (State.RUNNING, "", 0)
    assert list(shards.stored()) == []


def test_retry_asks_what_failed_and_nothing_else():
    port = free_port()
    with running_stub(StubOptions(faults={"server_error": 0.6}), port=port) as stub:
        where = env(stub.base_url, max_tries=1)
        run = ask(make_plan(make_release(1), endpoint=where, chunk_size=40, limit=120).run)
    assert run.state == Run.State.FAILED
    failed = run.chunks.filter(state=State.FAILED)
    missing, chunks_failed = sum(failed.values_list("failed", flat=True)), failed.count()
    with running_stub(port=port) as stub:
        assert runs.retry_failed(run=run) == chunks_failed
        assert run.state == Run.State.RUNNING
        run = foreground.see_through(run, lambda tick: None)
        assert stub.stats()["requests"] == missing
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)
    assert runs.retry_failed(run=run) == 0


def test_a_run_under_way_can_retry_what_failed():
    run = make_plan(make_release(1), chunk_size=40, limit=120).run
    runs.start(run=run)
    first = run.chunks.order_by("number").first()
    run.chunks.filter(pk=first.pk).update(state=State.FAILED, failed=40, error="No.")
    assert runs.retry_failed(run=run) == 1
    assert Run.objects.get().state == Run.State.RUNNING
    assert foreground.see_through(run, lambda tick: None).state == Run.State.DONE
    assert_each_cell_once(run)


def test_a_full_disk_stops_the_run_with_words_and_room_lets_it_go_on(monkeypatch):
    run = make_plan(make_release(1), chunk_size=40).run
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    real = shards._put_local

    def in_a_narrow_place(path, content):
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, allowed[1]))  # for shards, not for SQLite
        try:
            real(path, content)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, allowed)

    monkeypatch.setattr(shards, "_put_local", in_a_narrow_place)
    run = ask(run)
    assert run.state == Run.State.STOPPED
    assert "cannot be stored" in run.error
    assert "resume" in run.error
    assert set(run.chunks.values_list("state", "attempts", "shard")) == {(State.QUEUED, 0, "")}
    assert list(shards.stored()) == [], "no half file is left behind"
    monkeypatch.setattr(shards, "_put_local", real)
    run = ask(run)
    assert (run.state, run.error) == (Run.State.DONE, "")
    assert_each_cell_once(run)
