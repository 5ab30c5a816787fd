"""Construction through the real engine: baselines in the process, the stub over real HTTP."""

import json

import pytest

from annotation.models import Construction, Dataset, ScenarioVersion, SourceRow, Step
from annotation.services import construction as steps
from annotation.vocab.construction import StepName
from modeling.backends import Decoding
from modeling.models import Run
from modeling.services import construction, endpoints, foreground, runs
from modeling.services.endpoints import Endpoint
from modeling.stub import StubOptions, running_stub
from pact_site.base.errors import BadInput
from pact_site.base.models import Job
from tests.annotation.makers import atlas_row, load_rows
from tests.modeling.making import stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 24


def begun(folder, endpoint, **options):
    if not Dataset.objects.exists():
        rows = [atlas_row(Assertion=f"Friends greet in way {n}.") for n in range(ROWS)]
        load_rows(folder, rows, "cultureatlas")
    return steps.begin(
        dataset=Dataset.objects.get(), name="first", endpoint=endpoint.as_json(), **options
    )


def ask(made, step, endpoint, **plan):
    run = construction.plan_step(
        made, StepName(step), endpoint=endpoint, decoding=Decoding(), **plan
    )
    runs.start(run=run)
    foreground.see_through(run, lambda tick: None)
    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.error
    return run


def test_all_steps_make_scenarios_and_say_that_they_are_simulated(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    made = begun(tmp_path, endpoint, simulated=True)
    left = ROWS
    for step in steps.steps_of(made):
        run = ask(made, step, endpoint)
        told = construction.told_by(run)
        assert run.simulated
        assert run.cells == left == told.kept + told.rejected + told.invalid
        left = told.kept
    versions = ScenarioVersion.objects.filter(origin="construction")
    assert versions.count() == left > 0
    for version in versions:
        assert version.is_askable
        assert version.situation.startswith("Simulated")
    assert Step.objects.filter(reason_code="").exclude(verdict="kept").count() == 0


def test_the_raw_reply_is_found_by_run_and_key(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    run = ask(begun(tmp_path, endpoint), "filter", endpoint)
    step = Step.objects.first()
    assert step.run_id == run.public_id
    assert "outcome" in json.loads(construction.raw_reply(run, step.cell_key))
    assert construction.raw_reply(run, "nothing") is None
    assert step.prompt_version == run.manifest["prompts"]["filter"]


def test_a_rerun_of_one_row_is_a_further_attempt(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    made = begun(tmp_path, endpoint)
    ask(made, "filter", endpoint)
    row = SourceRow.objects.first()
    run = ask(made, "filter", endpoint, rows=[row.pk], again=True)
    assert run.cells == 1
    attempts = Step.objects.filter(source_row=row).values_list("attempt", flat=True)
    assert sorted(attempts) == [1, 2]


def test_asking_again_continues_what_was_not_finished_and_then_asks_anew(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    made = begun(tmp_path, endpoint)
    ask(made, "filter", endpoint)
    plan = {"endpoint": endpoint, "decoding": Decoding(), "again": True}
    first = construction.plan_step(made, StepName.FILTER, **plan)
    assert construction.plan_step(made, StepName.FILTER, **plan) == first
    ask(made, "filter", endpoint, again=True)
    assert construction.plan_step(made, StepName.FILTER, **plan) != first
    assert set(Step.objects.values_list("attempt", flat=True)) == {1, 2}


def test_nothing_due_is_no_run(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    made = begun(tmp_path, endpoint)
    plan = {"endpoint": endpoint, "decoding": Decoding()}
    assert construction.plan_step(made, StepName.NORM, **plan) is None
    assert Run.objects.count() == 0


def test_an_unfinished_run_of_the_same_rows_is_continued(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    made = begun(tmp_path, endpoint)
    plan = {"endpoint": endpoint, "decoding": Decoding()}
    first = construction.plan_step(made, StepName.FILTER, then=[StepName.NORM], **plan)
    second = construction.plan_step(made, StepName.FILTER, **plan)
    assert first == second


def test_steps_to_follow_are_planned_by_the_harvest(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    made = begun(tmp_path, endpoint)
    ask(made, "filter", endpoint, then=[StepName.NORM, StepName.PREFERENCE])
    following = Run.objects.get(kind="construct:norm")
    assert following.state == Run.State.RUNNING
    assert following.design["then"] == ["preference"]
    assert Job.objects.get(kind="modeling.harvest").result["next"] == following.public_id


def test_a_changed_prompt_is_another_run(tmp_path):
    endpoint = endpoints.named("baseline:noisy")
    run = construction.plan_step(
        begun(tmp_path, endpoint), StepName.FILTER, endpoint=endpoint, decoding=Decoding()
    )
    run.manifest["prompts"]["filter"] = "0123456789abcdef"
    with pytest.raises(BadInput, match="prompt of step filter has changed"):
        construction.KIND.load(run)


def test_a_baseline_that_cannot_write_fails_with_its_words(tmp_path):
    endpoint = endpoints.named("baseline:always_culture")
    run = construction.plan_step(
        begun(tmp_path, endpoint), StepName.FILTER, endpoint=endpoint, decoding=Decoding()
    )
    runs.start(run=run)
    foreground.see_through(run, lambda tick: None)
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "always_culture" in run.error
    assert Step.objects.count() == 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("slow", None), ("rejects_schema", None), ("think_block", None), ("cut_json", "cut_off"),
     ("refusal", "refusal"), ("reasoning_field", "reasoning_only")],
)  # fmt: skip
def test_replies_over_http_are_kept_or_have_a_reason(tmp_path, fault, reason):
    with running_stub(StubOptions(faults={fault: 1.0}, slow_s=0.0)) as stub:
        endpoint = Endpoint("env", "openai", "pact-stub-1", stub.base_url)
        made = begun(tmp_path, endpoint)
        run = ask(made, "filter", endpoint)
    verdicts = set(Step.objects.values_list("verdict", "reason_code"))
    if reason:
        assert verdicts == {("invalid", reason)}
        assert {row["value"] for row in stored_rows(run)} == {None}
    else:
        assert ("kept", "") in verdicts
        assert not [one for one in verdicts if one[0] == "invalid"]
    assert run.simulated
    assert Construction.objects.get().simulated
