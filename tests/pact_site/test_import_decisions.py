"""The command from outside: what it says, exit codes, and what it takes from its options."""

import pytest
from django.core.management import CommandError, call_command

from modeling.models import Run
from tests.modeling.decision_files import decision, write
from tests.modeling.making import make_release, stored_rows

pytestmark = pytest.mark.django_db


def test_it_says_what_came_in_and_the_second_time_that_nothing_did(tmp_path, capsys):
    make_release()
    path = write(
        tmp_path / "d.csv", [decision(), decision(eval_decision="UNKNOWN", actor_age="older")]
    )
    args = ("import_decisions", path, "--dataset", "little", "--prompt", "balance", "--stage",
            "instruct", "--family", "Llama")  # fmt: skip
    call_command(*args)
    run = Run.objects.get()
    said = capsys.readouterr().out
    assert said == f"Llama: 2 decisions, 1 valid and 1 unknown (run {run.public_id})\n"
    rows = stored_rows(run)
    assert {(row["balance"], row["stage"], row["family"]) for row in rows} == {
        ("balance", "instruct", "Llama")
    }
    call_command(*args)
    assert "already stored, nothing changed" in capsys.readouterr().out


def test_an_unknown_dataset_exits_2_and_says_how_to_make_it(tmp_path):
    make_release()
    path = write(tmp_path / "d.csv", [decision()])
    with pytest.raises(CommandError, match=r"no such dataset.*import_scenarios.*nowhere") as caught:
        call_command("import_decisions", path, "--dataset", "nowhere")
    assert caught.value.returncode == 2
    assert not Run.objects.exists()


def test_a_missing_file_exits_2():
    make_release()
    with pytest.raises(CommandError, match="no such file") as caught:
        call_command("import_decisions", "nothing.csv", "--dataset", "little")
    assert caught.value.returncode == 2
