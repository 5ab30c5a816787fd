"""Runs of the benchmark for tests: asked of baselines, or made of rows one writes down."""

from itertools import product

from annotation.vocab.terms import BalancePrompt, RoleConfiguration
from modeling import schemas, shards
from modeling.backends import Decoding
from modeling.models import Chunk, Run
from modeling.services import foreground, runs
from modeling.services.benchmark import plan_benchmark
from modeling.services.benchmark_design import benchmark
from modeling.services.benchmark_scenarios import scenarios_of
from modeling.services.endpoints import named
from pact_site.base.models import State

EMPTY = {
    "family": "", "stage": "", "instance_id": "", "version_id": 0, "dataset": "NormAd-ETI",
    "source_row": "", "scenario_country": "BR", "scenario_type": "same", "relation": "same",
    "actor_country": "BR", "receiver_country": "BR", "actor_rule": "", "actor_age": "older",
    "actor_gender": "male", "receiver_age": "older", "receiver_gender": "male",
    "condition": "full_demo", "role": "actor_pref_only", "balance": "no_balance",
    "option_order": "", "sample_index": 0, "q": None, "invalid_mass": None, "written": None,
    "text": "", "rationale": None, "finish_reason": None, "prompt_tokens": 0,
    "completion_tokens": 0, "latency_s": 0.0, "backend": None, "situation": None,
    "cultural_expectation": None, "personal_preference": None,
}  # fmt: skip


def make_asked(release, *, seed=1, endpoint="baseline:noisy", **design):
    """A finished run of a baseline over a release."""
    planned = plan_benchmark(
        release=release, design=benchmark(scenarios_of(release), **design),
        endpoint=named(endpoint, seed=seed), decoding=Decoding(),
    )  # fmt: skip
    runs.start(run=planned.run)
    return foreground.see_through(planned.run, lambda tick: None)


def make_decided(label, rows, dataset="little", *, imported=True):
    """A finished run holding exactly these decisions; a row states what differs from `EMPTY`."""
    run = Run.objects.create(
        label=label, kind="benchmark", dataset_slug=dataset, state=Run.State.DONE,
        endpoint={"kind": "openai", "name": "env", "model": label}, design={}, plan_hash=label[:64],
        imported=imported, cells=len(rows),
    )  # fmt: skip
    full = [
        EMPTY | {"cell_key": f"{label}-{n}", "run": run.public_id, "model": label,
                 "invalid_reason": "" if row["choice"] else "unclear"} | row
        for n, row in enumerate(rows)
    ]  # fmt: skip
    table = shards.table_of(full, schemas.DECISION_SCHEMA)
    shard = shards.write(shards.fresh_key(run.public_id, 0, 1), table)
    invalid = sum(row["choice"] is None for row in rows)
    Chunk.objects.create(
        run=run, number=0, start=0, stop=len(rows), state=State.DONE, shard=shard.key,
        checksum=shard.checksum, rows=len(rows), valid=len(rows) - invalid, invalid=invalid,
    )  # fmt: skip
    return run


def crossed(scenarios, choose, **common):
    """One decision for every scenario, role, prompt, and pair of ages and genders."""
    people = list(product(("younger", "older"), ("female", "male")))
    return [
        {
            "scenario": scenario, "role": role.value, "balance": balance.value,
            "actor_age": actor[0], "actor_gender": actor[1],
            "receiver_age": receiver[0], "receiver_gender": receiver[1],
            "choice": choose(scenario, role.value, balance.value, actor, receiver), **common,
        }
        for scenario, role, balance, actor, receiver in product(
            scenarios, RoleConfiguration, BalancePrompt, people, people
        )
    ]  # fmt: skip
