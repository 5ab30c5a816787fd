"""Workers of the web server are killed on SQLite, between saving an answer and saying so."""

import json
import os
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from survey.services.rehearsal_server import gunicorn_command, stop
from tests.faults.servers import free_port
from tests.modeling.platform import ROOT, Platform

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc (Linux)"),
]


@pytest.fixture
def platform(tmp_path, migrated):
    """A platform with the bundled study."""
    made = Platform(tmp_path / "platform")
    made.home.mkdir()
    shutil.copy(migrated, made.home)
    made.manage("load_study")
    return made


@contextmanager
def served(platform):
    """The rehearsal's own server; its process id and its address."""
    port = free_port()
    master = subprocess.Popen(gunicorn_command(port), cwd=ROOT, env=platform.environment)
    try:
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


def test_web_workers_killed_between_save_and_reply_lose_and_double_nothing(platform):
    over, killed = threading.Event(), []
    with served(platform) as (master, url):
        killer = threading.Thread(target=kill_workers, args=(master, over, killed))
        killer.start()
        try:
            told = platform.manage(
                "simulate_participants", "--study", "first-light", "--n", "28", "--seed", "9",
                "--concurrency", "12", "--patience", "60", "--url", url, "--json",
            )  # fmt: skip
        finally:
            over.set()
            killer.join()

    found = json.loads(told)
    assert len(killed) >= 2
    assert found["answers_lost"] == found["duplicates"] == found["cells_over_target"] == 0
    assert found["max_imbalance"] <= 1
