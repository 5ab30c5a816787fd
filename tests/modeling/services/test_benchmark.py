"""The benchmark as a kind of run: which decisions, in which order, and what a shard keeps."""

from collections import Counter

import pytest

from annotation.models import ScenarioVersion
from modeling.backends import Decoding
from modeling.backends.baseline import REASON
from modeling.models import Run
from modeling.prompts.benchmark import PROMPT_VERSION, RATIONALE_VERSION
from modeling.schemas import DECISION_SCHEMA
from modeling.services import answers, designs, foreground, plans, preflight, questions, runs
from modeling.services.benchmark import plan_benchmark
from modeling.services.benchmark_design import BenchmarkDesign, benchmark
from modeling.services.benchmark_scenarios import scenarios_of
from modeling.services.endpoints import Endpoint, named
from modeling.stub import StubOptions, running_stub
from pact_site.base.errors import BadInput
from tests.modeling.making import make_release, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = {"relations": ["far"], "roles": ["C1"], "balances": ["no_balance"]}


def make_benchmark(release, *, endpoint="baseline:noisy", new=False, chunk_size=None, **design):
    where = named(endpoint) if isinstance(endpoint, str) else endpoint
    return plan_benchmark(
        release=release, design=benchmark(scenarios_of(release), **design), endpoint=where,
        decoding=Decoding(), new=new, chunk_size=chunk_size,
    )  # fmt: skip


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def test_each_distinct_prompt_is_asked_once():
    run = make_benchmark(make_release(2), conditions=["all"]).run
    found = questions.of(run)
    # 2 scenarios x 3 relations x (16 + 4 + 4 + 1) pairs of people x 3 roles x 2 prompts
    assert run.cells == found.cells == 2 * 3 * 25 * 3 * 2
    asked = list(found.asked(0, run.cells))
    assert len({asked.prompt.key for asked in asked}) == run.cells
    said = {tuple(message["content"] for message in one.prompt.messages) for one in asked}
    assert len(said) == run.cells


@pytest.mark.parametrize(
    ("subset", "cells"),
    [
        (SMALL, 2 * 16),
        ({**SMALL, "conditions": ["no_demo"]}, 2),
        ({**SMALL, "conditions": ["age_only"], "samples": 5}, 2 * 4 * 5),
        ({"relations": ["same", "close"], "roles": ["swapped", "C3"]}, 2 * 2 * 16 * 2 * 2),
        ({"limit": 7}, 7),
    ],
)
def test_any_part_can_be_asked(subset, cells):
    run = make_benchmark(make_release(2), **subset).run
    asked = list(questions.of(run).asked(0, run.cells))
    assert run.cells == cells == len({one.prompt.key for one in asked})


def test_a_chunk_asks_what_the_whole_run_asks_there_and_nothing_that_is_known():
    run = make_benchmark(make_release(2), conditions=["all"], rationale_share=0.5).run
    found = questions.of(run)
    every = list(found.asked(0, run.cells))
    assert [one.prompt for one in found.asked(301, 377)] == [one.prompt for one in every[301:377]]
    known = {one.prompt.key for one in every[:310]}
    assert next(found.asked(301, 377, known)).prompt == every[310].prompt


