"""`kill -9` between the making of a batch and the storing of its id: it is not made twice."""

import json
import shutil
import signal

import pytest

from modeling.stub import StubOptions, running_stub
from tests.faults.test_kill import CELLS, COUNT, WHOLE
from tests.modeling.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.faults]

MAKE = "from tests.modeling.making import make_release; make_release(2); print('{}')"
OPTIONS = json.dumps({"poll_s": 0.2, "timeout_s": 600})
ASK = ("run_models", "--dataset", "little", "--endpoint", "batch", "--queue")


@pytest.fixture
def stub():
    faults = {"batch_unanswered": 1.0}
    with running_stub(StubOptions(faults=faults, batch_polls=2)) as running:
        yield running


@pytest.fixture
def platform(tmp_path, stub, migrated):
    made = Platform(tmp_path, {"PACT_LEASE_SECONDS": "3", "OPENAI_API_KEY": "none"})
    shutil.copy(migrated, made.home)
    made.tell(MAKE)
    made.manage(
        "set_endpoint", "batch", "--kind", "openai_batch", "--model", "pact-stub-1",
        "--base-url", stub.base_url, "--options", OPTIONS, "--key-variable", "OPENAI_API_KEY",
    )  # fmt: skip
    return made


def test_the_batch_of_a_dead_worker_is_found_and_paid_once(platform, stub):
    platform.manage(*ASK)
    worker = platform.start("worker")
    while not stub.stats()["batches"]:
        assert worker.poll() is None
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    assert platform.query("select count(*) from modeling_chunk where batch_id != ''") == [(0,)]
    platform.manage("worker", "--until-idle")
    assert platform.tell(COUNT) == WHOLE
    stats = stub.stats()
    assert (stats["batches"], stats["answers"] - stats["requests"]) == (1, CELLS)
