"""Imports, exports and backups are killed in the middle, or find no room on the disk.

An import leaves everything or nothing, and the same command again is harmless. A file is whole or
not there, what was there before stays until then, and what a killed process left beside it is
removed by the next.
"""

import csv
import os
import signal
import subprocess
import sys
import tarfile

import pytest

from tests.analysis import release_files
from tests.annotation.labelling import label_row
from tests.faults.servers import Web, children, found
from tests.modeling.platform import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.faults]
TRAIL = "base_auditevent"
SCENARIO = {
    "country": "Brazil",
    "situation": "A guest arrives at the house of {receiver}.",
    "cultural_expectation": "One greets everybody first.",
    "personal_preference": "They are hungry.",
    "culture_action": "Greet everybody.",
    "preference_action": "Sit down to eat.",
}


def scenario_file(folder):
    rows = [{"key": f"guest-{n}", **SCENARIO} for n in range(300)]
    return release_files.write(folder / "scenarios.csv", rows)


def label_file(folder):
    pairs = [(item, name) for item in range(60) for name in ("A1", "A2")]
    rows = [label_row(f"guest-{item}", name) for item, name in pairs]
    return release_files.write(folder / "labels.csv", rows)


def human_file(folder):
    return release_files.write(folder / "human.csv", release_files.human_rows())


def prediction_file(folder):
    return release_files.write(folder / "predictions.csv", release_files.prediction_rows())


IMPORTS = {
    "import_scenarios": (
        scenario_file,
        ("--format", "csv", "--dataset", "guests", "--licence", "CC0"),
    ),
    "import_labels": (label_file, ("--validation", "guests")),
    "import_human": (human_file, ("--study", "made-up")),
    "import_predictions": (prediction_file, ("--study", "made-up")),
}


def rows_of_tables(scene):
    """Table -> how many rows; the audit trail apart, where an attempt may be told."""
    tables = scene.query("select tablename from pg_tables where schemaname = 'public'")
    counts = {name: scene.one(f'select count(*) from "{name}"') for (name,) in tables}
    return {name: n for name, n in counts.items() if name != TRAIL}


@pytest.fixture
def made_up(scene, tmp_path):
    """A study of people's answers from files."""
    scene.manage("import_human", human_file(tmp_path), "--study", "made-up")
    return scene


def killed(scene, process):
    scene.waiting()
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    scene.workers.remove(process)


@pytest.mark.parametrize("command", IMPORTS)
def test_an_import_is_killed_with_all_its_rows_written(scene, tmp_path, command):
    if command == "import_predictions":
        scene.manage("import_human", human_file(tmp_path), "--study", "made-up")
    make, options = IMPORTS[command]
    words = (command, make(tmp_path), *options)
    before = rows_of_tables(scene)
    with scene.held_table(TRAIL):  # what is written last, in the same transaction
        killed(scene, scene.background("manage.py", *words))
    assert rows_of_tables(scene) == before
    scene.manage(*words)
    after = rows_of_tables(scene)
    assert sum(after.values()) > sum(before.values())
    scene.manage(*words)
    assert rows_of_tables(scene) == after


def test_the_database_dies_under_an_import(scene, tmp_path, postgres):
    words = ("import_scenarios", scenario_file(tmp_path), *IMPORTS["import_scenarios"][1])
    before = rows_of_tables(scene)
    with pytest.raises(Exception, match=r"closed|terminat"), scene.held_table(TRAIL):  # noqa: PT012
        process = scene.start(*words)
        scene.waiting()
        postgres.kill()
    _, err = process.communicate(timeout=60)
    postgres.start()
    assert process.returncode == 1
    assert err.startswith("CommandError: The database refused")
    assert rows_of_tables(scene) == before
    scene.manage(*words)
    assert scene.one("select count(*) from annotation_scenario where key like 'guest-%'") == 300


def rows_in(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_an_export_is_killed_before_its_file_has_its_name(made_up, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    words = ("export_data", "human", "--study", "made-up", "--out", folder / "human.csv")
    with made_up.held_table("survey_exportrecord"):  # remembered before it is there
        killed(made_up, made_up.background("manage.py", *words))
    left = [path.name for path in folder.iterdir()]
    assert len(left) == 1
    assert left[0].startswith(".")
    made_up.manage(*words)
    assert [path.name for path in folder.iterdir()] == ["human.csv"]
    assert len(rows_in(folder / "human.csv")) == 24 * 6
    assert made_up.one("select count(*) from survey_exportrecord") == 1


def without_room(scene, limit, *words):
    """A command that may write no file beyond so many bytes; its exit code and last words."""
    done = subprocess.run(
        [found("prlimit"), f"--fsize={limit}", sys.executable, "manage.py", *map(str, words)],
        cwd=ROOT, env=scene.environment, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_an_export_without_room_leaves_the_one_before(made_up, tmp_path):
    folder = tmp_path / "out"
    words = ("export_data", "human", "--study", "made-up", "--out", folder / "human.csv")
    made_up.manage(*words)
    code, err = without_room(made_up, 4000, *words)
    assert code == 1
    assert err.startswith("CommandError: There is no room to write")
    assert [path.name for path in folder.iterdir()] == ["human.csv"]
    assert len(rows_in(folder / "human.csv")) == 24 * 6
    assert made_up.one("select count(*) from survey_exportrecord") == 1
    made_up.manage(*words)


SIGN_IN = """
import json
from django.test import Client
from pact_site.base.models import Role, User
somebody = Client()
somebody.force_login(
    User.objects.create_user("rita", "rita@example.org", "x" * 20, role=Role.RESEARCHER),
    "django.contrib.auth.backends.ModelBackend",
)
print(json.dumps(somebody.cookies["sessionid"].value))
"""


def test_a_page_without_room_says_so_and_the_next_ask_works(made_up):
    page = "/studies/made-up/data/export/human.csv"
    session = made_up.tell(SIGN_IN)
    with Web(made_up.environment) as web:
        limits = {1000: 507, "unlimited": 200}
        for limit, expected in limits.items():
            for pid in children(web.process.pid):
                subprocess.run([found("prlimit"), "--pid", pid, f"--fsize={limit}:"], check=True)
            status, _, text = web.asks(page, session)
            assert status == expected
    assert text.count("\n") == 24 * 6 + 1
    assert made_up.one("select count(*) from survey_exportrecord") == 1


def test_a_backup_is_killed_and_then_finds_no_room(made_up, tmp_path):
    folder = tmp_path / "safe"
    folder.mkdir()
    (made_up.home / "uploads").mkdir(exist_ok=True)
    (made_up.home / "uploads/large.csv").write_bytes(os.urandom(4_000_000))
    words = ("backup", folder / "all.tar")
    with made_up.held_table("survey_answer"):  # pg_dump waits for it
        killed(made_up, made_up.background("manage.py", *words))
    assert not (folder / "all.tar").exists()
    code, err = without_room(made_up, 3_000_000, *words)
    assert code == 2
    assert "The backup cannot be written: File too large" in err
    assert list(folder.iterdir()) == [], "nor is anything hidden left"
    made_up.manage(*words)
    assert [path.name for path in folder.iterdir()] == ["all.tar"]
    assert not [path for path in made_up.home.iterdir() if path.name.startswith(".")], (
        "no dump left"
    )
    with tarfile.open(folder / "all.tar") as archive:
        assert archive.getnames()[-1] == "manifest.json"
