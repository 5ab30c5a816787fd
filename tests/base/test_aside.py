"""What is written aside appears whole or not at all, and what the dead left behind goes."""

import os
import signal
import subprocess
import sys

import pytest

from pact_site.base.aside import file_aside, folder_aside, scratch

WRITER = """
import sys, time
from pathlib import Path
from pact_site.base import aside
with getattr(aside, sys.argv[1])(Path(sys.argv[2])) as place:
    file = place / "part.txt" if place.is_dir() else place
    file.write_text("half")
    print(place.name, flush=True)
    time.sleep(600)
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    """An empty folder of the test's own."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.fixture
def writer():
    """Starts a process that writes half of something; returns it and the hidden name."""
    started = []

    def start(kind, target):
        command = [sys.executable, "-c", WRITER, kind, str(target)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_file_keeps_its_ending_and_appears_at_the_end(folder):
    with file_aside(folder / "rows.csv.gz") as aside:
        assert aside.name.endswith(".rows.csv.gz")
        aside.write_text("rows")
        assert not (folder / "rows.csv.gz").exists()
    assert names(folder) == ["rows.csv.gz"]


@pytest.mark.parametrize("kind", [file_aside, folder_aside, scratch])
def test_an_error_leaves_what_was_there(folder, kind):
    place = folder / "out"
    place.mkdir() if kind is not file_aside else place.write_text("old")
    with pytest.raises(RuntimeError), kind(place):
        raise RuntimeError
    assert names(folder) == ["out"]
    assert kind is not file_aside or place.read_text() == "old"


def test_a_scratch_folder_is_ours_alone_and_goes(folder):
    with scratch(folder / "dump") as ours:
        assert ours.stat().st_mode & 0o777 == 0o700
        (ours / "rows").write_text("of people")
    assert names(folder) == []


@pytest.mark.parametrize("kind", ["file_aside", "folder_aside", "scratch"])
def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_stays(
    folder, writer, kind
):
    target = folder / "rows[1].csv"
    dead, left = writer(kind, target)
    _, held = writer(kind, target)
    os.kill(dead.pid, signal.SIGKILL)
    dead.wait()
    assert names(folder) == sorted([left, held])
    with file_aside(target) as aside:
        aside.write_text("whole")
    assert names(folder) == sorted([held, target.name])
    assert target.read_text() == "whole"


def test_a_folder_that_was_moved_away_by_a_killed_process_comes_back(folder):
    old = folder / ".0123abcd.report.old"
    old.mkdir()
    (old / "a").write_text("old")
    with pytest.raises(RuntimeError), folder_aside(folder / "report"):
        raise RuntimeError
    assert (folder / "report" / "a").read_text() == "old"


def test_what_belongs_to_other_names_stays(folder):
    (folder / ".0123abcd.other.csv").touch()
    (folder / ".rows.csv").touch()
    with file_aside(folder / "rows.csv"):
        pass
    assert names(folder) == [".0123abcd.other.csv", ".rows.csv", "rows.csv"]
