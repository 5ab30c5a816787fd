"""A worker in vLLM's environment and the web's own share nothing but database and shard folder."""

import json
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.modeling.platform import Platform
from tests.vllm.building import QUIET, engines_of
from tests.vllm.conftest import PYTHON

MAKE = "from tests.modeling.making import make_release; make_release(2); print('{}')"
SMALL = {"enforce_eager": True, "max_model_len": 2048, "constrain": True}
COUNT = """
import json
from modeling.models import Run
from modeling.services import answers
from tests.modeling.making import planned_keys, stored_rows
run = Run.objects.get()
rows = stored_rows(run)
print(json.dumps({
    "state": run.state, "as planned": sorted(r["cell_key"] for r in rows) == sorted(planned_keys(run)),
    "valid": sum(not r["invalid_reason"] for r in rows), "backend": run.manifest.get("backend"),
    "simulated": run.simulated,
}))
"""
ASK = ("run_models", "--dataset", "little", "--endpoint", "gpu", "--chunk-size", "20", "--queue")
WORK = (
    *("worker", "--settings", "pact_site.light_settings"),
    *("--kinds", "chunks", "--endpoints", "vllm"),
)


@pytest.fixture
def web(tmp_path, model_folder):
    """The platform as the web process has it, with an endpoint of kind `vllm`."""
    made = Platform(tmp_path / "platform", {**QUIET, "PACT_LEASE_SECONDS": "5"})
    made.manage("migrate", "--verbosity", "0")
    made.tell(MAKE)
    options = json.dumps({**SMALL, "adapter": str(model_folder / "adapter")})
    model = model_folder / "model"
    made.manage("set_endpoint", "gpu", "--kind", "vllm", "--model", model, "--options", options)
    return made


@pytest.fixture
def gpu(web):
    """The same platform with the Python that has vLLM."""
    return replace(web, python=PYTHON)


def test_answers_come_back_into_the_same_database_and_shards(web, gpu):
    web.manage(*ASK, "--limit", "60")
    web.manage("worker", "--until-idle")
    assert web.query("select sum(rows) from modeling_chunk") == [(0,)], "not for a worker there"
    gpu.manage(*WORK, "--until-idle")
    told = web.tell(COUNT)
    assert (told["state"], told["as planned"], told["simulated"]) == ("done", True, False)
    assert told["valid"] == 60, "constrained to the letters"
    backend = told["backend"]
    assert (backend["kind"], backend["vllm"], backend["dtype"]) == ("vllm", "0.32.0", "bfloat16")
    assert len(backend["adapter"]["sha256"]) == 64


def test_a_worker_told_to_stop_gives_its_chunks_back_and_leaves_no_engine(web, gpu):
    web.manage(*ASK)
    worker = gpu.start(*WORK)
    web.wait_until("select count(*) >= 1 from modeling_chunk where state = 'done'")
    worker.send_signal(signal.SIGTERM)
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0, err
    assert web.query("select count(*) from modeling_chunk where state = 'running'") == [(0,)]
    gpu.manage(*WORK, "--until-idle")
    told = web.tell(COUNT)
    assert (told["state"], told["as planned"]) == ("done", True)


def test_a_killed_worker_takes_its_engine_along_and_another_finishes(web, gpu):
    web.manage(*ASK, "--limit", "600")
    worker = gpu.start(*WORK)
    web.wait_until("select count(*) >= 1 from modeling_chunk where state = 'done'")
    [engine] = engines_of(worker.pid)
    worker.kill()
    worker.communicate()
    end = time.monotonic() + 60
    while Path(f"/proc/{engine}").exists():
        assert time.monotonic() < end, "the engine outlives its worker"
        time.sleep(0.1)
    gpu.manage(*WORK, "--until-idle")
    told = web.tell(COUNT)
    assert (told["state"], told["as planned"]) == ("done", True)


def test_what_the_engine_refuses_stands_on_the_run(web, gpu):
    web.manage(*ASK, "--limit", "20")
    web.tell(
        "from modeling.models import Run; run = Run.objects.get();"
        "run.endpoint['options']['adapter'] = '/nowhere'; run.save(); print('{}')"
    )
    gpu.manage(*WORK, "--until-idle")
    [(state, error)] = web.query("select state, error from modeling_chunk")
    assert state == "failed"
    assert "no adapter folder '/nowhere'" in error
