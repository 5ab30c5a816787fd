"""`kill -9` in the middle of a run: no cell is lost and none is stored twice."""

import shutil
import signal

import pytest

from modeling.stub import StubOptions, running_stub
from tests.modeling.platform import Platform

MAKE = "from tests.modeling.making import make_release; make_release(2); print('{}')"
COUNT = """
import json
from modeling.models import Run
from tests.modeling.making import planned_keys, stored_rows
run = Run.objects.get()
keys = [row["cell_key"] for row in stored_rows(run)]
planned = planned_keys(run)
print(json.dumps({
    "state": run.state, "cells": run.cells, "rows": len(keys), "distinct": len(set(keys)),
    "as planned": sorted(keys) == sorted(planned), "runs": Run.objects.count(),
}))
"""
# 2 scenarios x 4 receivers x (1 + 5 countries x 4) x 2 frames x 2 orders
CELLS = 2 * 4 * 21 * 2 * 2
WHOLE = {
    "state": "done", "cells": CELLS, "rows": CELLS, "distinct": CELLS, "as planned": True, "runs": 1,
}  # fmt: skip
MIDDLE = (
    "select count(*) filter (where state = 'done') >= 2 and count(*) filter "
    "(where state = 'running') >= 1 and count(*) filter (where state = 'queued') >= 1 "
    "from modeling_chunk"
)

pytestmark = [pytest.mark.slow, pytest.mark.faults]


@pytest.fixture
def stub():
    """Answers 90 of the cells and holds the others back until a test releases them."""
    with running_stub(StubOptions(latency_ms=20, hold_after=90)) as running:
        yield running


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, migrated):
    """A platform with a release to ask about; each test works on a copy."""
    made = Platform(tmp_path_factory.mktemp("prepared"))
    shutil.copy(migrated, made.home)
    made.tell(MAKE)
    return made.home


@pytest.fixture
def platform(tmp_path, stub, prepared):
    shutil.copytree(prepared, tmp_path / "platform")
    return Platform(
        tmp_path / "platform",
        {
            "PACT_BASE_URL": stub.base_url,
            "PACT_MODEL": "pact-stub-1",
            "PACT_LEASE_SECONDS": "3",
            "OPENAI_API_KEY": "none",
        },
    )


ASK = ("run_models", "--dataset", "little", "--endpoint", "env", "--chunk-size", "25")


def kill_in_the_middle(platform, process, stub):
    platform.wait_until(MIDDLE)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    stub.release()


def test_the_foreground_run_is_killed_and_the_same_command_finishes_it(platform, stub):
    kill_in_the_middle(platform, platform.start(*ASK), stub)
    answered = platform.query("select sum(rows) from modeling_chunk where state = 'done'")[0][0]
    assert 0 < answered < CELLS
    out = platform.manage(*ASK)
    assert out.splitlines()[-1].startswith("run: ")
    assert platform.tell(COUNT) == WHOLE
    assert stub.stats()["answers"] <= CELLS * 2, "what was stored is not asked again"


def test_one_of_two_workers_is_killed_and_the_other_takes_over(platform, stub):
    platform.manage(*ASK, "--queue")
    victim = platform.start("worker")
    kill_in_the_middle(platform, victim, stub)
    helper, other = (
        platform.start("worker", "--until-idle"),
        platform.start("worker", "--until-idle"),
    )
    for process in (helper, other):
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert platform.tell(COUNT) == WHOLE


def test_a_worker_told_to_stop_gives_its_chunks_back_with_their_answers(platform, stub):
    platform.manage(*ASK, "--queue")
    worker = platform.start("worker")
    platform.wait_until(MIDDLE)
    worker.send_signal(signal.SIGTERM)
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0, err
    assert platform.query("select count(*) from modeling_chunk where state = 'running'") == [(0,)]
    assert platform.query("select max(attempts) <= 1 from modeling_chunk") == [(1,)]
    stub.release()
    platform.manage("worker", "--until-idle")
    assert platform.tell(COUNT) == WHOLE
