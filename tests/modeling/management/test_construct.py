"""`manage.py construct`: all steps at once, some of them, some rows, again, and left to workers."""

import io

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Construction, Dataset, ScenarioVersion, Step
from modeling.models import Run
from pact_site.base.models import Job, State
from tests.annotation.makers import load_rows, normad_row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dataset(tmp_path):
    rows = [normad_row(ID=str(n), Story=f"Mona came {n} minutes late.") for n in range(12)]
    load_rows(tmp_path, rows)
    return Dataset.objects.get()


def construct(*args, dataset="source", endpoint="baseline:noisy"):
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "construct", "--dataset", dataset, "--endpoint", endpoint, *args, stdout=out, stderr=err
    )
    return out.getvalue(), err.getvalue()


def test_all_steps_in_their_order_and_then_nothing_is_due(dataset):
    out, err = construct()
    assert out.splitlines()[-1] == f"construction: {Construction.objects.get().pk}"
    assert [line.split(":")[0] for line in err.splitlines() if " kept, " in line] == [
        "norm", "preference", "rewrite", "actions",
    ]  # fmt: skip
    assert ScenarioVersion.objects.filter(origin="construction").exists()
    runs, steps = Run.objects.count(), Step.objects.count()
    _, err = construct()
    assert err.count("no row is due") == 4
    assert (Run.objects.count(), Step.objects.count()) == (runs, steps)


def test_chosen_steps_rows_and_limits(dataset):
    construct("--steps", "norm", "--rows", "3,5,7", "--limit", "2")
    assert sorted(Step.objects.values_list("source_row__source_id", "name")) == [
        ("3", "norm"), ("5", "norm"),
    ]  # fmt: skip


def test_again_adds_a_further_try(dataset):
    construct("--steps", "norm", "--rows", "3")
    construct("--steps", "norm", "--rows", "3", "--again")
    assert sorted(Step.objects.values_list("attempt", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"dataset": "nowhere"}, "no such dataset"),
        ({"endpoint": "oracle"}, "Unknown endpoint"),
        (("--steps", "filter"), "--steps has an unknown value"),
        (("--rows", "99"), "no such row"),
    ],
)
def test_what_does_not_exist_ends_with_2_and_leaves_no_run(dataset, args, words):
    with pytest.raises(CommandError, match=words) as caught:
        construct(**args) if isinstance(args, dict) else construct(*args)
    assert caught.value.returncode == 2
    assert not Run.objects.exists()


def test_another_endpoint_under_the_same_name_is_refused(dataset):
    construct("--name", "first", "--limit", "1", "--steps", "norm")
    with pytest.raises(CommandError, match="begun with another endpoint"):
        construct("--name", "first", endpoint="baseline:uniform")


def test_queued_steps_follow_each_other_without_the_command(dataset):
    construct("--queue")
    assert Run.objects.get().kind == "construct:norm"
    call_command("worker", until_idle=True)
    kinds = set(Run.objects.values_list("kind", "state"))
    names = ("norm", "preference", "rewrite", "actions")
    assert kinds == {(f"construct:{name}", "done") for name in names}
    assert not Job.objects.exclude(state=State.DONE).exists()
