"""Who is left out of the analysis, by which rule, and how many remain at each step."""

from __future__ import annotations

from dataclasses import dataclass

from survey.models import Exclusion, Participant, Study
from survey.services.instruments import Definition

ATTENTION = "attention"


@dataclass(frozen=True)
class Flow:
    """How many participants reached each step; every number includes the ones after it."""

    recruited: int
    consented: int
    completed: int
    passed: int
    analysed: int

    def steps(self) -> list[tuple[str, int]]:
        """Names and counts in order, for a table or a funnel."""
        return list(vars(self).items())


def apply_attention_rule(*, participant: Participant, definition: Definition) -> Exclusion | None:
    """Exclude a finished participant who failed at least `exclude_at` checks (0: never)."""
    failed = list(participant.checks.filter(passed=False).values_list("key", flat=True))
    if not definition.exclude_at or len(failed) < definition.exclude_at:
        return None
    row, _ = Exclusion.objects.get_or_create(
        participant=participant,
        rule=ATTENTION,
        defaults={
            "rule_version": f"failed>={definition.exclude_at}",
            "evidence": {"failed": failed, "asked": len(definition.checks)},
        },
    )
    return row


def standing(participant: Participant) -> bool:
    """Whether an attention exclusion of this participant is in force."""
    return participant.exclusions.filter(rule=ATTENTION, reversed_at__isnull=True).exists()


def flow(study: Study, cohort: str) -> Flow:
    """Count the steps from recruited to analysed for one cohort.

    `passed` are the completed without an attention exclusion; `analysed` have no exclusion at all.
    People who declined leave no row, so `recruited` equals everybody who ever agreed.
    """
    people = Participant.objects.filter(study=study).in_cohort(cohort)
    attention = Exclusion.objects.filter(rule=ATTENTION, reversed_at__isnull=True)
    return Flow(
        recruited=people.count(),
        consented=people.consented().count(),
        completed=people.completed().count(),
        passed=people.completed().exclude(exclusions__in=attention).count(),
        analysed=people.analysed().count(),
    )
