"""`manage.py repeat_run`: from a run or from a manifest file."""

import json

import pytest
from django.core.management import CommandError, call_command

from modeling.models import Run
from modeling.services import foreground, runs
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done():
    run = make_plan(make_release(1), limit=8).run
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def repeat(capsys, *args, **options):
    call_command("repeat_run", *args, **options)
    return capsys.readouterr()


def newest():
    return Run.objects.order_by("-pk").first()


def test_a_run_is_asked_again_and_linked(done, capsys):
    out, err = repeat(capsys, done.public_id)
    again = newest()
    assert out.splitlines()[-1] == f"run: {again.public_id}"
    assert (again.state, again.repeat_of, again.cells) == (Run.State.DONE, done, 8)
    assert "8 of 8 cells answered" in err
    assert " then, " not in err, "nothing differs"


def test_a_manifest_file_will_do(done, capsys, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(done.manifest), encoding="utf-8")
    _, err = repeat(capsys, str(path), endpoint="baseline:uniform", plan_only=True)
    assert (newest().state, newest().label) == (Run.State.PLANNED, "baseline:uniform")
    assert "endpoint.model: noisy then, uniform now" in err


def test_prompts_that_have_changed_need_a_word(done, capsys):
    done.manifest["prompts"] = {"survey_form": "older"}
    done.save()
    with pytest.raises(CommandError, match=r"prompts\.survey_form"):
        repeat(capsys, done.public_id)
    assert newest() == done
    repeat(capsys, done.public_id, anyway=True, queue=True)
    assert newest().state == Run.State.RUNNING


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "no JSON file"), ("[1]", "no manifest"), ("{}", "where they were first")],
)
def test_files_that_are_no_manifest_are_refused(db, capsys, tmp_path, text, words):
    path = tmp_path / "run.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=words):
        repeat(capsys, str(path))


def test_an_unknown_run_is_refused_with_those_there_are(done, capsys):
    with pytest.raises(CommandError, match=done.public_id):
        repeat(capsys, "00000000")
