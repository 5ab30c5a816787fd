"""The embedded process tree: it answers, mends itself and leaves nothing behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pact_site.base.errors import BadInput
from pact_site.services.serving import fake_prolific, require_free_port
from survey.management.commands.fake_prolific import Command as FakeProlific
from survey.prolific.fake.memory import save
from survey.prolific.fake.world import World
from survey.prolific.simulated import memory

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid: int) -> dict[int, str]:
    """Pid and command line of a process's children."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {
        int(child): Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in found
    }


def wait_for(true, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s")


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc (Linux)")
def test_a_killed_web_server_comes_back_and_a_stop_leaves_nothing(tmp_path, migrated):
    environment = os.environ | {"PACT_HOME": str(tmp_path)}
    environment.pop("DATABASE_URL", None)
    manage = [sys.executable, "manage.py"]
    shutil.copy(migrated, tmp_path)
    port = free_port()
    tree = subprocess.Popen([*manage, "serve", "--port", str(port)], cwd=ROOT, env=environment)
    try:
        wait_for(lambda: answers(port))
        before = wait_for(lambda: len(children(tree.pid)) == 2 and children(tree.pid))
        web = next(pid for pid, command in before.items() if "gunicorn" in command)
        assert any("worker" in command for pid, command in before.items() if pid != web)
        os.kill(web, signal.SIGKILL)
        after = wait_for(
            lambda: (now := children(tree.pid)).keys() - before and len(now) == 2 and now
        )
        wait_for(lambda: answers(port))
    finally:
        tree.terminate()
        tree.wait(40)
    assert not [pid for pid in (*before, *after) if Path(f"/proc/{pid}").exists()]


def test_a_taken_port_is_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BadInput, match=str(port)):
            require_free_port("127.0.0.1", port)


def remember():
    world = World()
    study = world.add_study(name="SIMULATED", status="ACTIVE")
    memory().parent.mkdir(parents=True, exist_ok=True)
    save(world, memory())
    return study["id"]


def test_a_rehearsed_studys_fake_runs_beside_the_site():
    known = remember()
    command, told = fake_prolific("127.0.0.1", 8000)
    address = f"{told['PACT_PROLIFIC_URL']}/studies/{known}/"
    headers = {"Authorization": f"Token {told['PACT_PROLIFIC_TOKEN']}"}

    def name():
        try:
            asked = urllib.request.Request(address, headers=headers)
            with urllib.request.urlopen(asked, timeout=5) as response:
                return json.load(response)["name"]
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return ""

    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        assert wait_for(name) == "SIMULATED"
    finally:
        process.terminate()
        process.wait(20)


def test_a_secret_may_begin_with_a_hyphen(monkeypatch):
    secret = "-" + "x" * 16
    monkeypatch.setattr("pact_site.services.serving.secrets.token_urlsafe", lambda n: secret)
    remember()
    command, _ = fake_prolific("127.0.0.1", 8000)
    parser = FakeProlific().create_parser("manage.py", "fake_prolific")
    assert command[2] == "fake_prolific"
    assert parser.parse_args(command[3:]).secret == secret


def test_without_a_rehearsal_or_with_a_real_account_no_fake_runs(settings):
    assert fake_prolific("127.0.0.1", 8000) is None
    remember()
    settings.PACT_PROLIFIC_TOKEN = "a-real-one"
    assert fake_prolific("127.0.0.1", 8000) is None
