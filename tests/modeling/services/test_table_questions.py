"""Questions of a table: any label set, free text, frozen inputs."""

import json
import math
from datetime import timedelta

import pytest

from modeling import shards
from modeling.backends import Decoding, Reply
from modeling.models import Run
from modeling.schemas import QUESTION_SCHEMA
from modeling.services import answers, foreground, questions, runs, sweeping
from modeling.services.endpoints import Endpoint, named
from modeling.services.question_tables import read_questions
from modeling.services.table_questions import QuestionDesign, design_questions, plan_questions
from modeling.stub import StubOptions, running_stub
from pact_site.base.errors import BadInput
from tests.modeling.making import stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

SCALE = ["disagree", "neutral", "agree"]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "statements.csv"
    path.write_text(
        "id,prompt,system,labels\n"
        's1,"Guests should bring a gift.\nNamibia, 2026.",You fill in a survey.,\n'
        's2,One may come late.,,"no|I could not say|yes"\n'
        "s3,Elders eat first.,,\n",
        encoding="utf-8",
    )
    return path


def make_run(table, *, endpoint="baseline:noisy", **design):
    where = named(endpoint) if isinstance(endpoint, str) else endpoint
    made = design_questions(table, **{"labels": SCALE, **design})
    return plan_questions(design=made, endpoint=where, decoding=Decoding()).run


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def prompts(run):
    return [one.prompt for one in questions.of(run).asked(0, run.cells)]


def test_options_stand_below_the_askers_own_words(table):
    first, second, _third = prompts(make_run(table))
    assert [message["content"] for message in first.messages] == [
        "You fill in a survey.",
        "Guests should bring a gift.\nNamibia, 2026.\nChoose one answer:\nA) disagree\nB) neutral\n"
        "C) agree\nAnswer with the letter alone: A, B or C.",
    ]
    assert [label.text for label in second.labels] == ["no", "I could not say", "yes"]
    assert [label.code for label in second.labels] == SCALE
    assert len(second.messages) == 1


def test_a_scale_can_be_shown_from_either_end(table):
    run = make_run(table, orders=["all"], samples=2)
    assert run.cells == 3 * 2 * 2
    given, _, turned, _ = prompts(run)[:4]
    assert [label.code for label in given.labels] == SCALE
    assert [label.code for label in turned.labels] == SCALE[::-1]
    assert [label.letter for label in turned.labels] == ["A", "B", "C"]
    assert len({prompt.key for prompt in prompts(run)}) == run.cells


def test_all_labels_probabilities_are_kept(table):
    with running_stub() as stub:
        where = Endpoint("env", "openai", StubOptions().model, stub.base_url)
        run = ask(make_run(table, endpoint=where, orders=["all"]))
    assert run.state == Run.State.DONE, run.error
    rows = stored_rows(run)
    assert len(rows) == 6
    for row in rows:
        shares = json.loads(row["shares"])
        assert list(shares) == SCALE, "in the design's order, whatever order was shown"
        assert sum(shares.values()) == pytest.approx(1.0)
        assert row["choice"] == max(shares, key=shares.get) == row["written"]
        assert row["q"] == shares["disagree"]
        assert 0 < row["invalid_mass"] < 0.1
    frame = answers.scan([run.pk]).collect()
    assert frame.columns == QUESTION_SCHEMA.names


def test_two_labels_are_told_by_one_probability(table):
    table.write_text("id,prompt\ns1,May one come late?\n")
    run = ask(make_run(table, labels=["no", "yes"]))
    (row,) = stored_rows(run)
    assert row["shares"] is None
    assert row["choice"] == ("no" if row["q"] > 0.5 else "yes")
    assert run.simulated


def test_free_text_is_kept_as_it_came_and_no_text_is_invalid(table):
    with running_stub() as stub:
        where = Endpoint("env", "openai", StubOptions().model, stub.base_url)
        table.write_text("id,prompt\ns1,Tell us about gifts.\n")
        run = ask(make_run(table, labels=[], endpoint=where))
    (row,) = stored_rows(run)
    assert row["text"].startswith("Simulated text")
    assert (row["choice"], row["q"], row["invalid_reason"]) == (None, None, "")
    assert run.design["scale"] == "text"
    found = questions.of(run)
    (asked,) = found.asked(0, 1)
    assert found.rows(asked, Reply("k", ""))[0]["invalid_reason"] == "empty"


def test_reasons_come_with_any_label_set(table):
    run = ask(make_run(table, rationale_share=1.0))
    assert all(row["rationale"] for row in stored_rows(run))
    assert set(run.manifest["prompts"]) == {"rationale"}


def test_a_tie_is_no_choice_of_the_asker(table):
    found = questions.of(make_run(table))
    (asked,) = found.asked(0, 1)
    logprobs = {"A": math.log(0.3), "B": math.log(0.3), "C": math.log(0.2)}
    (row,) = found.rows(asked, Reply("k", "A", logprobs))
    assert (row["choice"], row["q"]) == ("tie", pytest.approx(0.375))


