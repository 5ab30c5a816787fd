"""Preflights against the real stub over HTTP: each thing that can be wrong ends in one clear sentence."""

import json
import socket
from contextlib import contextmanager

import pytest

from modeling.backends import Decoding
from modeling.models import Run
from modeling.services import endpoint_rows, preflight, runs
from modeling.services.endpoints import Endpoint, named
from modeling.stub import StubOptions, running_stub
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.modeling.making import make_plan, make_release

SECRET = "sk-a-secret-that-must-stay-here"


@contextmanager
def serving(faults=(), **options):
    """A stub with one certain fault, and the endpoint that leads to it."""
    wrong = StubOptions(faults=dict.fromkeys([faults] if faults else [], 1.0))
    with running_stub(wrong) as stub:
        yield Endpoint("env", "openai", "pact-stub-1", stub.base_url, options)


def look(fault="", model="pact-stub-1", decoding=None, **options):
    with serving(fault, **options) as endpoint:
        found = Endpoint("env", endpoint.kind, model, endpoint.base_url, endpoint.options)
        return preflight.of_endpoint(found, decoding)


def named_checks(result):
    """Checks by name; the last of a name, which is the worst where there are two."""
    return {one["name"]: one for one in result["checks"]}


def failed(result):
    assert result["passed"] == (not preflight.failed_names(result))
    return set(preflight.failed_names(result))


def warned(result):
    return {c["name"] for c in result["checks"] if c["severity"] == "warning"}


def test_a_server_that_does_everything_right_passes_every_check():
    result = look(constrain=True)
    assert failed(result) == set()
    assert warned(result) == {"simulated"}, "nothing but that the stub says what it is"
    names = ["model", "version", "template", "answers", "logprobs", "labels", "constraint",
             "thinking", "order"]  # fmt: skip
    assert set(names) <= set(named_checks(result))
    assert result["asked"] == 10
    assert result["prompt_tokens"] > 0 < result["characters"]
    assert result["latency_s"] > 0


@pytest.mark.parametrize(
    ("fault", "check", "words", "advice"),
    [
        ("unauthorized", "key", "401", "environment variable"),
        ("no_template", "template", "no chat template", "template to plain"),
        ("missing_logprobs", "logprobs", "10 of 10 answers came without", "several samples"),
        ("rejects_logprobs", "logprobs", "You are not allowed to request logprobs", "samples"),
        ("wrong_logprobs", "logprobs", "log-probabilities that are none, such as 0.5", "trusted"),
        ("reasoning_field", "thinking", "A has its merits", "enable_thinking"),
        ("think_block", "thinking", "A has its merits", "enable_thinking"),
        ("garbage", "answers", "Bad gateway", "own words"),
        ("cut_json", "answers", "cut_off", "instructions"),
        ("refusal", "answers", "I'm sorry", "instructions"),
        ("ignored_constraint", "answers", "something to be said", "instructions"),
        ("bad_request", "template", "context length", "too long"),
        ("server_error", "answers", "fell over", "server"),
    ],
)
def test_what_is_wrong_is_said_in_the_servers_words_with_what_to_do(
    fault, check, words, advice, settings
):
    settings.OPENAI_API_KEY = SECRET
    result = look(fault)
    found = named_checks(result)[check]
    assert check in failed(result)
    assert words in found["words"]
    assert advice in found["advice"]
    assert SECRET not in json.dumps(result)


@pytest.mark.parametrize(
    "options",
    [{"constrain": True}, {"extra_body": {"guided_choice": ["A", "B"]}}],
    ids=["structured_outputs", "the guided_ fields of old"],
)
def test_a_constraint_that_is_ignored_with_status_200_is_found_by_the_reply(options):
    result = look("ignored_constraint" if "constrain" in options else "", **options)
    found = named_checks(result)["constraint"]
    assert "constraint" in failed(result)
    assert "took it with status 200, and wrote" in found["words"]
    assert "structured_outputs" in found["advice"]


@pytest.mark.parametrize(
    "fault",
    ["missing_logprobs", "think_block", "reasoning_field", "refusal", "cut_json", "garbage",
     "server_error", "leading_space", "rate_limit"],
)  # fmt: skip
def test_what_befalls_some_answers_is_a_warning_and_holds_nothing_back(fault):
    """A run lives with it: it stores such answers as invalid, or asks again."""
    with running_stub(StubOptions(faults={fault: 0.3}, retry_after_s=0.05, seed=3)) as stub:
        result = preflight.of_endpoint(Endpoint("env", "lean", "pact-stub-1", stub.base_url))
        assert stub.stats()["faults"][fault] > 0
    assert failed(result) == set()


def test_an_engine_that_is_not_installed_here_is_a_warning():
    """Runs on it are planned here and asked by workers elsewhere."""
    result = preflight.of_endpoint(Endpoint("gpu", "vllm", "/models/none"))
    assert (failed(result), warned(result)) == (set(), {"server"})
    assert "'vllm'" in named_checks(result)["server"]["words"]


def test_a_base_model_passes_by_plain_completion():
    result = look("no_template", template="plain")
    assert failed(result) == set()
    assert "plain completion" in named_checks(result)["template"]["words"]


def test_a_model_that_follows_the_place_and_not_the_option_is_a_warning():
    result = look("first_option")
    assert "order" in warned(result)
    assert "0 of 5 items kept their answer" in named_checks(result)["order"]["words"]


