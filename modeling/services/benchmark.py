"""The benchmark as a run: dyads counted off by number, prompts made as they are asked.

Nothing is stored per instance. A run's questions hold the release's scenarios and no more, so that
a chunk of a run with ten million decisions is loaded as fast as one of a hundred.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from django.utils.functional import cached_property

from annotation.models import Release
from annotation.vocab.dyads import Expansion, Instance
from annotation.vocab.terms import OptionOrder
from modeling.backends import Decoding, Prompt, Reply, read_answer
from modeling.models import Run
from modeling.prompts.benchmark import PROMPT_VERSION, RATIONALE_VERSION, ScenarioPrompts
from modeling.schemas import DECISION_SCHEMA
from modeling.services import plans
from modeling.services.benchmark_design import BenchmarkDesign
from modeling.services.benchmark_scenarios import AskedScenario, scenarios_of
from modeling.services.designs import asks_reason, stable_hash
from modeling.services.endpoints import Endpoint
from modeling.services.plans import Plan, Planned
from modeling.services.questions import BENCHMARK, Asked, Kind, Row, reply_columns
from pact_site.base.errors import BadInput
from pact_site.base.models import User


class Decision(NamedTuple):
    """One cell: an instance, and which repeat of its question."""

    instance: Instance
    sample: int


@dataclass(frozen=True)
class Decisions:
    """The questions (`Questions`) of one benchmark run."""

    design: BenchmarkDesign
    scenarios: Sequence[AskedScenario]
    cells_per_prompt: int = 1

    @property
    def cells(self) -> int:
        """How many decisions are asked for."""
        return self.design.cells

    @cached_property
    def prompt_versions(self) -> Mapping[str, str]:
        """Prompt -> version of its files."""
        return self.design.prompt_versions

    @cached_property
    def expansion(self) -> Expansion:
        """The instances by number."""
        return self.design.expanded(self.scenarios)

    def asked(self, start: int, stop: int, known: Container[str] = ()) -> Iterator[Asked]:
        """See Questions.asked."""
        position, prompts = -1, None
        for number in range(start, stop):
            decision = self.decision(number)
            instance = decision.instance
            key, reason = self.keyed(decision)
            if key in known:
                continue
            if prompts is None or instance.position != position:
                position, scenario = instance.position, self.scenarios[instance.position]
                prompts = ScenarioPrompts(scenario.wording, scenario.country)
            prompt = prompts.request(key, instance, reason=reason)
            yield Asked(prompt, {key: decision}, decision.sample)

    def both_orders(self, number: int) -> list[Prompt]:
        """The prompt of a cell with either option first, whichever of them the design holds."""
        instance, sample = self.decision(number)
        scenario = self.scenarios[instance.position]
        prompts = ScenarioPrompts(scenario.wording, scenario.country)
        turned = [replace(instance, option_order=order) for order in OptionOrder]
        keyed = [(self.keyed(Decision(one, sample)), one) for one in turned]
        return [prompts.request(key, one, reason=reason) for (key, reason), one in keyed]

    def decision(self, number: int) -> Decision:
        """The cell of this number; IndexError outside the design."""
        if not 0 <= number < self.cells:
            raise IndexError(f"cell {number} of {self.cells}")
        instance, sample = divmod(number, self.design.samples)
        return Decision(self.expansion[instance], sample)

    def keyed(self, decision: Decision) -> tuple[str, bool]:
        """The cell's key, and whether it asks for a reason: both fixed by what is asked.

        A key is a stable hash of everything the prompt says, equal across runs and machines.
        """
        plain = self._key(decision, reason=False)
        if not asks_reason(plain, self.design.rationale_share, self.design.rationale_seed):
            return plain, False
        return self._key(decision, reason=True), True

    def _key(self, decision: Decision, *, reason: bool) -> str:
        instance = decision.instance
        how = ("rationale", RATIONALE_VERSION) if reason else ("label", PROMPT_VERSION)
        said = (instance.id, self.scenarios[instance.position].content_hash)
        order = instance.option_order.value
        return stable_hash((*self.design.labels, *said, order, *how, decision.sample), digits=32)

    def rows(self, asked: Asked, reply: Reply) -> list[Row]:
        """See Questions.rows."""
        ((key, decision),) = asked.cells.items()
        answer = read_answer(reply, asked.prompt)
        said: Row = {
            "cell_key": key,
            "choice": answer.choice,
            "q": answer.q,
            "invalid_mass": answer.invalid_mass,
            "invalid_reason": answer.invalid_reason,
            "written": answer.written,
            "text": answer.text,
            "rationale": answer.rationale,
            "sample_index": decision.sample,
        }
        return [self._told(decision.instance) | said | reply_columns(reply, first=True)]

    def _told(self, instance: Instance) -> Row:
        """The columns of a shard that say what was asked."""
        scenario, (condition, actor, receiver) = self.scenarios[instance.position], instance.cell
        return {
            "family": self.design.family,
            "stage": self.design.stage,
            "instance_id": instance.id,
            "version_id": scenario.pk,
            "scenario": scenario.scenario,
            "dataset": scenario.dataset,
            "source_row": scenario.source_row,
            "scenario_country": scenario.country,
            "scenario_type": instance.relation.value,
            "relation": instance.relation.value,
            "actor_country": instance.actor_country,
            "receiver_country": instance.receiver_country,
            "actor_rule": instance.actor_rule.value,
            "actor_age": str(actor.age),
            "actor_gender": str(actor.gender),
            "receiver_age": str(receiver.age),
            "receiver_gender": str(receiver.gender),
            "condition": condition.value,
            "role": instance.role.value,
            "balance": instance.balance.value,
            "option_order": instance.option_order.value,
        }


def plan_benchmark(
    *,
    release: Release,
    design: BenchmarkDesign,
    endpoint: Endpoint,
    decoding: Decoding,
    study_slug: str = "",
    chunk_size: int | None = None,
    new: bool = False,
    budget: Decimal | None = None,
    actor: User | None = None,
) -> Planned:
    """Find the run with exactly this plan, or lay out another with its chunks."""
    plan = Plan(
        kind=BENCHMARK,
        design=design.as_json(),
        cells=design.cells,
        cells_per_prompt=1,
        prompts=design.prompt_versions,
        inputs={"release": release.content_hash, "dataset": release.dataset_id},
        dataset_slug=release.dataset.slug,
        study_slug=study_slug,
        release=release,
    )
    return plans.lay_out(
        plan, endpoint=endpoint, decoding=decoding, chunk_size=chunk_size, new=new, budget=budget,
        actor=actor,
    )  # fmt: skip


def _load(run: Run) -> Decisions:
    if run.release is None:
        raise BadInput(f"Run {run.public_id} names no release.")
    found = Decisions(BenchmarkDesign.from_json(run.design), scenarios_of(run.release))
    if found.expansion.hash != found.design.expansion:
        raise BadInput(
            f"The scenarios or the distance scheme of run {run.public_id} are not what they were.",
            found=found.expansion.hash[:12],
            expected=found.design.expansion[:12],
        )
    return found


KIND = Kind(load=_load, schema=DECISION_SCHEMA)