def test_every_letter_is_read_back_and_i_is_none_of_them(table):
    many = [f"label {number}" for number in range(20)]
    table.write_text("id,prompt\ns1,Which?\n")
    found = questions.of(make_run(table, labels=many))
    (asked,) = found.asked(0, 1)
    assert "I" not in [label.letter for label in asked.prompt.labels]
    for label in asked.prompt.labels:
        (row,) = found.rows(asked, Reply("k", label.letter))
        assert row["choice"] == label.code
    assert found.rows(asked, Reply("k", "I think so."))[0]["choice"] is None


def test_the_table_is_frozen_once_and_a_changed_file_is_another_plan(table):
    first, again = make_run(table), make_run(table)
    assert first.pk == again.pk
    key = first.design["inputs"]["key"]
    assert sweeping.sweep(older_than=timedelta(0)).removed == ()
    before = prompts(first)
    table.write_text(table.read_text().replace("late", "early"))
    second = make_run(table)
    assert second.pk != first.pk
    assert second.design["inputs"]["key"] != key
    assert prompts(first) == before, "what was planned is asked, whatever became of the file"
    first.delete()
    assert sweeping.sweep(older_than=timedelta(0)).removed == (key,)


def test_questions_that_are_gone_or_changed_fail_the_run_with_words(table):
    run = make_run(table)
    key = run.design["inputs"]["key"]
    rows = shards.read(key)
    shards.remove(key)
    with pytest.raises(BadInput, match="cannot be read"):
        questions.of(run)
    shards.write(key, rows.slice(1))
    with pytest.raises(BadInput, match="not what they were"):
        questions.of(run)
    run = ask(run)
    assert (run.state, "not what they were" in run.error) == (Run.State.FAILED, True)


def test_json_lines_say_the_same_as_a_csv(table, tmp_path):
    lines = tmp_path / "statements.jsonl"
    lines.write_text(
        '{"id": "s1", "user": "Guests should bring a gift.\\nNamibia, 2026.", '
        '"system": "You fill in a survey."}\n\n'
        '{"id": "s2", "prompt": "One may come late.", "labels": ["no", "I could not say", "yes"]}\n'
        '{"id": "s3", "question": "Elders eat first.", "labels": null}\n',
        encoding="utf-8",
    )
    assert read_questions(lines, SCALE) == read_questions(table, SCALE)


def test_a_design_comes_back_from_the_database_as_it_was(table):
    run = make_run(table, orders=["all"], rationale_share=0.5, limit=3)
    design = QuestionDesign.from_json(Run.objects.get().design)
    assert design.as_json() == run.design
    assert (design.cells, design.labels, design.orders) == (3, tuple(SCALE), ("given", "reversed"))


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("t.csv", "id,prompt\ns1,A?\ns1,B?\n", ("t.csv", 3, "id")),
        ("t.csv", "id,prompt\n,A?\n", ("t.csv", 2, "id")),
        ("t.csv", "id,prompt\ns1,\n", ("t.csv", 2, "prompt")),
        ("t.csv", "id,text\ns1,A?\n", ("t.csv", 1, "prompt")),
        ("t.csv", "id,prompt,labels\ns1,A?,yes|no\n", ("t.csv", 2, "labels")),
        ("t.csv", "id,prompt,labels\ns1,A?,no|No |yes\n", ("t.csv", 2, "labels")),
        ("t.csv", "id,prompt,labels\ns1,A?,[1\n", ("t.csv", 2, "labels")),
        ("t.jsonl", '{"id": "s1", "prompt": "A?"}\n[1]\n', ("t.jsonl", 2, None)),
        (
            "t.jsonl",
            '{"id": "s1", "prompt": "A?", "labels": [1, 2, 3]}\n',
            ("t.jsonl", 1, "labels"),
        ),
        ("t.jsonl", "", ("t.jsonl", None, None)),
    ],
)
def test_bad_tables_are_named_by_row_and_column_and_freeze_nothing(tmp_path, name, content, place):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(BadInput) as caught:
        design_questions(path, labels=SCALE)
    assert (caught.value.file, caught.value.row, caught.value.column) == place
    assert not list(shards.stored())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"labels": ["yes"]}, "too few or too many"),
        ({"labels": [str(n) for n in range(21)]}, "too few or too many"),
        ({"labels": ["yes", "Yes"]}, "told apart"),
        ({"labels": ["tie", "yes"]}, "told apart"),
        ({"labels": [], "ordinal": True}, "need labels"),
        ({"labels": [], "rationale_share": 1.0}, "need labels"),
        ({"orders": ["shuffled"]}, "--orders .*given, reversed"),
        ({"samples": 0}, "--samples"),
        ({"limit": 0}, "--limit"),
        ({"max_tokens": 0}, "--max-tokens"),
    ],
)
def test_bad_options_name_themselves(table, wrong, words):
    with pytest.raises(BadInput, match=words):
        make_run(table, **wrong)
