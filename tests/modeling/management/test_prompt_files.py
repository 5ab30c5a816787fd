"""The way of a file over the command line: plan, export, answer elsewhere, import."""

import pytest
from django.core.management import CommandError, call_command

from modeling.models import Run
from tests.modeling.making import make_release
from tests.modeling.services.test_prompt_files import MODEL, answer, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def planned(capsys):
    """What run_models says of a run that is asked elsewhere."""
    make_release(1)
    call_command("run_models", dataset="little", endpoint=f"files:{MODEL}", personas="none")
    return capsys.readouterr()


@pytest.fixture
def run(planned):
    return Run.objects.get()


def test_planning_says_what_to_do_and_ends(planned, run):
    assert planned.out == f"run: {run.public_id}\n"
    assert f"export_prompts {run.public_id}" in planned.err
    assert (run.state, run.chunks.count()) == (Run.State.RUNNING, 1)


def test_from_the_plan_to_the_answers_in_two_files(run, tmp_path, capsys):
    prompts = tmp_path / "prompts.jsonl"
    call_command("export_prompts", run.public_id, out=prompts)
    assert capsys.readouterr().out == f"{run.cells} prompts: {prompts}\n"
    lines = answer(prompts)
    call_command("import_answers", run.public_id, write(tmp_path / "a.jsonl", lines[:6]))
    said = capsys.readouterr().out
    assert f"6 prompts answered, 0 answered before, {run.cells - 6} without" in said
    assert f"export_prompts {run.public_id}" in said
    call_command("import_answers", run.public_id, write(tmp_path / "b.jsonl", lines[4:]))
    run.refresh_from_db()
    assert run.state == Run.State.DONE


def test_failures_elsewhere_are_shown_in_their_words(run, tmp_path, capsys):
    prompts = tmp_path / "prompts.jsonl"
    call_command("export_prompts", run.public_id, out=prompts)
    failed = answer(prompts, {"server_error": 1.0})
    path = write(tmp_path / "answers.jsonl", [*failed, failed[0]])
    capsys.readouterr()
    call_command("import_answers", run.public_id, path)
    said = capsys.readouterr().out.splitlines()
    assert said[1:3] == [
        "1 lines repeat a prompt; its answer counts once.",
        f"{run.cells} prompts failed there: HTTP 500: simulated server_error",
    ]


@pytest.mark.parametrize(
    "arguments", [("export_prompts", "nothing", "--out", "x"), ("import_answers", "nothing", "x")]
)
def test_an_unknown_run_is_exit_2(arguments):
    with pytest.raises(CommandError, match="no such run") as stopped:
        call_command(*arguments)
    assert stopped.value.returncode == 2


def test_a_bad_file_is_exit_2_and_names_the_line(run, tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_text("<html>\n")
    with pytest.raises(CommandError, match=r"answers.jsonl, row 1: .*no answer") as stopped:
        call_command("import_answers", run.public_id, path)
    assert stopped.value.returncode == 2
