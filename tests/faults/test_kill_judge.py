"""`kill -9` of a worker in mid-judging: every verdict comes in the end, and none twice."""

import shutil

import pytest

from modeling.stub import StubOptions, running_stub
from tests.faults.test_kill import kill_in_the_middle
from tests.modeling.platform import Platform

MAKE = "from tests.annotation.validating import make_scenarios; make_scenarios(80); print('{}')"
COUNT = """
import json
from annotation.models import Judge, Verdict
from modeling.models import Run
from modeling.services.harvesting import JOB
from pact_site.base.models import Job
from tests.modeling.making import stored_rows
from tests.modeling.services.test_judging import planned_keys
run = Run.objects.get()
keys = [row["cell_key"] for row in stored_rows(run)]
print(json.dumps({
    "state": run.state, "cells": run.cells, "rows": len(keys), "distinct": len(set(keys)),
    "as planned": sorted(keys) == sorted(planned_keys(run)), "judges": Judge.objects.count(),
    "verdicts": Verdict.objects.count(),
    "harvested": list(Job.objects.filter(kind=JOB).values_list("state", flat=True)),
}))
"""
CELLS = 80 * 3 * 3
WHOLE = {
    "state": "done", "cells": CELLS, "rows": CELLS, "distinct": CELLS, "as planned": True,
    "judges": 1, "verdicts": CELLS, "harvested": ["done"],
}  # fmt: skip
ASK = (
    "judge", "--dataset", "norms", "--endpoint", "env", "--repeats", "3", "--chunk-size", "9",
    "--temperature", "0.7", "--seed", "1",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.faults]


@pytest.fixture
def stub():
    """Answers 40 prompts, 120 cells, and holds the others back until a test releases them."""
    with running_stub(StubOptions(latency_ms=20, hold_after=40)) as running:
        yield running


@pytest.fixture
def platform(tmp_path, stub, migrated):
    """A platform with scenarios to judge."""
    made = Platform(
        tmp_path / "platform",
        {
            "PACT_BASE_URL": stub.base_url,
            "PACT_MODEL": "pact-stub-1",
            "PACT_LEASE_SECONDS": "3",
            "OPENAI_API_KEY": "none",
        },
    )
    made.home.mkdir()
    shutil.copy(migrated, made.home)
    made.tell(MAKE)
    return made


def test_a_worker_is_killed_and_another_finishes_judging_and_stores_the_verdicts(platform, stub):
    platform.manage(*ASK, "--queue")
    kill_in_the_middle(platform, platform.start("worker"), stub)
    assert platform.query("select count(*) from annotation_verdict") == [(0,)]
    platform.manage("worker", "--until-idle")
    assert platform.tell(COUNT) == WHOLE


def test_the_command_is_killed_and_the_same_command_goes_on(platform, stub):
    kill_in_the_middle(platform, platform.start(*ASK), stub)
    out = platform.manage(*ASK)
    assert out.splitlines()[-1].startswith("judge: ")
    assert platform.tell(COUNT) == WHOLE
