"""Who is left out of the analysis, by which rule, and how many remain at each step."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey import statements
from survey.models import (
    Cohort,
    DemographicRow,
    Exclusion,
    Participant,
    ProlificIdentity,
    Study,
)
from survey.services import assignment
from survey.services.instruments import Definition, definition_of

ATTENTION = "attention"

STAYING = (Participant.State.CONSENTED, Participant.State.COMPLETED)
"""States in which somebody holds places, unless they are excluded."""


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


def exclude(*, participant: Participant, rule: str, reason: str, actor: User) -> Exclusion:
    """Leave somebody out by a person's decision; places become free. The reason is the evidence.

    BadInput without a reason. A second decision of the same kind returns the first.
    """
    if not reason.strip():
        raise BadInput("A decision needs its reason.", column="reason")
    with transaction.atomic():
        assignment.lock(participant.study_id)
        row, created = Exclusion.objects.get_or_create(
            participant=participant,
            rule=rule,
            reversed_at=None,
            defaults={
                "rule_version": "by hand",
                "evidence": {"reason": reason.strip()},
                "decided_by": actor.username,
            },
        )
        if created and participant.instrument_id:  # imported people hold no places
            assignment.release(participant=participant)
        if created:
            _tell("participant.excluded", participant, actor, rule)
    return row


def reverse(*, exclusion: Exclusion, note: str, actor: User) -> Exclusion:
    """Take somebody in again; what places are still free are taken back, the rest is surplus.

    Whoever has left meanwhile holds no place. BadInput without a note. Reversing twice changes
    nothing.
    """
    if not note.strip():
        raise BadInput("A reversal needs its reason.", column="note")
    with transaction.atomic():
        participant = exclusion.participant
        assignment.lock(participant.study_id)
        participant.refresh_from_db()
        changed = Exclusion.objects.filter(pk=exclusion.pk, reversed_at__isnull=True).update(
            reversed_at=timezone.now(), reversed_by=actor.username, reversal_note=note.strip()
        )
        left = participant.exclusions.filter(reversed_at__isnull=True)
        here = participant.instrument_id and participant.state in STAYING
        if changed and here and not left.exists():
            assignment.take_back(participant=participant)
        if changed:
            _tell("participant.taken_back", participant, actor, exclusion.rule)
    with suppress(Exclusion.DoesNotExist):  # whoever withdrew meanwhile took it along
        exclusion.refresh_from_db()
    return exclusion


UNKNOWN_TO_RECRUITER = "not in the export"


def apply_rules(*, study: Study, cohort: str, actor: User) -> int:
    """Apply the chain to everybody who completed; returns how many were newly left out.

    In order: a valid id that stands in the recruiter's export (only once one was imported), then
    the attention checks under the frozen rule. What a person has reversed is not applied again.
    """
    if not study.instruments.exists():
        return 0
    with transaction.atomic():
        assignment.lock(study.pk)
        people = Participant.objects.filter(study=study).in_cohort(cohort).completed()
        done = [row for person in people for row in _chain(study, person)]
        if done:
            audit.record(
                verb="study.rules_applied", subject=f"study:{study.slug}", actor=actor, n=len(done)
            )
    return len(done)


def _chain(study: Study, person: Participant) -> list[Exclusion]:
    assert person.instrument is not None
    made = [
        _missing_in_export(study, person),
        _attention(person, definition_of(person.instrument)),
    ]
    new = [row for row in made if row is not None]
    if new:
        assignment.release(participant=person)
    return new


def _missing_in_export(study: Study, person: Participant) -> Exclusion | None:
    """Who cannot be found in the export, where one was imported for this study.

    Whoever typed their id came without a submission's: any submission of theirs will do.
    """
    rows = DemographicRow.objects.filter(study=study)
    identity = ProlificIdentity.objects.filter(participant=person).first()
    if person.cohort != Cohort.REAL or identity is None or not rows.exists():
        return None
    own = rows.filter(prolific_pid=identity.prolific_pid)
    if identity.submission_id:
        own = own.filter(submission_id=identity.submission_id)
    if own.exists():
        return None
    evidence: dict[str, object] = {"rows of the export": rows.count(), "found": 0}
    return _once(person, UNKNOWN_TO_RECRUITER, "1", evidence)


def _once(
    person: Participant, rule: str, version: str, evidence: dict[str, object]
) -> Exclusion | None:
    """A new exclusion, unless this version of the rule was applied, or reversed, before."""
    if Exclusion.objects.filter(participant=person, rule=rule, rule_version=version).exists():
        return None
    return Exclusion.objects.create(
        participant=person, rule=rule, rule_version=version, evidence=evidence
    )


def _tell(verb: str, participant: Participant, actor: User, rule: str) -> None:
    subject = f"participant:{participant.pseudonym}"
    audit.record(verb=verb, subject=subject, actor=actor, rule=rule)


@dataclass(frozen=True)
class AtThreshold:
    """How many of those who completed a rule of `k` failed checks leaves out; None is no rule."""

    k: int | None
    excluded: int
    kept: int
    frozen: bool


def thresholds(study: Study, cohort: str) -> list[AtThreshold]:
    """The rule at k = 1, k = 2 and none, and the frozen one where it is another."""
    people = Participant.objects.filter(study=study).in_cohort(cohort).completed()
    failed = people.annotate(n=Count("checks", filter=Q(checks__passed=False)))
    numbers = list(failed.values_list("n", flat=True))
    frozen = definition_of(study.instrument).exclude_at if study.instruments.exists() else None
    ks = sorted({1, 2} | ({frozen} if frozen else set()))
    rows = [(k, sum(number >= k for number in numbers)) for k in ks]
    made = [AtThreshold(k, out, len(numbers) - out, k == frozen) for k, out in rows]
    return [*made, AtThreshold(None, 0, len(numbers), frozen == 0)]


def apply_attention_rule(*, participant: Participant, definition: Definition) -> Exclusion | None:
    """Exclude a finished participant who failed at least `exclude_at` checks (0: never)."""
    return _attention(participant, definition)


def _attention(participant: Participant, definition: Definition) -> Exclusion | None:
    failed = statements.read_failed(participant_id=participant.pk)
    if not definition.exclude_at or len(failed) < definition.exclude_at:
        return None
    evidence: dict[str, object] = {"failed": failed, "asked": len(definition.checks)}
    return _once(participant, ATTENTION, f"failed>={definition.exclude_at}", evidence)


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
