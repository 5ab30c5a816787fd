import os
import signal
import subprocess
import sys

import pytest

from pact_site.base import owners


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def name_of(process):
    return f"{process.pid}:{owners._started(process.pid)}"


def test_this_process_lives_and_has_the_name_that_others_see():
    told = subprocess.run(
        [sys.executable, "-c", f"from pact_site.base import owners as o; print(o.lives({owners.this_process()!r}), o.this_host())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.split() == ["True", owners.this_host()]


def test_a_killed_process_is_dead_even_before_its_parent_has_asked(sleeper):
    name = name_of(sleeper)
    assert owners.lives(name)
    sleeper.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet asked for
    assert not owners.lives(name)
    sleeper.wait()
    assert not owners.lives(name)


def test_an_id_used_again_is_another_process(sleeper):
    pid, start = name_of(sleeper).split(":")
    assert not owners.lives(f"{pid}:{int(start) - 1}")


def test_where_it_cannot_be_told_a_process_counts_as_alive(sleeper):
    assert owners.lives("")
    assert owners.lives("somebody")
    assert owners.lives(f"{sleeper.pid}:"), "no start is known where there is no /proc"
    sleeper.kill()
    sleeper.wait()
    assert not owners.lives(f"{sleeper.pid}:")
