"""The command: real rows, exit codes in a process of their own, bounded memory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from annotation.management.commands.import_scenarios import Command as ImportScenarios
from annotation.models import Dataset, ScenarioVersion, SourceRow
from tests.annotation.makers import normad_row, own_row, write_rows

ROOT = Path(__file__).resolve().parents[3]
MEGABYTE = 1_000_000


def run(capsys, path, *options):
    call_command("import_scenarios", str(path), *options)
    return capsys.readouterr().out


def in_a_process(home, *arguments):
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PACT_HOME": str(home), "DATABASE_URL": f"sqlite:///{home}/pact.sqlite3"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def peak_memory(home, path):
    """The exit code, the message and the peak memory in bytes of an import of our own table."""
    command = [sys.executable, "manage.py", "import_scenarios", str(path), "--format", "csv"]
    with (home / "message").open("w+") as message:
        process = subprocess.Popen(
            [*command, "--dataset", "junk", "--licence", "CC0 1.0"],
            cwd=ROOT,
            env=os.environ | {"PACT_HOME": str(home)},
            stderr=message,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        message.seek(0)
        return process.returncode, message.read(), usage.ru_maxrss * 1024


@pytest.mark.django_db
def test_real_normad_file(capsys, normad_file):
    out = run(capsys, normad_file, "--format", "normad", "--dataset", "normad")
    for line in ("read: 2633", "kept: 1818 (no 875, yes 943)", "skipped: 815", "countries: 75"):
        assert line in out
    dataset = Dataset.objects.get()
    assert (dataset.source_version, dataset.licence) == ("v1", "CC BY 4.0")
    assert ScenarioVersion.objects.values("country").distinct().count() == 75
    out = run(capsys, normad_file, "--format", "normad", "--dataset", "normad", "--include-neutral")
    assert "new: 815, new versions: 0, unchanged: 1818" in out
    labels = dict(SourceRow.objects.values_list("gold_label").annotate(Count("pk")))
    assert labels == {"yes": 943, "no": 875, "neutral": 815}


@pytest.mark.django_db
def test_dry_run_says_so(capsys, tmp_path):
    path = write_rows(tmp_path / "rows.csv", [normad_row()])
    out = run(capsys, path, "--format", "normad", "--dataset", "normad", "--dry-run")
    assert "Dry run: nothing was written." in out
    assert not Dataset.objects.exists()


@pytest.mark.django_db
def test_text_that_was_damaged_before_is_reported_by_row_and_column(capsys, tmp_path):
    spoilt = "Café".encode().decode("cp1252")
    rows = [own_row(setting="Café"), own_row(key="b", setting=spoilt)]
    path = write_rows(tmp_path / "rows.csv", rows)
    out = run(capsys, path, "--format", "csv", "--dataset", "mine", "--licence", "CC0 1.0")
    assert "1 row seems to have been saved in a wrong encoding before: row 3, setting." in out


@pytest.mark.django_db
def test_bad_row_exits_2(tmp_path):
    path = write_rows(tmp_path / "rows.csv", [normad_row(Country="atlantis")])
    with pytest.raises(CommandError) as caught:
        call_command("import_scenarios", str(path), "--format", "normad", "--dataset", "normad")
    assert caught.value.returncode == 2
    assert not Dataset.objects.exists()


def test_exit_codes_and_messages_of_the_real_program(tmp_path, migrated):
    shutil.copy(migrated, tmp_path)
    good = write_rows(tmp_path / "good.csv", [own_row()])
    bad = write_rows(tmp_path / "bad.csv", [own_row(), own_row(key="b", country="Utopia")])
    into = ("--format", "csv", "--dataset", "mine", "--licence", "CC0 1.0")

    refused = in_a_process(tmp_path, "import_scenarios", bad, *into)
    assert refused.returncode == 2
    assert refused.stdout == ""
    [line] = refused.stderr.splitlines()
    for part in ("bad.csv", "row 3", "column country", "Found: 'Utopia'", "Expected: a country"):
        assert part in line

    accepted = in_a_process(tmp_path, "import_scenarios", good, *into)
    assert accepted.returncode == 0
    assert "new: 1, new versions: 0, unchanged: 0" in accepted.stdout  # so the first left nothing
    assert accepted.stderr == ""  # no progress bar where nobody looks


@pytest.mark.parametrize("options", [("--format", "xml", "--dataset", "x"), ("--format", "csv")])
def test_an_option_that_cannot_be_exits_2(options):
    with pytest.raises(SystemExit) as ended:
        ImportScenarios().run_from_argv(["manage.py", "import_scenarios", "good.csv", *options])
    assert ended.value.code == 2


def test_100_megabytes_of_junk_take_little_more_memory_than_a_word_of_it(tmp_path):
    peaks = {}
    for size in (1, 100 * MEGABYTE):
        path = tmp_path / "junk.csv"
        with path.open("wb") as stream:
            stream.writelines(b"x" * min(size, MEGABYTE) for _ in range(max(1, size // MEGABYTE)))
        code, message, peaks[size] = peak_memory(tmp_path, path)
        assert code == 2
        assert "junk.csv, row 1" in message
        assert "Traceback" not in message
    assert peaks[100 * MEGABYTE] - peaks[1] < 60 * MEGABYTE
