"""The engine against the stub's batches over real HTTP: every way in which a batch can end."""

import json
import socket

import openai
import pytest
from django.core import serializers

from modeling.models import Chunk, Run
from modeling.services import batches, chunks, foreground, progress, runs
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
    monkeypatch.setattr(batches, "TROUBLED_S", 0.05)
    monkeypatch.setattr(foreground, "LOOK_EVERY_S", 0.1)


def batch_endpoint(url, **options):
    quick = {"max_tries": 3, "backoff_s": 0.01, "timeout_s": 5.0, "poll_s": 0.05}
    return Endpoint("batch", "openai_batch", "pact-stub-1", url, quick | options, "OPENAI_API_KEY")


def plan(stub, *, scenarios=1, options=None, **design):
    where = batch_endpoint(stub.base_url, **(options or {}))
    return make_plan(make_release(scenarios), endpoint=where, **design).run


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


def answered_in_batches(stub):
    """Answers that the stub gave for money, without the one that was tried directly."""
    return stub.stats()["answers"] - stub.stats()["requests"]


@pytest.mark.parametrize("mode", ["label", "paper"])
def test_a_run_ends_with_each_cell_once_and_each_prompt_paid_once(mode):
    with running_stub(StubOptions(batch_polls=3)) as stub:
        run = ask(plan(stub, chunk_size=60, mode=mode))
        prompts = run.cells if mode == "label" else run.cells // 2
        assert answered_in_batches(stub) == prompts
    assert (run.state, run.error) == (Run.State.DONE, "")
    assert run.simulated
    assert_each_cell_once(run)
    assert all(chunk.batch_id.startswith(Chunk.BATCH_OVER) for chunk in run.chunks.all())
    stored = serializers.serialize("json", [run, *run.chunks.all()])
    assert SECRET not in stored + json.dumps(stored_rows(run))


def test_answers_are_those_of_the_direct_lane():
    with running_stub() as stub:
        batch = ask(plan(stub, limit=40))
        direct = Endpoint("env", "openai", "pact-stub-1", stub.base_url)
        run = ask(make_plan(batch.release, endpoint=direct, limit=40).run)
    unlike = {"run", "model", "latency_s"}
    rows, others = (
        [{k: v for k, v in row.items() if k not in unlike} for row in stored_rows(one)]
        for one in (batch, run)
    )
    assert sorted(rows, key=str) == sorted(others, key=str)


@pytest.mark.parametrize(
    "faults",
    [
        {"server_error": 0.3, "rate_limit": 0.1},
        {"batch_expired": 0.6},
        {"batch_lacks_lines": 0.6},
        {"content_filter": 0.2, "refusal": 0.1, "batch_expired": 0.5},
        {"batch_api_error": 0.3},
    ],
    ids=lambda faults: "-".join(faults),
)
def test_what_one_batch_lacks_the_next_one_asks_and_nothing_is_paid_twice(faults):
    with running_stub(StubOptions(faults=faults, seed=7)) as stub:
        run = ask(plan(stub, options={"try_first": False}))
        stats = stub.stats()
    assert (run.state, run.error) == (Run.State.DONE, "")
    assert_each_cell_once(run)
    assert stats["repeated"] == []
    assert stats["batches"] > 1 or "batch_api_error" in faults
    reasons = {row["invalid_reason"] for row in stored_rows(run)}
    assert ("refusal" in reasons) == ("refusal" in faults)


def test_a_chunk_larger_than_one_file_takes_several_batches():
    with running_stub() as stub:
        run = ask(plan(stub, limit=100, options={"most_lines": 40}))
        assert stub.stats()["batches"] == 3
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_too_many_waiting_tokens_are_waited_for_while_other_batches_are_under_way():
    with running_stub(StubOptions(faults={"batch_limit": 0.5}, batch_polls=2, seed=3)) as stub:
        run = ask(plan(stub, chunk_size=30))
        stats = stub.stats()
    assert run.state == Run.State.DONE, run.error
    assert stats["batches"] > run.chunks.count()
    assert_each_cell_once(run)


def test_a_batch_that_is_too_large_by_itself_stops_the_run_with_the_servers_words():
    with running_stub(StubOptions(faults={"batch_limit": 1.0})) as stub:
        run = ask(plan(stub))
    assert run.state == Run.State.STOPPED
    assert "Enqueued token limit" in run.error
    assert progress.of(run).answered == 0


def test_a_wrong_key_shows_before_any_file_is_sent():
    with running_stub(StubOptions(faults={"unauthorized": 1.0})) as stub:
        run = ask(plan(stub))
        assert stub.stats()["batches"] == 0
    assert run.state == Run.State.FAILED
    assert "401" in run.error
    assert SECRET not in run.error


def test_a_parameter_the_server_refuses_is_left_out_of_the_file():
    with running_stub(StubOptions(faults={"rejects_max_tokens": 1.0})) as stub:
        run = ask(plan(stub, limit=10))
    assert run.state == Run.State.DONE, run.error
    assert "max_tokens" in run.manifest["backend"]["adapted"]


