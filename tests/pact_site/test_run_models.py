"""The command from outside: exit codes, last line, what it says of bad input."""

import re

import pytest
from django.core.management import CommandError, call_command

from modeling.backends import absent_kinds
from modeling.models import ModelEndpoint, Run
from modeling.stub import StubOptions, running_stub
from survey.models import Study
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study():
    return Study.objects.create(slug="little-study", name="Little", release=make_release())


def run_models(capsys, *args, **settings):
    call_command("run_models", *args)
    return capsys.readouterr()


def refused(*args):
    with pytest.raises(CommandError) as caught:
        call_command("run_models", *args)
    assert caught.value.returncode == 2
    return str(caught.value)


NOISY = ("--study", "little-study", "--endpoint", "baseline:noisy")


def test_it_runs_to_the_end_and_its_last_line_names_the_run(study, capsys):
    said = run_models(capsys, *NOISY)
    run = Run.objects.get()
    assert said.out.splitlines()[-1] == f"run: {run.public_id}"
    assert (run.state, run.study_slug, run.label) == ("done", "little-study", "Noisy respondent 0")
    keys = [row["cell_key"] for row in stored_rows(run)]
    # 12 items x (1 + 5 countries x 4) x 2 frames x 2 orders
    assert len(keys) == len(set(keys)) == 12 * 21 * 4
    assert sorted(keys) == sorted(planned_keys(run))
    assert f"{run.cells}/{run.cells}" in said.err, "a progress bar reaches the end"
    assert re.search(r"\d+ invalid.*tokens", said.err)


def test_the_personas_are_the_studys_own_countries(study, capsys):
    study.instruments.create(number=1, definition={"countries": ["NA", "KE"]}, content_hash="x")
    run_models(capsys, *NOISY)
    assert {row["persona_country"] for row in stored_rows(Run.objects.get())} == {"", "NA", "KE"}


def test_the_same_arguments_find_the_finished_run_and_new_makes_another(study, capsys):
    run_models(capsys, *NOISY)
    again = run_models(capsys, *NOISY)
    assert Run.objects.count() == 1
    assert "done already" in again.err
    assert re.fullmatch(r"run: \w+", again.out.splitlines()[-1])
    run_models(capsys, *NOISY, "--new")
    assert set(Run.objects.values_list("label", flat=True)) == {
        "Noisy respondent 0", "Noisy respondent 0 #2",
    }  # fmt: skip


@pytest.mark.skipif(not absent_kinds(), reason="every package is installed here")
def test_a_model_of_another_environment_is_queued_or_refused_with_the_way_there(study, capsys):
    ModelEndpoint.objects.create(name="gpu", kind="vllm", model="some/model")
    ask = ("--study", "little-study", "--endpoint", "gpu", "--limit", "5")
    assert re.search(r"requirements-vllm.*--queue.*run-vllm\.md", refused(*ask))
    assert Run.objects.get().state == "planned"
    run_models(capsys, *ask, "--queue")
    assert Run.objects.get().state == "running"


def test_other_arguments_make_another_run(study, capsys):
    run_models(capsys, *NOISY, "--personas", "no_persona")
    run_models(capsys, *NOISY, "--personas", "no_persona", "--seed", "7")
    assert Run.objects.count() == 2


def test_subsets_and_limit(study, capsys):
    subset = ("--personas", "no_persona,BR:older_male", "--frames", "norm", "--orders",
              "culture_first", "--styles", "minimal_direct,survey_form", "--samples", "2")  # fmt: skip
    run_models(capsys, *NOISY, *subset)
    assert Run.objects.get().cells == 12 * 2 * 1 * 1 * 2 * 2
    run_models(capsys, *NOISY, *subset, "--limit", "7")
    assert Run.objects.first().cells == 7


def test_queue_only_plans_and_the_worker_does_the_rest(study, capsys):
    said = run_models(capsys, *NOISY, "--queue")
    run = Run.objects.get()
    assert said.out.splitlines()[-1] == f"run: {run.public_id}"
    assert run.state == "running"
    assert not run.chunks.exclude(state="queued").exists()


def test_a_dataset_is_asked_about_its_newest_release(capsys):
    make_release(1)
    run_models(capsys, "--dataset", "little", "--endpoint", "baseline:uniform")
    run = Run.objects.get()
    assert (run.study_slug, run.cells) == ("", 4 * 21 * 4)


def test_the_benchmark_of_a_dataset_in_part(capsys):
    make_release(2)
    little = ("--dataset", "little", "--endpoint", "baseline:noisy", "--design", "benchmark")
    part = ("--relations", "close,far", "--roles", "C1,C3", "--conditions", "gender_only,no_demo")
    run_models(capsys, *little, *part, "--balance", "balance", "--stage", "base", "--family", "F")
    run = Run.objects.get()
    assert (run.kind, run.cells, run.simulated) == ("benchmark", 2 * 2 * (4 + 1) * 2, True)
    rows = stored_rows(run)
    assert {row["relation"] for row in rows} == {"close", "far"}
    assert {row["role"] for row in rows} == {"actor_pref_only", "both_prefs"}
    assert {(row["stage"], row["family"], row["balance"]) for row in rows} == {
        ("base", "F", "balance")
    }
    said = run_models(capsys, *little, *part, "--balance", "balance", "--stage", "base", "--family",
                      "F")  # fmt: skip
    assert "done already" in said.err


