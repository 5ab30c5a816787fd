"""Which decisions a benchmark run asks for: a part of a release's dyads, in words and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from django.utils.functional import cached_property

from annotation.vocab.distance import DEFAULT_SCHEME
from annotation.vocab.dyads import ORDERS, Expansion, cells_of
from annotation.vocab.terms import (
    DRAWN_RELATIONS,
    BalancePrompt,
    Choice,
    DemographicCondition,
    Relation,
    RoleConfiguration,
)
from modeling.prompts.benchmark import PROMPT_VERSION, RATIONALE_VERSION
from modeling.services.benchmark_scenarios import AskedScenario, scheme_and_pool, sources
from modeling.services.designs import MAX_SAMPLES, chosen, positive, share_of_reasons
from modeling.services.questions import BENCHMARK
from pact_site.base.errors import BadInput

STAGES: Final = ("", "base", "instruct")


@dataclass(frozen=True)
class BenchmarkDesign:
    """A benchmark over `scenarios` scenarios. `limit` keeps the first so many cells.

    `expansion` is the hash of everything that decides which instance has which number. `family` and
    `stage` say what the model is, for comparing models; "" where nobody said.
    """

    scenarios: int
    expansion: str = ""
    scheme: str = DEFAULT_SCHEME
    draw_seed: int = 1
    relations: tuple[str, ...] = tuple(relation.value for relation in DRAWN_RELATIONS)
    roles: tuple[str, ...] = tuple(role.value for role in RoleConfiguration)
    conditions: tuple[str, ...] = (DemographicCondition.FULL_DEMO.value,)
    balances: tuple[str, ...] = tuple(balance.value for balance in BalancePrompt)
    order: str = ORDERS[0]
    samples: int = 1
    rationale_share: float = 0.0
    rationale_seed: int = 0
    family: str = ""
    stage: str = ""
    limit: int | None = None
    labels: tuple[str, ...] = tuple(choice.value for choice in Choice)

    @cached_property
    def cells(self) -> int:
        """How many decisions there are, after `limit`."""
        per_scenario = len(self.relations) * len(self.roles) * len(cells_of(self._conditions))
        full = len(self.balances) * self.scenarios * per_scenario * self.samples
        return full if self.limit is None else min(full, self.limit)

    @property
    def prompt_versions(self) -> dict[str, str]:
        """Prompt -> version of its files: the letter alone, the letter with a reason, or both."""
        used = {"benchmark": PROMPT_VERSION} if self.rationale_share < 1 else {}
        reasons = {"benchmark:rationale": RATIONALE_VERSION} if self.rationale_share > 0 else {}
        return used | reasons

    @property
    def _conditions(self) -> tuple[DemographicCondition, ...]:
        return tuple(map(DemographicCondition, self.conditions))

    def expanded(self, scenarios: Sequence[AskedScenario]) -> Expansion:
        """The instances by number; BadInput for a scheme that is not there."""
        scheme, pool = scheme_and_pool(self.scheme)
        return Expansion(
            sources(scenarios),
            scheme,
            pool,
            self.draw_seed,
            relations=tuple(map(Relation, self.relations)),
            roles=tuple(map(RoleConfiguration, self.roles)),
            conditions=self._conditions,
            balances=tuple(map(BalancePrompt, self.balances)),
            order=self.order,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values for the database; `from_json` reads them back."""
        plain = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        return {"kind": BENCHMARK} | plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> BenchmarkDesign:
        """The design that `as_json` wrote; ValueError for a design of another kind."""
        if plain.get("kind") != BENCHMARK:
            raise ValueError(f"design kind {plain.get('kind')!r} is not {BENCHMARK!r}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in plain.items()
            if name != "kind"
        }
        return cls(**values)


def benchmark(
    scenarios: Sequence[AskedScenario],
    *,
    relations: Sequence[str] = ("all",),
    roles: Sequence[str] = ("all",),
    conditions: Sequence[str] = (DemographicCondition.FULL_DEMO.value,),
    balances: Sequence[str] = ("all",),
    order: str = "all",
    scheme: str = DEFAULT_SCHEME,
    draw_seed: int = 1,
    samples: int = 1,
    rationale_share: float = 0.0,
    rationale_seed: int = 0,
    family: str = "",
    stage: str = "",
    limit: int | None = None,
) -> BenchmarkDesign:
    """Build a design from what a person wrote; BadInput names the option, the find, the choices.

    `all` stands for every value of an option, and for an order drawn for each instance. Roles are
    named C1, C2, C3 or as in release files.
    """
    design = BenchmarkDesign(
        scenarios=positive("scenarios", len(scenarios)),
        scheme=scheme,
        draw_seed=draw_seed,
        relations=chosen("relations", relations, [one.value for one in DRAWN_RELATIONS]),
        roles=chosen("roles", _role_values(roles), [one.value for one in RoleConfiguration]),
        conditions=chosen("conditions", conditions, [one.value for one in DemographicCondition]),
        balances=chosen("balance", balances, [one.value for one in BalancePrompt]),
        order=ORDERS[0] if order == "all" else chosen("orders", [order], ORDERS)[0],
        samples=positive("samples", samples, MAX_SAMPLES),
        rationale_share=share_of_reasons(rationale_share),
        rationale_seed=rationale_seed,
        family=family,
        stage=_stage(stage),
        limit=None if limit is None else positive("limit", limit),
    )
    return replace(design, expansion=design.expanded(scenarios).hash)


def _role_values(words: Sequence[str]) -> list[str]:
    short = {role.name: role.value for role in RoleConfiguration}
    return [short.get(word.upper(), word) for word in words]


def _stage(stage: str) -> str:
    if stage not in STAGES:
        raise BadInput("--stage is unknown.", found=stage, expected=", ".join(STAGES[1:]))
    return stage
