"""Prompts out, answers in: through the stub's own model, as files travel, into shards."""

import json

import pytest

from modeling.backends import Decoding
from modeling.models import Run
from modeling.services import chunks, compaction, designs, items, plans, prompt_files, runs
from modeling.services.endpoints import Endpoint, named
from modeling.services.engine import Engine
from modeling.stub import FINGERPRINT, StubOptions
from modeling.stub.answers import Mind
from modeling.stub.batch_work import read_lines, results
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent, State
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

MODEL = "pact-stub-1"
CHAT = "/v1/chat/completions"


@pytest.fixture
def run():
    return make_plan(make_release(1), endpoint=f"files:{MODEL}", chunk_size=40).run


@pytest.fixture
def prompts(run, tmp_path):
    """The exported file."""
    path = tmp_path / "prompts.jsonl"
    prompt_files.export_prompts(run, path)
    return path


def answer(prompts, faults=None, url=CHAT):
    """What a batch makes of a file of prompts, good lines before bad ones."""
    options = StubOptions(faults=faults or {})
    lines, problem = read_lines(prompts.read_bytes(), url)
    assert problem is None
    made = results(lines, Mind(MODEL, 0), options, batch=0, fault=None)
    return [*made.good, *made.bad]


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def answers(prompts, tmp_path):
    return write(tmp_path / "answers.jsonl", answer(prompts))


def state_of(run):
    """Everything that an import could change."""
    run.refresh_from_db()
    kept = ("state", "error", "simulated", "manifest", "started_at", "finished_at")
    found = list(run.chunks.order_by("number").values("state", "shard", "checksum", "attempts"))
    return [getattr(run, name) for name in kept], found, AuditEvent.objects.count()


def refuse(run, path, message, **options):
    """The import is refused with these words, and nothing has changed."""
    before = state_of(run)
    with pytest.raises(BadInput, match=message) as refused:
        prompt_files.import_answers(run, path, **options)
    assert state_of(run) == before
    return refused.value


def assert_each_cell_once(run):
    keys = [row["cell_key"] for row in stored_rows(run)]
    assert len(keys) == len(set(keys)) == run.cells
    assert set(keys) == set(planned_keys(run))


def test_prompts_are_those_of_the_direct_lane(run, prompts):
    lines = [json.loads(line) for line in prompts.read_text().splitlines()]
    assert [line["custom_id"] for line in lines] == planned_keys(run)
    assert {(line["method"], line["url"]) for line in lines} == {("POST", CHAT)}
    body = lines[0]["body"]
    assert body["model"] == MODEL
    assert body["logprobs"] is True
    assert not list(prompts.parent.glob(".*")), "nothing is left beside it"


def test_repeats_have_a_seed_each_and_base_models_plain_text(tmp_path):
    release = make_release(1)
    design = designs.counterparts(items=len(items.items_of(release)), countries=["BR"], samples=2)
    where = Endpoint("base", "files", MODEL, options={"template": "plain"})
    planned = plans.plan_run(
        release=release, design=design, endpoint=where, decoding=Decoding(seed=7)
    )
    path = tmp_path / "prompts.jsonl"
    prompt_files.export_prompts(planned.run, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["body"]["seed"] for line in lines} == {7, 8}
    assert {line["url"] for line in lines} == {"/v1/completions"}
    outcome = prompt_files.import_answers(
        planned.run, write(tmp_path / "answers.jsonl", answer(path, url="/v1/completions"))
    )
    assert (outcome.run.state, outcome.missing) == (Run.State.DONE, 0)


@pytest.mark.parametrize("mode", ["label", "paper"])
def test_answers_come_in_by_key_and_are_those_of_a_run_asked_here(mode, tmp_path):
    release = make_release(1)
    run = make_plan(release, endpoint=f"files:{MODEL}", mode=mode, chunk_size=40).run
    path = tmp_path / "prompts.jsonl"
    number = prompt_files.export_prompts(run, path)
    assert number == run.cells // (2 if mode == "paper" else 1)
    outcome = prompt_files.import_answers(run, write(tmp_path / "answers.jsonl", answer(path)))
    assert (outcome.answered, outcome.missing, outcome.held) == (number, 0, 0)
    assert (run.state, run.simulated) == (Run.State.DONE, True)
    assert_each_cell_once(run)
    assert run.manifest["backend"]["files"][0]["name"] == "answers.jsonl"
    assert run.manifest["backend"]["system_fingerprint"] == FINGERPRINT
    assert run.manifest["counts"]["answered"] == run.cells


