"""`manage.py judge`: what it prints, how it exits, what it leaves behind."""

import re

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Judge, Verdict
from annotation.services import judging
from modeling.models import Run
from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State
from tests.annotation.validating import make_scenarios, make_validation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def norms():
    return make_scenarios(5)


def judge(capsys, *args, **options):
    """Both outputs of the command."""
    call_command("judge", *args, **({"endpoint": "baseline:noisy"} | options))
    return capsys.readouterr()


def test_a_dataset_is_judged_and_the_last_line_names_judge_and_run(norms, capsys):
    out, err = judge(capsys, dataset="norms", repeats=2, temperature=0.5)
    made = Judge.objects.get()
    assert out.splitlines()[-1] == f"judge: {made.pk} run: {made.run_id}"
    assert "30 of 30 cells answered, 30 valid, 0 invalid, 0 failed." in err
    assert Verdict.objects.count() == 30


def test_a_validations_sample_is_judged(capsys):
    make_validation(people=False)
    judge(capsys, validation="pilot", name="Second opinion")
    assert (Judge.objects.get().name, Judge.objects.get().size) == ("Second opinion", 6)


def test_queued_work_waits_for_a_worker(norms, capsys):
    _, err = judge(capsys, dataset="norms", queue=True)
    assert "Queued 15 cells" in err
    assert Run.objects.get().state == Run.State.RUNNING
    assert not Verdict.objects.exists()
    call_command("worker", until_idle=True)
    assert Verdict.objects.count() == 15
    assert Job.objects.get().state == State.DONE


def test_a_finished_judge_is_not_asked_again(norms, capsys):
    first, _ = judge(capsys, dataset="norms")
    again, err = judge(capsys, dataset="norms")
    assert again == first
    assert "--new asks again" in err


def test_verdicts_that_could_not_be_stored_fail_the_command_and_the_next_stores_them(
    norms, capsys, monkeypatch
):
    def refuse(**_):
        raise BadInput("The shelf is full.")

    with monkeypatch.context() as patched:
        patched.setattr(judging, "store_verdicts", refuse)
        with pytest.raises(CommandError, match="could not be stored: The shelf is full") as failed:
            judge(capsys, dataset="norms")
    assert failed.value.returncode == 1
    assert not Verdict.objects.exists()
    judge(capsys, dataset="norms")
    assert Verdict.objects.count() == 15, "the same command stores what was answered"
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dataset": "nowhere"}, "no such dataset"),
        ({"release": "norms"}, "no such release"),
        ({"validation": "nowhere"}, "no such validation"),
        ({"dataset": "norms", "endpoint": "gpt"}, "Unknown endpoint"),
        ({"dataset": "norms", "endpoint": "baseline:always_culture"}, "cannot fill in"),
        ({"dataset": "norms", "repeats": 0}, "--repeats"),
        ({"dataset": "norms", "temperature": 3.0}, "--temperature"),
        ({"dataset": "norms", "chunk_size": 0}, "--chunk-size"),
    ],
)
def test_bad_input_exits_with_two_and_writes_nothing(norms, capsys, options, words):
    with pytest.raises(CommandError, match=words) as refused:
        judge(capsys, **options)
    assert refused.value.returncode == 2
    assert (Run.objects.count(), Judge.objects.count()) == (0, 0)


def test_one_subject_has_to_be_named(norms, capsys):
    with pytest.raises(CommandError, match=re.escape("one of the arguments")):
        judge(capsys)
