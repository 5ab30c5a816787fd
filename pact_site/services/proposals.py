"""A run as somebody wishes it, before it is planned: its size can be told, then it can be planned.

Commands, the page and REST all come through here, so that each accepts and refuses the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from modeling.backends import Decoding
from modeling.services import benchmark, benchmark_design, designs, endpoints, estimates, plans
from modeling.services.benchmark import Decisions
from modeling.services.benchmark_scenarios import scenarios_of
from modeling.services.endpoints import Endpoint
from modeling.services.items import Questionnaire, askable_items
from pact_site.base.models import User
from pact_site.services import counterparts
from pact_site.services.counterparts import Subject


@dataclass(frozen=True)
class Proposal:
    """Whose items, which questions, which endpoint, how decoded; nothing of it is stored."""

    subject: Subject
    endpoint: Endpoint
    decoding: Decoding
    asked: Questionnaire | Decisions

    def estimate(self, preflight: Mapping[str, Any] | None = None) -> estimates.Estimate:
        """What asking all of it takes."""
        return estimates.of(
            self.asked,
            endpoint=self.endpoint,
            decoding=self.decoding,
            prices=self.endpoint.prices,
            preflight=preflight,
        )

    def plan(
        self,
        *,
        chunk_size: int | None = None,
        budget: Decimal | None = None,
        new: bool = False,
        actor: User | None = None,
    ) -> plans.Planned:
        """Find the run of this plan, or lay it out."""
        how: dict[str, Any] = {
            "release": self.subject.release,
            "endpoint": self.endpoint,
            "decoding": self.decoding,
            "study_slug": self.subject.study_slug,
            "chunk_size": chunk_size,
            "budget": budget,
            "new": new,
            "actor": actor,
        }
        if isinstance(self.asked, Decisions):
            return benchmark.plan_benchmark(design=self.asked.design, **how)
        return plans.plan_run(design=self.asked.design, **how)


def counterpart_proposal(
    *,
    endpoint: str,
    decoding: Decoding,
    study: str | None = None,
    dataset: str | None = None,
    **design: Any,
) -> Proposal:
    """Counterparts of a study's participants, or of the published study's for a dataset.

    `design` are the options of `designs.counterparts`. BadInput names what is unknown, missing or
    out of range.
    """
    subject = counterparts.subject(study=study, dataset=dataset)
    where = endpoints.named(endpoint, seed=decoding.seed)
    items = askable_items(subject.release)
    made = designs.counterparts(items=len(items), countries=subject.countries, **design)
    return Proposal(subject, where, decoding, Questionnaire(made, items))


def benchmark_proposal(
    *,
    endpoint: str,
    decoding: Decoding,
    study: str | None = None,
    dataset: str | None = None,
    **design: Any,
) -> Proposal:
    """The dyads of a release; `design` are the options of `benchmark_design.benchmark`."""
    subject = counterparts.subject(study=study, dataset=dataset)
    where = endpoints.named(endpoint, seed=decoding.seed)
    scenarios = scenarios_of(subject.release)
    made = benchmark_design.benchmark(scenarios, **design)
    return Proposal(subject, where, decoding, Decisions(made, scenarios))
