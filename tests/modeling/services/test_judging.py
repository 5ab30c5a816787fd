"""Judges end to end: planned, asked over real HTTP and by baselines, faults included, harvested once."""

from collections import Counter

import pytest

from annotation.models import Judge, ScenarioVersion, Verdict
from annotation.services import judging as verdicts
from annotation.services.validation.presets import PAPER
from modeling.backends import Decoding, Reply
from modeling.models import Run
from modeling.services import chunks, endpoints, foreground, harvesting, questions, runs
from modeling.services.endpoints import Endpoint
from modeling.services.invalid import InvalidAnswers
from modeling.services.judging import plan_judge
from modeling.stub import StubOptions, running_stub
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent, Job, State
from tests.annotation.validating import make_scenarios, make_validation
from tests.modeling.making import make_plan, make_release, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

CODES = [criterion.code for criterion in PAPER.criteria]
NOISY = "baseline:noisy"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(chunks, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(foreground, "LOOK_EVERY_S", 0.1)


@pytest.fixture
def norms():
    return make_scenarios(12)


def env(url):
    quick = {"max_tries": 6, "backoff_s": 0.01, "timeout_s": 2.0}
    return Endpoint("env", "openai", "pact-stub-1", url, quick)


def plan(subject=None, *, endpoint=NOISY, temperature=0.0, seed=None, **options):
    where = endpoints.named(endpoint, seed=seed) if isinstance(endpoint, str) else endpoint
    return plan_judge(
        subject=subject or verdicts.of_dataset("norms"),
        endpoint=where,
        decoding=Decoding(temperature=temperature, seed=seed),
        **options,
    )


def ask(planned):
    runs.start(run=planned.run)
    return foreground.see_through(planned.run, lambda tick: None)


def planned_keys(run):
    """The keys of all cells, counted independently of any chunk."""
    found = questions.of(run)
    return [key for asked in found.asked(0, found.cells) for key in asked.cells]


def assert_each_cell_and_verdict_once(planned):
    keys = [row["cell_key"] for row in stored_rows(planned.run)]
    assert len(keys) == len(set(keys)) == planned.run.cells
    assert sorted(keys) == sorted(planned_keys(planned.run))
    assert Verdict.objects.filter(judge=planned.judge).count() == planned.run.cells


def test_every_version_gets_every_criterion_and_repeat_exactly_once(norms):
    planned = plan(repeats=2, temperature=0.7, chunk_size=10)
    run = ask(planned)
    assert (run.state, run.cells) == (Run.State.DONE, 12 * 2 * 3)
    assert run.chunks.count() > 5, "a chunk of 10 holds 9: no prompt is cut in two"
    assert all(chunk.start % 3 == chunk.stop % 3 == 0 for chunk in run.chunks.all())
    assert_each_cell_and_verdict_once(planned)
    said = Counter(Verdict.objects.values_list("criterion", "repeat"))
    assert said == {(code, repeat): 12 for code in CODES for repeat in (0, 1)}
    assert set(Verdict.objects.values_list("value", flat=True)) == {"yes", "no"}


def test_the_judge_says_what_it_was_asked_and_that_it_is_simulated(norms):
    planned = plan(name="First judge")
    ask(planned)
    judge = Judge.objects.get()
    assert (judge.name, judge.model) == ("First judge", "Noisy respondent 0")
    assert (judge.size, judge.repeats, judge.labels) == (12, 1, ["yes", "no"])
    assert [criterion["code"] for criterion in judge.criteria] == CODES
    assert judge.versions_hash == verdicts.versions_hash(ScenarioVersion.objects.all())
    assert (judge.simulated, planned.run.simulated) == (True, True)
    assert judge.run_id == planned.run.public_id
    assert planned.run.release is None
    assert planned.run.manifest["kind"] == "judge"
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["run.started", "judge.answered"]


def test_prompts_say_the_scenario_and_carry_the_schema(norms):
    first = next(questions.of(plan().run).asked(0, 3))
    text = first.prompt.messages[1]["content"]
    assert "Guest 0 stands at the door" in text
    assert "Country: Brazil" in text
    assert "norms-00000" not in text
    assert list(first.prompt.reply_schema["properties"]) == CODES


def test_faults_end_as_verdicts_with_reasons_or_are_asked_again(norms):
    faults = {"cut_json": 0.15, "think_block": 0.2, "refusal": 0.15, "rate_limit": 0.1,
              "server_error": 0.05, "reasoning_field": 0.1}  # fmt: skip
    with running_stub(StubOptions(faults=faults, retry_after_s=0.02)) as stub:
        planned = plan(endpoint=env(stub.base_url), repeats=4, temperature=0.8, seed=5)
        run = ask(planned)
        asked = stub.stats()["faults"]
    assert run.state == Run.State.DONE, run.error
    assert set(asked) == set(faults), "every fault has happened"
    assert_each_cell_and_verdict_once(planned)
    unreadable = Verdict.objects.filter(value="")
    reasons = Counter(unreadable.values_list("invalid_reason", flat=True))
    assert set(reasons) == {"cut_off", "refusal", "reasoning_only"}
    assert not unreadable.exclude(rationale="").exists()
    assert not Verdict.objects.exclude(value="").exclude(invalid_reason="").exists()
    assert reasons["cut_off"] == 3 * asked["cut_json"]
    raw = InvalidAnswers(run)[:500]
    assert len(raw) == unreadable.count()
    assert any("sorry" in row["text"] for row in raw)
    thoughts = [row for row in stored_rows(run) if row["text"].startswith("<think>")]
    assert thoughts
    assert all(row["value"] for row in thoughts), "a think block does not hide the answer"
    planned.judge.refresh_from_db()
    assert planned.judge.simulated, "the stub said so itself"


def test_a_label_outside_the_set_and_a_forgotten_criterion_have_no_value(norms):
    asked = next(questions.of(plan().run).asked(0, 3))
    text = '{"preference-plausible": {"value": "maybe"}, "scenario-clear": {"value": "NO"}}'
    rows = questions.of(Run.objects.get()).rows(asked, Reply("k", text, prompt_tokens=7))
    assert [(row["question"], row["value"], row["invalid_reason"]) for row in rows] == [
        (CODES[0], None, "other_label"),
        (CODES[1], None, "missing_answer"),
        (CODES[2], "no", ""),
    ]
    assert [row["prompt_tokens"] for row in rows] == [7, 0, 0], "one reply is paid for once"
    assert {row["text"] for row in rows} == {text}


def test_repeats_differ_at_a_temperature_and_not_without(norms):
    ask(plan(repeats=6, temperature=0.0))
    ask(plan(repeats=6, temperature=1.0))
    cold, warm = Judge.objects.order_by("pk")
    for judge, differ in ((cold, False), (warm, True)):
        said = {}
        for row in judge.verdicts.all():
            said.setdefault((row.version_id, row.criterion), set()).add(row.value)
        assert any(len(values) > 1 for values in said.values()) is differ


def test_the_same_arguments_find_the_same_judge_and_ask_nothing_twice(norms):
    first = plan()
    ask(first)
    again = plan()
    assert (again.run.pk, again.judge.pk, again.found) == (first.run.pk, first.judge.pk, True)
    assert runs.start(run=again.run) is False
    other = plan(new=True)
    assert (other.found, other.judge.name) == (False, "Noisy respondent 0 #2")


def test_a_lifted_limit_asks_the_rest_alone(norms):
    with running_stub() as stub:
        small = plan(endpoint=env(stub.base_url), limit=5)
        ask(small)
        assert (small.judge.size, Verdict.objects.count()) == (5, 15)
        before = stub.stats()["answers"]
        grown = plan(endpoint=env(stub.base_url))
        assert grown.run.pk == small.run.pk
        ask(grown)
        assert stub.stats()["answers"] - before == 7
    assert Judge.objects.get().size == 12
    assert_each_cell_and_verdict_once(grown)


def test_the_harvest_may_run_again_and_changes_nothing(norms):
    planned = plan(repeats=2, chunk_size=9)
    run = ask(planned)
    before = list(Verdict.objects.order_by("pk").values())
    assert Job.objects.filter(kind=harvesting.JOB, state=State.DONE).count() == 1
    harvesting.enqueue(run)
    assert harvesting.see_through(run).result == {"valid": 72, "invalid": 0}
    assert list(Verdict.objects.order_by("pk").values()) == before


def test_a_counterpart_run_has_no_harvest():
    run = make_plan(make_release(1)).run
    runs.start(run=run)
    foreground.see_through(run, lambda tick: None)
    assert run.kind == questions.COUNTERPARTS
    assert run.dataset_slug == "little"
    assert not Job.objects.exists()


def test_edits_after_planning_are_not_judged_and_new_ones_make_another_judge(norms):
    before = plan()
    old = ScenarioVersion.objects.get(scenario__key="norms-00003")
    old.pk, old.number, old.content_hash = None, 2, "f" * 64
    old.save()
    run = ask(before)
    assert run.state == Run.State.DONE
    judged = Verdict.objects.filter(version__scenario=old.scenario)
    assert set(judged.values_list("version__number", flat=True)) == {1}
    after = plan()
    assert after.run.pk != run.pk
    ask(after)
    assert after.judge.verdicts.filter(version=old).count() == 3


def test_scenarios_that_were_changed_by_hand_are_refused_not_judged(norms):
    planned = plan()
    ScenarioVersion.objects.filter(scenario__key="norms-00000").update(content_hash="0" * 63 + "f")
    run = ask(planned)
    assert run.state == Run.State.FAILED
    assert "are not those it was planned for" in run.error
    assert not Verdict.objects.exists()


def test_a_validations_sample_is_judged_by_its_own_criteria():
    validation = make_validation(people=False)
    planned = plan(verdicts.of_validation("pilot"))
    ask(planned)
    judged = set(planned.judge.verdicts.values_list("version", flat=True))
    assert judged == set(validation.items.values_list("version", flat=True))
    assert len(judged) == 6 < validation.dataset.scenarios.count()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"repeats": 0}, "--repeats"),
        ({"repeats": 101}, "--repeats"),
        ({"limit": 0}, "--limit"),
        ({"endpoint": "baseline:always_culture"}, "baseline:noisy, baseline:uniform"),
    ],
)
def test_bad_numbers_and_endpoints_plan_nothing(norms, options, words):
    with pytest.raises(BadInput, match=words):
        plan(**options)
    assert not Run.objects.exists()


def test_a_taken_name_and_another_name_for_the_same_plan_are_refused(norms):
    plan(name="Ann")
    with pytest.raises(BadInput, match="under another name"):
        plan(name="Bob")
    with pytest.raises(BadInput, match="of this name already"):
        plan(name="Ann", repeats=2)
    assert (Run.objects.count(), Judge.objects.count()) == (1, 1)


def test_an_empty_dataset_has_nothing_to_judge():
    make_scenarios(0, slug="empty")
    with pytest.raises(BadInput, match="no scenario to judge"):
        plan(verdicts.of_dataset("empty"))
