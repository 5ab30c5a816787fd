"""What was started ends with whoever started it, `kill -9` included."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from modeling.backends.minding import Minder
from tests.modeling.platform import ROOT

STARTER = """
import subprocess, sys, time
from modeling.backends.minding import Minder
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
minder = Minder([child.pid])
print(child.pid, flush=True)
time.sleep(600)
"""


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_within(pid, seconds):
    end = time.monotonic() + seconds
    while runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not runs(pid)


def test_a_child_does_not_outlive_a_killed_parent():
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    child = int(starter.stdout.readline())
    assert runs(child)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    assert gone_within(child, 60)


def test_dismissed_it_ends_nobody():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        Minder([child.pid]).dismiss()
        time.sleep(0.2)
        assert child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