def test_counterparts_with_a_sample_of_reasons(study, capsys):
    run_models(capsys, *NOISY, "--personas", "none", "--rationale-share", "0.5")
    rows = stored_rows(Run.objects.get())
    assert len(rows) == 48
    assert 0 < sum(row["rationale"] is not None for row in rows) < 48
    run_models(capsys, *NOISY, "--personas", "none", "--rationale")
    assert all(row["rationale"] for row in stored_rows(Run.objects.first()))
    assert Run.objects.count() == 2


def test_missing_action_texts_are_named_before_anything_is_planned(capsys):
    Study.objects.create(slug="bare", name="Bare", release=make_release(actions=False))
    message = refused("--study", "bare", "--endpoint", "baseline:noisy")
    assert "3 of 3 scenarios" in message
    assert "little-000" in message
    assert "culture_following" in message
    assert Run.objects.count() == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--study", "nowhere", "--endpoint", "env"), ["no such study", "nowhere"]),
        (("--dataset", "nowhere", "--endpoint", "env"), ["no such dataset", "nowhere"]),
        ((*NOISY[:3], "gpt-9"), ["Unknown endpoint", "gpt-9", "baseline:uniform", "env"]),
        ((*NOISY[:3], "baseline:human"), ["Unknown endpoint", "baseline:human"]),
        ((*NOISY, "--styles", "fancy"), ["--styles", "fancy", "survey_form"]),
        ((*NOISY, "--personas", "Atlantis"), ["--personas", "Atlantis"]),
        ((*NOISY, "--samples", "0"), ["--samples"]),
        ((*NOISY, "--limit", "-1"), ["--limit"]),
        ((*NOISY, "--chunk-size", "0"), ["--chunk-size"]),
        ((*NOISY, "--temperature", "9"), ["--temperature"]),
        ((*NOISY, "--mode", "paper", "--frames", "norm"), ["both frames"]),
        ((*NOISY, "--mode", "paper", "--rationale"), ["--rationale", "one letter"]),
        ((*NOISY, "--rationale-share", "2"), ["--rationale-share", "0 to 1"]),
        ((*NOISY, "--roles", "C1"), ["--roles belongs to --design benchmark"]),
        ((*NOISY, "--draw-seed", "0"), ["--draw-seed belongs to --design benchmark"]),
        ((*NOISY, "--design", "benchmark", "--frames", "norm"), ["--frames belongs to --design"]),
        ((*NOISY, "--design", "benchmark", "--roles", "C9"), ["--roles", "C9"]),
        ((*NOISY, "--design", "benchmark", "--stage", "raw"), ["--stage", "instruct"]),
        ((*NOISY, "--design", "benchmark", "--scheme", "flat"), ["flat", "geo-v1"]),
    ],
)
def test_bad_input_is_exit_2_with_one_clear_message(study, args, words):
    message = refused(*args)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert Run.objects.count() == 0


def test_the_environments_endpoint_must_be_complete_and_hold_no_secret(study, settings):
    ask = ("--study", "little-study", "--endpoint", "env")
    settings.PACT_BASE_URL, settings.PACT_MODEL = "", ""
    assert "PACT_BASE_URL and PACT_MODEL" in refused(*ask)
    settings.PACT_MODEL = "m"
    for bad in ("ftp://x/v1", "nonsense"):
        settings.PACT_BASE_URL = bad
        assert "no web address" in refused(*ask)
    settings.PACT_BASE_URL = "https://me:sekret@host/v1"
    message = refused(*ask)
    assert "OPENAI_API_KEY" in message
    assert "sekret" not in message
    settings.PACT_BASE_URL, settings.PACT_ENDPOINT_KIND = "http://127.0.0.1:1/v1", "telepathy"
    assert "Expected: openai, lean" in refused(*ask)


@pytest.mark.parametrize("kind", ["openai", "lean"])
def test_a_real_server_is_asked_over_http(study, settings, capsys, kind):
    settings.PACT_ENDPOINT_KIND = kind
    with running_stub(StubOptions(faults={"refusal": 0.1})) as stub:
        settings.PACT_BASE_URL, settings.PACT_MODEL = stub.base_url, "pact-stub-1"
        said = run_models(capsys, "--study", "little-study", "--endpoint", "env",
                          "--personas", "no_persona", "--skip-preflight")  # fmt: skip
        assert stub.stats()["answers"] == 48
    run = Run.objects.get()
    assert (run.state, run.label, run.simulated, run.cells) == ("done", "pact-stub-1", True, 48)
    assert run.endpoint["kind"] == run.manifest["backend"]["kind"] == kind
    assert re.search(r"48 of 48 cells answered, \d+ valid, [1-9]\d* invalid, 0 failed", said.err)