def test_lines_that_can_never_be_answered_fail_the_chunk_and_the_rest_is_kept():
    with running_stub(StubOptions(faults={"bad_request": 0.2})) as stub:
        run = ask(plan(stub, options={"try_first": False}))
    assert run.state == Run.State.FAILED
    assert "HTTP 400" in run.error
    now = progress.of(run)
    assert now.answered + now.failed == run.cells
    assert now.answered > now.failed > 0
    with running_stub() as stub:
        Run.objects.filter(pk=run.pk).update(endpoint=batch_endpoint(stub.base_url).as_json())
        run = ask(Run.objects.get(pk=run.pk))
        assert answered_in_batches(stub) == now.failed
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def take_one_look(run):
    """One claim of every chunk: hands it over, or looks at its batch."""
    runs.start(run=run)
    for pk in run.chunks.order_by("number").values_list("pk", flat=True):
        run_one(pk)
    return list(run.chunks.order_by("number"))


def test_the_id_is_stored_and_the_chunk_waits_in_the_queue_without_using_up_tries():
    with running_stub(StubOptions(batch_polls=10**6)) as stub:
        run = plan(stub, chunk_size=100)
        handed_over = take_one_look(run)
        assert [chunk.batch_id for chunk in handed_over] == ["batch-1", "batch-2"]
        for chunk in handed_over:
            assert (chunk.state, chunk.attempts, chunk.lease_expires) == (State.QUEUED, 0, None)
            assert chunk.not_before is not None
        run.chunks.update(not_before=None)
        take_one_look(run)
        assert stub.stats()["batches"] == 2
    assert batches.under_way(run).count() == 2
    assert progress.of(run).in_batches == run.cells


def test_other_runs_are_asked_while_a_batch_is_waited_for():
    with running_stub(StubOptions(batch_polls=10**6)) as stub:
        waiting = plan(stub)
        take_one_look(waiting)
        other = make_plan(waiting.release, endpoint="baseline:noisy").run
        runs.start(run=other)
        with Engine() as engine:
            while other.state == Run.State.RUNNING:
                engine.step()
                other.refresh_from_db()
    assert other.state == Run.State.DONE
    assert batches.under_way(waiting).count() == 1


def test_a_stopped_run_leaves_its_batch_alone_and_takes_its_answers_when_it_goes_on():
    with running_stub(StubOptions(batch_polls=2)) as stub:
        run = plan(stub)
        take_one_look(run)
        runs.stop(run=run)
        run = ask(run)
        assert stub.stats()["batches"] == 1
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_a_cancelled_batch_stops_the_run_and_resuming_asks_anew():
    with running_stub(StubOptions(latency_ms=300)) as stub:
        run = plan(stub, options={"try_first": False})
        take_one_look(run)
        assert batches.cancel(run) == ["batch-1"]
        run = foreground.see_through(run, lambda tick: None)
        assert run.state == Run.State.STOPPED
        assert "batch-1 was cancelled" in run.error
        run = ask(run)
        assert (run.state, stub.stats()["batches"]) == (Run.State.DONE, 2)
    assert_each_cell_once(run)


def test_a_batch_the_server_no_longer_knows_is_paid_again_only_when_a_person_says_so():
    port = free_port()
    with running_stub(StubOptions(batch_polls=10**6), port=port) as stub:
        run = plan(stub)
        take_one_look(run)
    with running_stub(port=port) as stub:
        run = foreground.see_through(run, lambda tick: None)
        assert (run.state, stub.stats()["batches"]) == (Run.State.FAILED, 0)
        assert "batch-1 is gone" in run.error
        run = ask(run)
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_answers_deleted_at_the_server_are_paid_again_only_when_a_person_says_so():
    with running_stub() as stub:
        run = plan(stub)
        take_one_look(run)
        client = openai.OpenAI(api_key=SECRET, base_url=stub.base_url)
        while client.batches.retrieve("batch-1").status != "completed":
            pass
        client.files.delete(client.batches.retrieve("batch-1").output_file_id)
        run = foreground.see_through(run, lambda tick: None)
        assert (run.state, stub.stats()["batches"]) == (Run.State.FAILED, 1)
        assert "batch-1 is gone" in run.error
        run = ask(run)
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_a_server_that_is_away_for_a_while_loses_no_batch():
    port = free_port()
    with running_stub(StubOptions(batch_polls=1), port=port) as stub:
        run = plan(stub, options={"max_tries": 1})
        take_one_look(run)
        server = stub
    run.chunks.update(not_before=None)
    (chunk,) = take_one_look(run)
    run.refresh_from_db()
    assert (chunk.state, chunk.batch_id, chunk.attempts) == (State.QUEUED, "batch-1", 0)
    assert "No connection" in run.error
    assert server.port == port


def test_a_batch_that_was_made_though_nobody_answered_is_found_again():
    with running_stub(StubOptions(faults={"batch_unanswered": 1.0})) as stub:
        run = ask(plan(stub, options={"timeout_s": 0.5}))
        assert stub.stats()["batches"] == 1
    assert run.state == Run.State.DONE, run.error
    assert_each_cell_once(run)


def test_a_batch_whose_id_was_lost_is_found_by_run_chunk_and_attempt(monkeypatch):
    with running_stub(StubOptions(batch_polls=1)) as stub:
        run = plan(stub, chunk_size=100)
        monkeypatch.setattr(chunks, "postpone", lambda chunk, **fields: False)
        take_one_look(run)
        monkeypatch.undo()
        run.chunks.update(lease_expires=None, state=State.QUEUED)
        assert not batches.under_way(run).exists()
        run = ask(run)
        assert stub.stats()["batches"] == 2
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)
