"""Whoever builds a report dies, or finds no room: it is built all the same, and only once.

Workers are told to take reports only; nobody asks models here.
"""

import json
import subprocess

import pytest

from tests.analysis import release_files
from tests.faults.servers import found

pytestmark = [pytest.mark.slow, pytest.mark.faults]
ASK = """
from analysis.reports.options import Options
from analysis.reports.service import request_report
for _ in range({n}):
    request_report(options=Options("human", "made-up", replicates={replicates}))
print("{{}}")
"""
TOLD = """
import json
from analysis.models import Report
from analysis.reports.bundle import is_intact
from analysis.reports.service import folder_of
print(json.dumps([
    [report.finished_at is not None and is_intact(folder_of(report)), report.job.state, report.job.error]
    for report in Report.objects.order_by("pk")
]))
"""
DONE = [True, "done", ""]


@pytest.fixture
def scene(scene, tmp_path):
    """A study to report on. A lease outlives its holder for a short time only."""
    scene.settings["PACT_LEASE_SECONDS"] = "3"
    people = release_files.write(tmp_path / "human.csv", release_files.human_rows())
    scene.manage("import_human", people, "--study", "made-up")
    return scene


def worker(scene):
    return scene.background("manage.py", "worker", "--kinds", "analysis.report")


def in_the_middle(scene, holders=1):
    """One report is being built, and so many processes hold one."""
    scene.wait_until(
        "select coalesce(max(progress), 0) > 0.1 and count(distinct owner_process) filter "
        f"(where state = 'running') >= {holders} from base_job"
    )


def all_finished(scene):
    scene.wait_until("select count(*) = 0 from base_job where state in ('queued', 'running')")


def left_in(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("askers", [1, 2])
def test_the_builder_is_killed(scene, askers):
    """With two askers one worker builds and the other waits for it."""
    scene.tell(ASK.format(n=askers, replicates=20_000))
    builder = worker(scene)
    in_the_middle(scene)
    for _ in range(askers):
        worker(scene)
    if askers == 2:
        scene.wait_until("select count(*) = 2 from base_job where state = 'running'")
    scene.kill(builder)
    all_finished(scene)
    assert scene.tell(TOLD) == [DONE] * askers
    assert left_in(scene.home / "reports") == []


def test_the_builder_is_told_to_stop_and_another_builds_it(scene):
    """What takes longer than PACT_STOP_SECONDS is given back; the worker ends well and soon."""
    scene.settings["PACT_STOP_SECONDS"] = "0.5"
    scene.tell(ASK.format(n=1, replicates=20_000))
    builder = worker(scene)
    in_the_middle(scene)
    builder.terminate()
    assert builder.wait(timeout=60) == 0
    scene.workers.remove(builder)
    assert scene.query("select state, attempts, progress from base_job") == [("queued", 0, 0.0)]
    worker(scene)
    all_finished(scene)
    assert scene.tell(TOLD) == [DONE]
    assert left_in(scene.home / "reports") == []


def test_a_report_without_room_says_so_and_is_built_when_asked_again(scene):
    scene.tell(ASK.format(n=1, replicates=200))
    cramped = worker(scene)
    subprocess.run([found("prlimit"), "--pid", str(cramped.pid), "--fsize=3000"], check=True)
    all_finished(scene)
    ((whole, state, error),) = scene.tell(TOLD)
    assert (whole, state) == (False, "failed")
    assert error.startswith("There is no room to write")
    assert "ask for the same again" in error
    assert [*(scene.home / "reports").iterdir()] == []
    assert cramped.poll() is None, "the worker lives on"
    scene.kill(cramped)
    worker(scene)
    scene.tell(ASK.format(n=1, replicates=200))
    all_finished(scene)
    assert scene.tell(TOLD)[1] == DONE


def test_a_report_for_a_script_is_killed_and_leaves_the_one_before(scene, tmp_path):
    out = tmp_path / "bundle"
    words = ("export_report", "human", "--study", "made-up", "--replicates", 200, "--out", out)
    scene.manage(*words)
    before = json.loads((out / "manifest.json").read_text())
    other = scene.background("manage.py", *words, "--seed", 9, "--replicates", 20_000)
    scene.wait_until("select count(*) = 2 from analysis_report")
    scene.kill(other)
    assert json.loads((out / "manifest.json").read_text()) == before
    scene.manage(*words, "--seed", 9)
    assert json.loads((out / "manifest.json").read_text()) != before
    assert left_in(tmp_path) == left_in(scene.home / "reports") == []