@pytest.mark.parametrize("kind", ["openai", "lean", "openai_batch"])
def test_every_kind_of_server_is_tried_by_single_requests(kind):
    with serving() as endpoint:
        result = preflight.of_endpoint(Endpoint("one", kind, "pact-stub-1", endpoint.base_url))
    assert failed(result) == set()
    assert result["asked"] == 10


def test_an_unknown_model_is_named_beside_those_there_are():
    result = look(model="gpt-9")
    assert {"model"} <= failed(result)
    words = " ".join(one["words"] for one in result["checks"])
    assert "no model 'gpt-9'; it lists: pact-stub-1" in words


def test_a_server_that_is_not_there_and_one_that_is_no_model_server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    result = preflight.of_endpoint(Endpoint("env", "openai", "m", url))
    assert failed(result) == {"server"}
    assert "No connection" in named_checks(result)["server"]["words"]
    with serving() as endpoint:
        wrong = endpoint.base_url.replace("/v1", "/health/nothing")
        result = preflight.of_endpoint(Endpoint("env", "openai", "m", wrong))
    assert failed(result) == {"model"}
    assert "HTTP 404" in named_checks(result)["model"]["words"]


def test_settings_that_no_backend_takes_are_a_failed_check_and_no_crash():
    result = look(template="round")
    assert failed(result) == {"answers"}
    assert "Unknown template 'round'" in json.dumps(result)


def test_baselines_and_files_need_none():
    assert not preflight.needed(named("baseline:noisy"))
    assert preflight.needed(Endpoint("x", "lean", "m", "http://127.0.0.1:1/v1"))


@pytest.mark.django_db
class TestOfRuns:
    """What a run keeps of its preflight, and what it takes to start without a good one."""

    @pytest.mark.parametrize("mode", ["label", "paper"])
    def test_the_runs_own_prompts_are_asked(self, mode):
        with serving() as endpoint:
            run = make_plan(make_release(), endpoint=endpoint, mode=mode).run
            result = preflight.of_run(run)
        assert failed(result) == set()
        assert ("order" in named_checks(result)) == (mode == "label")
        run.refresh_from_db()
        assert run.preflight == result
        assert run.manifest["preflight"]["passed"]
        assert AuditEvent.objects.get(verb="run.preflight").detail["failed"] == []

    def test_probes_are_pairs_of_the_same_question_and_the_same_each_time(self):
        from modeling.services import questions

        asked = questions.of(make_plan(make_release(), orders=["culture_first"]).run)
        probes = preflight.probes_of(asked)
        assert [p.prompt for p in probes] == [p.prompt for p in preflight.probes_of(asked)]
        assert len({p.prompt.key for p in probes}) == 10
        for one, other in zip(probes[::2], probes[1::2], strict=True):
            assert one.pair == other.pair
            assert [x.code for x in one.prompt.labels] == [x.code for x in other.prompt.labels][
                ::-1
            ]
            assert one.prompt.meta["item"] == other.prompt.meta["item"]

    def test_a_failed_preflight_holds_the_run_back_until_somebody_overrides_it(self, researcher):
        with serving("missing_logprobs") as endpoint:
            run = make_plan(make_release(1), endpoint=endpoint).run
            preflight.of_run(run)
        with pytest.raises(BadInput, match="logprobs"):
            runs.start(run=run)
        assert Run.objects.get().state == Run.State.PLANNED
        preflight.override(run, actor=researcher)
        assert runs.start(run=run)
        run.refresh_from_db()
        kept = run.manifest["preflight"]["overridden_by"]
        assert (kept["who"], kept["failed"]) == ("rita", ["logprobs"])
        assert kept["at"]
        event = AuditEvent.objects.get(verb="run.preflight_overridden")
        assert (event.actor, event.detail["failed"]) == (researcher, ["logprobs"])

    def test_leaving_the_preflight_out_is_recorded_too(self):
        run = make_plan(make_release(1), endpoint=Endpoint("env", "openai", "m", "http://h/v1")).run
        preflight.override(run)
        assert runs.start(run=run)
        kept = Run.objects.get().manifest["preflight"]
        assert kept["checks"] == []
        assert kept["overridden_by"]["who"] == "the command line"

    def test_a_new_preflight_that_passes_needs_no_override(self):
        with serving("missing_logprobs") as endpoint:
            run = make_plan(make_release(1), endpoint=endpoint).run
            preflight.of_run(run)
        with serving() as other:
            run.endpoint = endpoint.as_json() | {"base_url": other.base_url}
            run.save()
            preflight.of_run(run)
        assert not preflight.holds_back(run)

    def test_a_benchmarks_prompts_are_tried_with_and_without_reasons(self):
        from pact_site.services.proposals import benchmark_proposal

        make_release()
        with serving() as endpoint:
            row = endpoint_rows.add(name="stub", kind="lean", model="pact-stub-1",
                                    base_url=endpoint.base_url)  # fmt: skip
            run = (
                benchmark_proposal(
                    endpoint=row.name, decoding=Decoding(), dataset="little", rationale_share=0.5
                )
                .plan()
                .run
            )
            result = preflight.of_run(run)
        assert failed(result) == set()
        assert {"logprobs", "answers"} <= set(named_checks(result))

    def test_a_judges_prompts_are_tried_by_their_schema(self):
        from annotation.services import judging
        from modeling.services.judging import plan_judge
        from tests.annotation.validating import make_scenarios

        make_scenarios(4)
        with serving() as endpoint:
            planned = plan_judge(
                subject=judging.of_dataset("norms"), endpoint=endpoint, decoding=Decoding()
            )
            result = preflight.of_run(planned.run)
        assert failed(result) == set()
        assert "logprobs" not in named_checks(result)