def test_the_same_file_again_changes_nothing(run, answers):
    prompt_files.import_answers(run, answers)
    before = state_of(run)
    outcome = prompt_files.import_answers(run, answers)
    assert (outcome.answered, outcome.stored_before) == (0, run.cells)
    assert state_of(run) == before


def test_the_same_file_changes_nothing_after_compaction_and_another_is_still_refused(
    run, prompts, answers, tmp_path
):
    prompt_files.import_answers(run, answers)
    assert run.chunks.count() == 4
    compaction.compact(run)
    assert run.chunks.values("shard").distinct().count() == 1
    before = state_of(run)
    assert prompt_files.import_answers(run, answers).stored_before == run.cells
    assert state_of(run) == before
    assert prompt_files.export_prompts(run, tmp_path / "rest.jsonl") == 0
    refuse(run, write(tmp_path / "b.jsonl", [changed(answer(prompts)[9])]), "stored already")


def test_a_second_file_completes_what_is_missing(run, prompts, tmp_path):
    lines = answer(prompts)
    first = prompt_files.import_answers(run, write(tmp_path / "a.jsonl", lines[:50]))
    assert (first.answered, first.missing) == (50, run.cells - 50)
    assert run.state == Run.State.RUNNING
    assert len(stored_rows(run)) == 50
    rest = tmp_path / "rest.jsonl"
    assert prompt_files.export_prompts(run, rest) == run.cells - 50
    assert prompt_files.export_prompts(run, prompts, everything=True) == run.cells
    second = prompt_files.import_answers(run, write(tmp_path / "b.jsonl", answer(rest)))
    assert (second.answered, second.stored_before, second.missing) == (run.cells - 50, 50, 0)
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)
    assert [file["name"] for file in run.manifest["backend"]["files"]] == ["a.jsonl", "b.jsonl"]


def test_failed_lines_are_counted_by_their_words_and_stay_open(run, prompts, tmp_path):
    faults = {"server_error": 0.2, "content_filter": 0.2}
    outcome = prompt_files.import_answers(
        run, write(tmp_path / "answers.jsonl", answer(prompts, faults))
    )
    assert outcome.missing == outcome.failed.total() > 0
    assert set(outcome.failed) == {"HTTP 500: simulated server_error"}
    assert "refusal" in {row["invalid_reason"] for row in stored_rows(run)}, "a filter's"


def test_output_of_vllm_is_read_its_errors_included(run, prompts, tmp_path):
    lines = answer(prompts)
    for number, line in enumerate(lines):
        line["id"] = f"vllm-{number}"
    error = {"object": "error", "message": "too long", "type": "BadRequestError", "code": 400}
    lines[0] |= {"response": {"status_code": 400, "request_id": "r", "body": None}, "error": error}
    outcome = prompt_files.import_answers(run, write(tmp_path / "answers.jsonl", lines))
    assert dict(outcome.failed) == {"HTTP 400: too long 400": 1}
    assert outcome.answered == run.cells - 1


def test_a_repeated_line_counts_once_and_an_answer_beats_a_failure(run, prompts, tmp_path):
    good = answer(prompts)
    failed = good[0] | {"response": {"status_code": 500, "body": {"error": {"message": "fell"}}}}
    path = write(tmp_path / "answers.jsonl", [failed, *good, good[1], failed])
    outcome = prompt_files.import_answers(run, path)
    assert (outcome.answered, outcome.repeated, outcome.missing) == (run.cells, 3, 0)


def changed(line):
    """The same line with other words in its answer."""
    line = json.loads(json.dumps(line))
    line["response"]["body"]["choices"][0]["message"]["content"] = "something else"
    return line


def test_two_different_answers_to_one_prompt_are_refused(run, prompts, tmp_path):
    lines = answer(prompts)
    path = write(tmp_path / "answers.jsonl", [*lines, changed(lines[4])])
    error = refuse(run, path, "answered twice, and differently: here and in line 5")
    assert (error.row, error.found) == (len(lines) + 1, lines[4]["custom_id"])


