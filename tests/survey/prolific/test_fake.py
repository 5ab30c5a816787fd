"""The fake itself: its people, its rules and its exports over HTTP, and the command that serves it."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from survey.prolific.fake.exporting import OLD
from survey.prolific.fake.running import TOKEN
from tests.survey.prolific import loopback

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def recruited(prolific):
    """A study without a row here; the fake needs no database."""
    return str(prolific.fake.world.add_study(name="SIMULATED")["id"])


def ask(prolific, method, path, **told):
    headers = {"Authorization": f"Token {TOKEN}"}
    return loopback.request(method, prolific.url + path, headers=headers, **told)


@pytest.mark.parametrize("page", [0, 2, 3, 99])
def test_pages_past_the_end_are_not_found(prolific, recruited, page):
    for _ in range(20):
        prolific.fake.world.reserve(recruited)

    path = f"/studies/{recruited}/submissions/"
    assert ask(prolific, "GET", path, params={"page": page}).status_code == 404
    assert len(ask(prolific, "GET", path, params={"page": 1}).json()["results"]) == 20


def test_lists_and_details_name_the_person_differently(prolific, recruited, act):
    made = act("submissions", study=recruited)

    listed = ask(prolific, "GET", f"/studies/{recruited}/submissions/").json()["results"][0]
    assert listed["participant_id"] == made["participant"]
    assert "participant" not in listed
    assert "participant_id" not in made


def test_a_place_is_reserved_before_it_is_started(recruited, act):
    made = act("submissions", study=recruited, status="RESERVED")
    assert made["status"] == "RESERVED"

    assert act(f"submissions/{made['id']}/start")["status"] == "ACTIVE"
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        act("submissions", study=recruited, status="APPROVED")


@pytest.mark.parametrize(
    ("moves", "status"),
    [
        (["finish"], "AWAITING REVIEW"),
        (["return"], "RETURNED"),
        (["time_out"], "TIMED-OUT"),
        (["time_out", "finish"], "AWAITING REVIEW"),
        (["screen_out"], "SCREENED OUT"),
        (["finish", "return"], "RETURNED"),
    ],
)
def test_people_may_do_what_people_do(recruited, act, moves, status):
    one = act("submissions", study=recruited)["id"]
    for move in moves:
        last = act(f"submissions/{one}/{move}")

    assert last["status"] == status


@pytest.mark.parametrize("moves", [["return", "finish"], ["finish", "time_out"], ["dance"]])
def test_and_nothing_else(recruited, act, moves):
    one = act("submissions", study=recruited)["id"]
    for move in moves[:-1]:
        act(f"submissions/{one}/{move}")

    with pytest.raises(httpx.HTTPStatusError, match="400"):
        act(f"submissions/{one}/{moves[-1]}")


@pytest.mark.parametrize(
    "told",
    [
        {"action": "REJECT", "message": "x" * 99, "rejection_category": "FAILED_CHECK"},
        {"action": "REJECT", "message": "x" * 100, "rejection_category": "BORING"},
        {"action": "REJECT", "message": "x" * 100},
        {"action": "BURN"},
        {"action": "finish"},
    ],
)
def test_decisions_that_prolific_would_refuse_are_refused(prolific, recruited, act, told):
    one = act("submissions", study=recruited)["id"]
    act(f"submissions/{one}/finish")

    answer = ask(prolific, "POST", f"/submissions/{one}/transition/", json=told)
    assert answer.status_code == 400
    assert prolific.fake.world.submission(one).status == "AWAITING REVIEW"


def test_nobody_is_decided_on_before_they_finished(prolific, recruited, act):
    one = act("submissions", study=recruited)["id"]
    told = {"action": "REJECT", "message": "x" * 100, "rejection_category": "FAILED_CHECK"}

    assert ask(prolific, "POST", f"/submissions/{one}/transition/", json=told).status_code == 400


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_each_generation_of_the_export_has_its_headers_and_says_it_is_simulated(
    prolific, recruited, act, generation
):
    for move in ("finish", "return", "time_out"):
        act(f"submissions/{act('submissions', study=recruited)['id']}/{move}")

    answer = loopback.get(
        f"{prolific.people_url}/studies/{recruited}/export", params={"generation": generation}
    )
    text = answer.content.decode()
    assert text.startswith("\ufeff") == (generation > 1)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    named = OLD if generation == 1 else {name: name for name in OLD}
    assert [row[named["Status"]] for row in rows] == ["AWAITING REVIEW", "RETURNED", "TIMED-OUT"]
    assert {row[named["Simulated person"]] for row in rows} == {"SIMULATED"}
    assert rows[1][named["Age"]] == "CONSENT_REVOKED"
    assert ("Authenticity check: Bots" in rows[0]) == (generation == 3)


def test_the_same_people_come_every_time(prolific, recruited):
    first = [prolific.fake.world.new_id("x") for _ in range(3)]
    other = type(prolific.fake.world)()
    other.add_study(name="SIMULATED")

    assert [other.new_id("x") for _ in range(3)] == first


@pytest.fixture
def command(tmp_path):
    """`command(*arguments)`: the running command; ended afterwards."""
    running = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "fake_prolific", *arguments],
            cwd=ROOT,
            env={**os.environ, "PACT_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_the_command_prints_what_is_needed_and_serves(command):
    process = command("--port", "0", "--submissions", "23")
    said = dict(process.stdout.readline().strip().split(": ", 1) for _ in range(3))

    answer = loopback.get(
        f"{said['fake Prolific']}/studies/{said['study']}/submissions/counts/",
        headers={"Authorization": f"Token {said['token']}"},
    )
    assert json.loads(answer.text) == {"ACTIVE": 23, "TOTAL": 23}
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""


def test_an_unknown_fault_is_exit_2_with_the_known_names():
    words = "unknown faults fire; expected some of rate_limit"
    with pytest.raises(CommandError, match=words) as caught:
        call_command("fake_prolific", faults="duplicate,fire")

    assert caught.value.returncode == 2


def test_it_runs_where_there_is_no_django():
    code = "import sys; sys.modules['django'] = None; import survey.prolific.fake"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
