import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, OperationalError, ProgrammingError

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]


def command_raising(error):
    class Command(PactCommand):
        def handle(self, *args, **options):
            if error:
                raise error

    return Command(stdout=io.StringIO(), stderr=io.StringIO())


def test_bad_input_is_exit_code_2_with_its_message():
    with pytest.raises(CommandError, match=r"a\.csv, row 2: No") as caught:
        call_command(command_raising(BadInput("No.", "a.csv", 2)))
    assert caught.value.returncode == 2


def test_a_refusing_database_is_exit_code_1_in_one_line():
    with pytest.raises(CommandError, match="The database refused: locked") as caught:
        call_command(command_raising(DatabaseError("locked")))
    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError, "no such table: survey_study"),
        (ProgrammingError, 'relation "survey_study" does not exist\nLINE 1: SELECT'),
    ],
)
def test_a_database_that_was_never_set_up_says_what_to_run(error, words):
    with pytest.raises(CommandError, match=r"manage\.py migrate") as caught:
        call_command(command_raising(error(words)))
    assert "\n" not in str(caught.value)


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        call_command(command_raising(ZeroDivisionError()))
    with pytest.raises(DatabaseError):
        call_command(command_raising(DatabaseError("locked")), traceback=True)


def test_done_is_quiet():
    assert call_command(command_raising(None)) is None


def test_a_bad_setting_stops_every_command(settings):
    settings.PACT_LEASE_SECONDS = 2
    with pytest.raises(SystemCheckError, match=r"pact\.E001"):
        call_command(command_raising(None), skip_checks=False)


def test_unknown_option_is_exit_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "import_scenarios", "--no-such-option"],
        cwd=ROOT, capture_output=True, text=True, env={"PACT_HOME": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
