"""The command, as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def start(tmp_path):
    """`start(*arguments)`: the running command; ended afterwards."""
    running = []

    def start_command(*arguments: str) -> subprocess.Popen:
        command = [sys.executable, "manage.py", "stub_server", *arguments]
        environment = {**os.environ, "PACT_HOME": str(tmp_path)}
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start_command
    for process in running:
        process.kill()
        process.communicate()


def test_it_prints_where_it_is_and_serves_the_named_model(start):
    process = start("--port", "0", "--model", "tiny", "--faults", "refusal:0.5", "--seed", "3")
    line = process.stdout.readline()
    assert line.startswith("stub: http://127.0.0.1:")
    with urlopen(line.removeprefix("stub: ").strip() + "/models", timeout=10) as response:
        assert json.load(response)["data"][0]["id"] == "tiny"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""


def test_an_unknown_fault_is_exit_2_with_the_known_names():
    with pytest.raises(CommandError, match="unknown fault 'fire'; known: rate_limit") as refused:
        call_command("stub_server", "--faults", "fire")
    assert refused.value.returncode == 2