def test_a_refusing_server_is_exit_1_with_its_words_and_the_runs_id(study, settings, capsys):
    with running_stub(StubOptions(faults={"unauthorized": 1.0})) as stub:
        settings.PACT_BASE_URL, settings.PACT_MODEL = stub.base_url, "pact-stub-1"
        with pytest.raises(CommandError) as caught:
            call_command("run_models", "--study", "little-study", "--endpoint", "env",
                         "--chunk-size", "20", "--skip-preflight")  # fmt: skip
    assert caught.value.returncode == 1
    assert "401" in str(caught.value) or "key" in str(caught.value).lower()
    assert "same command continues" in str(caught.value)
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"run: {Run.objects.get().public_id}"


def test_labels_that_only_begin_alike_do_not_clash(study):
    one = make_plan(study.release).run
    two = make_plan(study.release, new=True).run
    Run.objects.filter(pk=one.pk).update(label="Noisy respondent 0-other")
    three = make_plan(study.release, new=True).run
    assert (two.label, three.label) == ("Noisy respondent 0 #2", "Noisy respondent 0")


def test_a_budget_where_no_price_is_known_is_refused_and_nothing_is_planned(study, settings):
    settings.PACT_BASE_URL, settings.PACT_MODEL = "http://127.0.0.1:1/v1", "m"
    assert "prices" in refused("--study", "little-study", "--endpoint", "env", "--budget", "5.00")
    assert not Run.objects.exists()


@pytest.mark.parametrize("amount", ["0", "-1", "100000000"])
def test_a_budget_out_of_range_is_refused(study, amount):
    assert "out of range" in refused(*NOISY, f"--budget={amount}")
    assert not Run.objects.exists()


def test_retry_failed_asks_what_failed_and_says_how_it_went(study, capsys):
    run_models(capsys, *NOISY, "--limit", "40", "--chunk-size", "10")
    run = Run.objects.get()
    run.chunks.filter(number__gt=1).update(state="failed", shard="", rows=0)
    Run.objects.update(state="failed")
    call_command("retry_failed", run.public_id)
    said = capsys.readouterr()
    assert "2 failed chunks" in said.err
    assert "40 of 40 cells answered" in said.err
    assert said.out.splitlines()[-1] == f"run: {run.public_id}"
    with pytest.raises(CommandError, match="no such run") as caught:
        call_command("retry_failed", "nobody")
    assert caught.value.returncode == 2


def test_a_preflight_comes_first_and_its_table_can_be_read(study, settings, capsys):
    with running_stub() as stub:
        settings.PACT_BASE_URL, settings.PACT_MODEL = stub.base_url, "pact-stub-1"
        said = run_models(capsys, "--study", "little-study", "--endpoint", "env", "--limit", "8")
        again = run_models(capsys, "--study", "little-study", "--endpoint", "env", "--limit", "12")
        assert stub.stats()["answers"] == 10 + 12, "continuing a run asks for no second preflight"
    assert f"Preflight of pact-stub-1 at {stub.base_url}: passed" in said.err
    assert re.search(r"^  ok +logprobs +Finite log-probabilities came", said.err, re.M)
    assert re.search(r"^  warning  simulated .*\n +To do: ", said.err, re.M)
    assert re.search(r"Estimated: 8 cells in 8 prompts; about \d[\d,]* tokens sent", said.err)
    assert "Preflight" not in again.err
    assert Run.objects.get().preflight["passed"]


def test_a_failed_preflight_asks_nothing_until_it_is_skipped(study, settings, capsys):
    ask = ("run_models", "--study", "little-study", "--endpoint", "env", "--limit", "8")
    with running_stub(StubOptions(faults={"missing_logprobs": 1.0})) as stub:
        settings.PACT_BASE_URL, settings.PACT_MODEL = stub.base_url, "pact-stub-1"
        with pytest.raises(CommandError, match="--skip-preflight starts all the same") as caught:
            call_command(*ask)
        assert caught.value.returncode == 1
        said = capsys.readouterr()
        run = Run.objects.get()
        assert said.out.splitlines()[-1] == f"run: {run.public_id}"
        assert "FAILED   logprobs" in said.err
        assert (run.state, run.chunks.exclude(shard="").count()) == ("planned", 0)
        call_command(*ask, "--skip-preflight")
    run.refresh_from_db()
    assert run.state == "done"
    assert run.manifest["preflight"]["overridden_by"]["failed"] == ["logprobs"]


def test_a_dry_run_says_what_it_would_take_and_stores_nothing(study, capsys):
    said = run_models(capsys, *NOISY, "--dry-run")
    assert said.out.startswith("Noisy respondent 0: 1,008 cells in 1,008 prompts; roughly ")
    assert "no cost" in said.out
    assert not Run.objects.exists()
    paper = run_models(capsys, *NOISY, "--mode", "paper", "--dry-run")
    assert "1,008 cells in 504 prompts" in paper.out
    assert "--styles" in refused(*NOISY, "--styles", "fancy", "--dry-run")