def test_a_noisy_run_stores_what_was_asked_and_is_marked_simulated():
    release = make_release(3)
    run = ask(make_benchmark(release, family="Noise", stage="instruct", chunk_size=100).run)
    rows = stored_rows(run)
    assert (run.state, run.simulated, len(rows)) == (Run.State.DONE, True, 3 * 3 * 16 * 3 * 2)
    expansion = questions.of(run).expansion
    for row in rows[:: len(rows) // 20]:
        instance = expansion.find(row["instance_id"])
        version = ScenarioVersion.objects.get(pk=row["version_id"])
        assert row["scenario"] == version.scenario.key
        assert row["receiver_country"] == row["scenario_country"] == version.country
        assert (row["actor_country"], row["relation"]) == (
            instance.actor_country,
            instance.relation,
        )
        assert (row["actor_age"], row["actor_gender"]) == instance.cell.actor
        assert (row["receiver_age"], row["receiver_gender"]) == instance.cell.receiver
        assert (row["role"], row["balance"]) == (instance.role, instance.balance)
        assert (row["condition"], row["option_order"]) == ("full_demo", instance.option_order)
        assert (row["family"], row["stage"], row["dataset"]) == ("Noise", "instruct", "little")
        assert row["choice"] == ("culture" if row["q"] > 0.5 else "preference")
        assert row["rationale"] is None
    frame = answers.scan([run.pk]).collect()
    assert frame.columns == DECISION_SCHEMA.names
    assert frame.height == run.cells


def test_the_noisy_respondent_is_moved_by_the_roles():
    run = ask(make_benchmark(make_release(6), relations=["same"]).run)
    culture = {role: [] for role in ("actor_pref_only", "swapped", "both_prefs")}
    for row in stored_rows(run):
        culture[row["role"]].append(row["q"])
    means = {role: sum(found) / len(found) for role, found in culture.items()}
    assert means["swapped"] > means["actor_pref_only"] > means["both_prefs"]


@pytest.mark.parametrize("endpoint", ["baseline:uniform", "baseline:always_culture"])
def test_every_baseline_answers(endpoint):
    run = ask(make_benchmark(make_release(1), endpoint=endpoint, **SMALL).run)
    assert run.state == Run.State.DONE
    assert {row["q"] for row in stored_rows(run)} == {0.5 if "uniform" in endpoint else 1.0}


def test_a_server_is_asked_for_reasons_and_still_gives_probabilities():
    with running_stub(StubOptions()) as stub:
        where = Endpoint("env", "openai", StubOptions().model, stub.base_url)
        run = ask(
            make_benchmark(make_release(2), endpoint=where, rationale_share=0.25, **SMALL).run
        )
    rows = stored_rows(run)
    assert run.state == Run.State.DONE, run.error
    with_reason = [row for row in rows if row["rationale"] is not None]
    assert 0 < len(with_reason) < len(rows)
    assert all(row["rationale"].startswith("Simulated reason") for row in with_reason)
    assert all(0 < row["q"] < 1 and row["written"] == row["choice"] for row in rows)
    assert all(row["invalid_mass"] is not None for row in rows)
    assert set(run.manifest["prompts"].values()) == {PROMPT_VERSION, RATIONALE_VERSION}


def test_the_sample_of_reasons_is_seeded_and_leaves_the_other_cells_what_they_were():
    release = make_release(3)
    plain = questions.of(make_benchmark(release).run)

    def keys(found):
        return {key: one.prompt.mode for one in found.asked(0, 400) for key in one.cells}

    some = keys(questions.of(make_benchmark(release, rationale_share=0.2, rationale_seed=3).run))
    again = keys(questions.of(make_benchmark(release, rationale_share=0.2, rationale_seed=3).run))
    other = keys(questions.of(make_benchmark(release, rationale_share=0.2, rationale_seed=4).run))
    every = keys(questions.of(make_benchmark(release, rationale_share=1.0).run))
    assert some == again != other
    assert 40 < Counter(some.values())["rationale"] < 120
    assert {key for key, mode in some.items() if mode == "label"} < set(keys(plain))
    assert set(every.values()) == {"rationale"}
    assert not set(every) & set(keys(plain)), "a prompt that asks for more is another cell"


def test_a_baseline_gives_its_reason_below_the_letter():
    run = ask(make_benchmark(make_release(1), rationale_share=1.0, **SMALL).run)
    rows = stored_rows(run)
    assert {row["rationale"] for row in rows} == {REASON}
    assert all(row["written"] == row["choice"] for row in rows)


def test_the_same_plan_is_found_and_a_lifted_limit_lets_it_grow():
    release = make_release(2)
    first = make_benchmark(release, limit=10)
    assert make_benchmark(release, limit=10).run.pk == first.run.pk
    ask(first.run)
    grown = make_benchmark(release, limit=64)
    assert (grown.found, grown.run.pk, grown.run.cells) == (True, first.run.pk, 64)
    before = {row["cell_key"] for row in stored_rows(grown.run)}
    after = {row["cell_key"] for row in stored_rows(ask(grown.run))}
    assert (len(before), len(after)) == (10, 64)
    assert before < after
    assert not make_benchmark(release, relations=["same"]).found
    assert not make_benchmark(release, draw_seed=2, limit=10).found


def test_a_million_decisions_are_planned_as_chunks_and_nothing_else():
    run = make_benchmark(make_release(3), samples=1000, chunk_size=100_000, limit=1_000_000).run
    ranges = list(run.chunks.order_by("number").values_list("start", "stop"))
    assert ranges[0] == (0, 100_000)
    assert [start for start, _ in ranges[1:]] == [stop for _, stop in ranges[:-1]]
    assert ranges[-1][1] == run.cells == 864_000
    found = questions.of(run)
    (last,) = found.asked(run.cells - 1, run.cells)
    assert last.sample == 999


def test_a_run_whose_scenarios_changed_is_not_asked_on():
    release = make_release(2)
    run = make_benchmark(release, **SMALL).run
    release.versions.update(country="FR")
    with pytest.raises(BadInput, match="are not what they were"):
        questions.of(run)
    run = ask(run)
    assert run.state == Run.State.FAILED
    assert "are not what they were" in run.error


def test_scenarios_without_actions_are_named():
    with pytest.raises(BadInput, match=r"2 of 2 scenarios .*little-000, little-001"):
        scenarios_of(make_release(2, actions=False))


def test_a_design_comes_back_from_the_database_as_it_was():
    design = benchmark(scenarios_of(make_release(1)), conditions=["no_demo", "age_only"], limit=3)
    assert design.conditions == ("age_only", "no_demo")
    assert BenchmarkDesign.from_json(design.as_json()) == design
    with pytest.raises(ValueError, match="counterparts"):
        BenchmarkDesign.from_json({"kind": "counterparts"})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"relations": ["between"]}, "--relations .*between.*same, close, far"),
        ({"roles": ["C4"]}, "--roles .*C4.*actor_pref_only"),
        ({"conditions": []}, "--conditions"),
        ({"balances": ["maybe"]}, "--balance .*maybe.*balance, no_balance"),
        ({"order": "random"}, "--orders .*random.*instance"),
        ({"scheme": "flat-earth"}, "flat-earth"),
        ({"samples": 0}, "--samples"),
        ({"rationale_share": 1.5}, "--rationale-share .*0 to 1"),
        ({"stage": "raw"}, "--stage .*raw.*base, instruct"),
        ({"limit": 0}, "--limit"),
    ],
)
def test_bad_options_name_themselves_and_what_there_is(wrong, words):
    scenarios = scenarios_of(make_release(1))
    with pytest.raises(BadInput, match=words):
        benchmark(scenarios, **wrong)


def test_a_preflight_turns_the_options_of_five_instances():
    asked = questions.of(make_benchmark(make_release(2), conditions=["no_demo"]).run)
    probes = preflight.probes_of(asked)
    assert [probe.pair for probe in probes] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert len({probe.prompt.key for probe in probes}) == 10
    own = {one.prompt.key: one.prompt for one in asked.asked(0, asked.cells)}
    for first, second in zip(probes[::2], probes[1::2], strict=True):
        assert [label.code for label in first.prompt.labels] == ["culture", "preference"]
        assert [label.code for label in second.prompt.labels] == ["preference", "culture"]
        held = [probe.prompt for probe in (first, second) if probe.prompt.key in own]
        assert [own[prompt.key] for prompt in held] == held
        assert len(held) == 1


def test_a_models_counterparts_and_its_benchmark_go_by_the_same_name():
    release = make_release(2)
    first, second = (make_benchmark(release, new=True, **SMALL).run for _ in range(2))
    counterparts = plans.plan_run(
        release=release,
        design=designs.counterparts(items=8, countries=["Brazil"]),
        endpoint=named("baseline:noisy"),
        decoding=Decoding(),
    ).run
    assert (first.label, second.label) == (counterparts.label, f"{counterparts.label} #2")
