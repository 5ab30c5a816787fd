"""Rehearsals over real HTTP against a server of their own, with a database of their own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from survey.services import rehearsal_server
from survey.services.rehearsal_server import gunicorn_command, stop

ROOT = Path(__file__).resolve().parents[3]


def manage(home, *arguments):
    """Run manage.py as people do: in a process of its own, with a folder of its own."""
    environment = os.environ | {"PACT_HOME": str(home)}
    if connection.vendor == "sqlite":
        environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, migrated):
    """A folder with a migrated SQLite database that holds the bundled study."""
    if connection.vendor != "sqlite":
        pytest.skip("The command's own server is tested on SQLite; PostgreSQL has its test beside.")
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copy(migrated, folder)
    done = manage(folder, "load_study")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def home(prepared, tmp_path):
    """A copy of it for one test."""
    return shutil.copytree(prepared, tmp_path / "own")


@pytest.mark.slow
def test_many_arrivals_at_once_lose_nothing_and_overfill_nothing(home):
    done = manage(
        home, "simulate_participants", "--study", "first-light", "--n", "24", "--seed", "5",
        "--dropout", "0.2", "--concurrency", "24", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert found["participants"] == 24
    assert 10 <= found["completed"] < 24
    assert found["answers_sent"] > 80
    assert found["answers_stored"] == found["answers_sent"]
    assert found["answers_lost"] == found["duplicates"] == found["cells_over_target"] == 0
    assert found["max_imbalance"] <= 1
    assert found["seconds"] > 0
    assert 0 < found["p50_ms"] <= found["p95_ms"]

    before = cohorts(home)
    assert set(before) == {"rehearsal"}
    again = manage(
        home, "simulate_participants", "--study", "first-light", "--n", "6", "--seed", "5",
        "--dropout", "0.2", "--json",
    )  # fmt: skip
    assert json.loads(again.stdout)["duplicates"] == 0
    assert cohorts(home) == before  # the same six people came again


def cohorts(home):
    """Participants by cohort, read past Django."""
    import sqlite3

    with closing(sqlite3.connect(home / "pact.sqlite3")) as database:
        rows = database.execute("SELECT cohort, COUNT(*) FROM survey_participant GROUP BY cohort")
        return dict(rows.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"study": "nowhere"}, "no such study"),
        ({"study": "first-light", "n": 0}, "--n is too small"),
        ({"study": "first-light", "dropout": 1.5}, "--dropout is no share"),
        ({"study": "first-light", "concurrency": 0}, "--concurrency is too small"),
        ({"study": "first-light", "within": -1.0}, "--within cannot be"),
        ({"study": "first-light", "patience": 4000.0}, "--patience cannot be"),
    ],
)
def test_bad_options_exit_2(study, options, words):
    with pytest.raises(CommandError, match=words) as caught:
        call_command("simulate_participants", **options)

    assert caught.value.returncode == 2


@pytest.mark.django_db
def test_a_server_that_does_not_answer_is_said_in_one_line(study):
    with pytest.raises(CommandError, match="The rehearsal stopped") as caught:
        call_command("simulate_participants", study=study.slug, n=1, url="http://127.0.0.1:9")

    assert caught.value.returncode == 1


REDESIGN = """
from survey.models import Study
from survey.services.studies import add_instrument, standard_definition
add_instrument(study=Study.objects.get(), definition=standard_definition(
    pages=2, points=5, perceived=True, paradata=True, failed_ending="failed_attention"))
"""


@pytest.mark.slow
def test_people_find_their_way_through_other_settings_of_the_instrument(home):
    assert manage(home, "shell", "-c", REDESIGN).returncode == 0

    done = manage(
        home, "simulate_participants", "--study", "first-light", "--n", "10", "--seed", "2",
        "--concurrency", "8", "--within", "1", "--json",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["retried"] == 0
    assert found["answers_stored"] == found["answers_sent"] > 40
    assert found["answers_lost"] == found["duplicates"] == found["cells_over_target"] == 0
    assert found["pages"] > 2 * found["answers_sent"]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(home):
    """The rehearsal's own server on a free port, for a test that does violence to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PACT_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    master = subprocess.Popen(gunicorn_command(port), cwd=ROOT, env=environment)
    try:
        while not listens(port):
            assert master.poll() is None
            time.sleep(0.1)
        yield master.pid, f"http://127.0.0.1:{port}"
    finally:
        stop(master)


def kill_workers(master, over, killed):
    """Kill four workers of a gunicorn, one after the other, with no chance to say goodbye."""
    while len(killed) < 4 and not over.wait(0.7):
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        if children:
            os.kill(int(children[0]), signal.SIGKILL)
            killed.append(children[0])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc (Linux)")
def test_web_workers_killed_between_save_and_reply_lose_and_double_nothing(home):
    over, killed = threading.Event(), []
    with served(home) as (master, url):
        killer = threading.Thread(target=kill_workers, args=(master, over, killed))
        killer.start()
        try:
            done = manage(
                home, "simulate_participants", "--study", "first-light", "--n", "28", "--seed",
                "9", "--concurrency", "12", "--url", url, "--json",
            )  # fmt: skip
        finally:
            over.set()
            killer.join()

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(killed) >= 2
    assert found["answers_lost"] == found["duplicates"] == found["cells_over_target"] == 0
    assert found["max_imbalance"] <= 1


@pytest.mark.parametrize("pause", [(2, 1), (-1, 0), (0, 99999)])
def test_a_pause_that_cannot_be_is_refused(study, pause):
    with pytest.raises(CommandError) as refused:
        call_command("simulate_participants", study=study.slug, n=1, pause=pause)

    assert refused.value.returncode == 2


def test_a_server_that_does_not_go_is_ended(monkeypatch):
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    )
    command = [sys.executable, "-c", f"{deaf}; time.sleep(600)"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.readline()
    monkeypatch.setattr(rehearsal_server, "PATIENCE", 0.1)

    rehearsal_server.stop(process)

    assert process.returncode == -signal.SIGKILL