def test_an_answer_other_than_the_stored_one_is_refused(run, prompts, answers, tmp_path):
    lines = answer(prompts)
    prompt_files.import_answers(run, write(tmp_path / "a.jsonl", lines[:50]))
    path = write(tmp_path / "b.jsonl", [changed(lines[9]), *lines[60:]])
    assert refuse(run, path, "stored already").row == 1


def test_answers_to_other_prompts_are_refused(run, prompts, tmp_path):
    lines = answer(prompts)
    lines[7] |= {"custom_id": "cell-of-nobody"}
    error = refuse(run, write(tmp_path / "a.jsonl", lines), "1 of 144 lines answer no prompt")
    assert (error.row, error.found) == (8, "cell-of-nobody")


@pytest.mark.parametrize(
    ("content", "message", "row"),
    [
        ("", "holds no answers", None),
        ("\n\n", "holds no answers", None),
        ("<html>Not found</html>\n", "no answer of a batch: not a JSON object", 1),
        ('{"id": 1}\n', "no custom_id", 1),
        ('{"custom_id": "a"}\n', "neither a response nor an error", 1),
        ('{"custom_id": "a", "response": {"body": {}}}\n', "no status_code", 1),
        ("[1]\n", "not a JSON object", 1),
    ],
)
def test_what_is_no_file_of_answers_is_refused_with_its_line(run, tmp_path, content, message, row):
    path = tmp_path / "answers.jsonl"
    path.write_text(content)
    assert refuse(run, path, message).row == row


def test_a_cut_off_line_is_told_from_a_bad_one(run, answers):
    content = answers.read_text()
    answers.write_text(content[:-30])
    error = refuse(run, answers, "cut off")
    assert error.row == run.cells
    answers.write_text(content[:-1])
    assert prompt_files.import_answers(run, answers).answered == run.cells


def test_another_model_is_refused_unless_it_is_named(run, prompts, tmp_path):
    lines = answer(prompts)
    for line in lines:
        line["response"]["body"]["model"] = "somebody-else"
    path = write(tmp_path / "answers.jsonl", lines)
    assert refuse(run, path, "come from another model").found == "somebody-else"
    assert refuse(run, path, "come from another model", model="a-third").expected
    assert prompt_files.import_answers(run, path, model="somebody-else").missing == 0


def test_a_dated_edition_of_the_model_is_the_model(run, prompts, tmp_path):
    lines = answer(prompts)
    for line in lines:
        line["response"]["body"]["model"] = f"{MODEL}-2026-01-31"
    path = write(tmp_path / "answers.jsonl", lines)
    assert prompt_files.import_answers(run, path).missing == 0
    assert run.manifest["backend"]["served_model"] == f"{MODEL}-2026-01-31"


def test_runs_that_are_asked_here_take_no_files(answers):
    other = make_plan(make_release(1, slug="other"), endpoint="baseline:noisy").run
    refuse(other, answers, "asked elsewhere only")


def test_a_file_that_is_not_there(run, tmp_path):
    refuse(run, tmp_path / "nothing.jsonl", "cannot be read")
    with pytest.raises(BadInput, match="cannot be written"):
        prompt_files.export_prompts(run, tmp_path / "no folder" / "prompts.jsonl")


def test_workers_leave_the_run_alone(run):
    runs.start(run=run)
    with Engine() as engine:
        assert engine.step() is False
    assert not chunks.open_chunks()


def test_an_import_cut_short_is_completed_by_the_same_file(run, answers, monkeypatch):
    real, calls = chunks.record, []

    def dies_at_the_third(chunk, outcome):
        calls.append(chunk.number)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(chunk, outcome)

    monkeypatch.setattr(chunks, "record", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        prompt_files.import_answers(run, answers)
    monkeypatch.undo()
    assert len(stored_rows(run)) == 80
    held = prompt_files.import_answers(run, answers)
    assert (held.held, held.run.state) == (1, Run.State.RUNNING)
    run.chunks.filter(state=State.RUNNING).update(lease_expires=run.created_at)
    outcome = prompt_files.import_answers(run, answers)
    assert (outcome.held, outcome.stored_before) == (0, 104)
    assert run.state == Run.State.DONE
    assert_each_cell_once(run)


def test_the_name_of_the_model_stands_behind_the_colon():
    endpoint = named("files:org/model:v1")
    assert (endpoint.kind, endpoint.model, endpoint.label) == ("files",) + ("org/model:v1",) * 2
    with pytest.raises(BadInput, match="files:MODEL"):
        named("files:")
