"""What a researcher sees of a study at a glance."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Relation
from survey.models import Assignment, Cohort, Participant, Study
from survey.services import coverage, exclusions, linting
from survey.services.exclusions import Flow
from survey.services.findings import Finding
from survey.services.instruments import Definition, definition_of

_NEAR_TO_FAR = [str(relation) for relation in Relation]


@dataclass(frozen=True)
class CohortFlow:
    """The flow of one cohort that has anybody in it."""

    cohort: str
    label: str
    flow: Flow


@dataclass(frozen=True)
class Group:
    """Answers of one country and relation; `wanted` is None where nothing was planned here."""

    country: str
    relation: str
    cells: int
    answers: int
    leased: int
    surplus: int
    wanted: int | None

    @property
    def share(self) -> float:
        """The part of the wanted answers that is there, at most 1."""
        return min(1.0, self.answers / self.wanted) if self.wanted else 0.0


@dataclass(frozen=True)
class Overview:
    """A study's people, coverage and remarks. `definition` is None for an imported study."""

    study: Study
    definition: Definition | None
    cohort: str
    flows: list[CohortFlow]
    groups: list[Group]
    findings: list[Finding]

    @property
    def simulated(self) -> bool:
        """Whether what is shown was made by simulated participants."""
        return self.cohort == Cohort.REHEARSAL


def studies() -> QuerySet[Study]:
    """Every study, newest first, with how many people completed it, real and simulated."""
    done = Q(participants__state=Participant.State.COMPLETED)
    counted = Study.objects.select_related("release__dataset").annotate(
        completed=Count("participants", filter=done & Q(participants__cohort=Cohort.REAL)),
        rehearsed=Count("participants", filter=done & Q(participants__cohort=Cohort.REHEARSAL)),
    )
    return counted.order_by("-created_at", "pk")


def overview(study: Study) -> Overview:
    """Everything the study's page shows; coverage is that of real people once there are any."""
    flows = [
        CohortFlow(str(cohort.value), str(cohort.label), exclusions.flow(study, cohort))
        for cohort in Cohort
    ]
    present = [one for one in flows if one.flow.recruited]
    cohort = next((one.cohort for one in present), str(Cohort.REAL.value))
    planned = study.instruments.exists()
    return Overview(
        study=study,
        definition=definition_of(study.instrument) if planned else None,
        cohort=cohort,
        flows=present,
        groups=_planned(study, cohort) if planned else _found(study),
        findings=linting.lint(study) if planned else [],
    )


def _planned(study: Study, cohort: str) -> list[Group]:
    groups = [
        Group(
            country=str(by_iso2(one.country)),
            relation=one.relation,
            cells=one.cells,
            answers=one.confirmed,
            leased=one.leased,
            surplus=one.surplus,
            wanted=one.wanted,
        )
        for one in coverage.summary(coverage.cell_counts(study, cohort))
    ]
    return sorted(groups, key=lambda group: (group.country, _NEAR_TO_FAR.index(group.relation)))


def _found(study: Study) -> list[Group]:
    rows = (
        Assignment.objects.of(study, Cohort.REAL)
        .confirmed()
        .values("country", "relation")
        .annotate(n=Count("pk"), cells=Count("item", distinct=True))
        .order_by("country", "relation")
    )
    return [
        Group(str(by_iso2(row["country"])), row["relation"], row["cells"], row["n"], 0, 0, None)
        for row in rows
    ]
