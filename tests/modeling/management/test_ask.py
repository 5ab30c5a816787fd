"""The command from outside: a table in, answers out."""

import csv

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from modeling.models import Run
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "statements.csv"
    path.write_text("id,prompt\ns1,=Guests bring gifts.\ns2,One may come late.\n")
    return path


NOISY = ("--endpoint", "baseline:noisy", "--labels", "disagree, neutral, agree", "--ordinal")


def test_a_table_is_asked_and_its_answers_are_written(table, tmp_path, capsys):
    out = tmp_path / "answers.csv"
    call_command("ask", table, *NOISY, "--orders", "all", "--seed", "3", "--out", out)
    run = Run.objects.get()
    assert capsys.readouterr().out.splitlines()[-1] == f"run: {run.public_id}"
    assert (run.kind, run.state, run.simulated) == ("questions", "done", True)
    assert (run.design["scale"], run.design["inputs"]["file"]) == ("ordinal", "statements.csv")
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sorted((row["question_id"], row["option_order"]) for row in rows) == [
        ("s1", "given"), ("s1", "reversed"), ("s2", "given"), ("s2", "reversed"),
    ]  # fmt: skip
    assert {row["choice"] for row in rows} <= {"disagree", "neutral", "agree"}
    call_command("ask", table, *NOISY, "--orders", "all", "--seed", "3", "--out",
                 tmp_path / "again.parquet")  # fmt: skip
    assert "done already" in capsys.readouterr().err
    assert pq.read_table(tmp_path / "again.parquet").num_rows == 4


def test_a_run_is_listed_under_a_dataset_where_one_is_named(table):
    make_release(1)
    call_command("ask", table, *NOISY, "--dataset", "little", "--limit", "1")
    assert Run.objects.get().dataset_slug == "little"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((*NOISY, "--dataset", "nowhere"), ["no such dataset", "nowhere"]),
        ((*NOISY, "--out", "answers.xlsx"), [".csv or .parquet"]),
        (("--endpoint", "baseline:noisy", "--labels", "yes"), ["too few"]),
        (("--endpoint", "gpt-9", "--labels", "a,b"), ["Unknown endpoint"]),
    ],
)
def test_bad_input_exits_2_and_plans_nothing(table, args, words):
    with pytest.raises(CommandError) as caught:
        call_command("ask", table, *args)
    assert caught.value.returncode == 2
    assert all(word in str(caught.value) for word in words)
    assert not Run.objects.exists()


def test_a_baseline_that_knows_two_words_says_so(table):
    with pytest.raises(CommandError, match="culture/preference only"):
        call_command("ask", table, "--endpoint", "baseline:always_culture", "--labels", "a,b")
