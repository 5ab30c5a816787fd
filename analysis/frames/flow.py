"""The flow of participants, from everyone who came to those whose answers count."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from analysis.frames.subjects import analysed
from survey.models import Answer, Exclusion, Participant, Study
from survey.services import exclusions


@dataclass(frozen=True)
class Step:
    """One step of the flow: how many people reached it, and why the others did not."""

    name: str
    people: int
    note: str = ""


def participant_flow(study: Study, cohort: str) -> list[Step]:
    """Recruited, consented, completed, passed and analysed, with the reasons people were lost at each step.

    The counts are those of the Quality page (survey.services.exclusions); an imported study begins
    with what is in its file.
    """
    everyone = Participant.objects.filter(study=study, cohort=cohort)
    out = Exclusion.objects.filter(participant__in=everyone, reversed_at__isnull=True)
    counted = analysed(study, cohort).count()
    if study.origin == Study.Origin.IMPORTED:
        first = Step("in the imported file", everyone.count())
        return [first, Step("analysed", counted, _rules(out))]
    steps = exclusions.flow(study, cohort)
    withdrawn = everyone.filter(state=Participant.State.WITHDRAWN)
    left = everyone.exclude(state__in=[Participant.State.WITHDRAWN, Participant.State.COMPLETED])
    out = out.filter(participant__state=Participant.State.COMPLETED)
    attention = out.filter(rule=exclusions.ATTENTION)
    return [
        Step("recruited", steps.recruited),
        Step("consented", steps.consented, _states(withdrawn)),
        Step("completed", steps.completed, _states(left)),
        Step("passed", steps.passed, _rules(attention)),
        Step("analysed", counted, _rules(out.exclude(rule=exclusions.ATTENTION))),
    ]


def _states(people: QuerySet[Participant]) -> str:
    rows = people.values("state").annotate(n=Count("pk")).order_by("-n", "state")
    labels = dict(Participant.State.choices)
    return ", ".join(f"{row['n']} {str(labels[row['state']]).lower()}" for row in rows)


def _rules(out: QuerySet[Exclusion]) -> str:
    rows = out.values("rule").annotate(n=Count("participant", distinct=True)).order_by("rule")
    return ", ".join(f"{row['n']} excluded by {row['rule']}" for row in rows)


def dropped_answers(study: Study, cohort: str) -> list[tuple[str, int]]:
    """Stored answers that the human frame leaves out, by reason; a reason with none is left out."""
    answers = Answer.objects.filter(
        assignment__participant__study=study, assignment__participant__cohort=cohort
    )
    counted = analysed(study, cohort)
    kept = answers.filter(assignment__participant__in=counted)
    excluded = answers.exclude(assignment__participant__in=counted)
    reasons = [
        ("answers of participants who did not complete or were excluded", excluded.count()),
        ("personal answers left empty", kept.filter(personal="").count()),
        ("norm answers left empty", kept.filter(norm="").count()),
    ]
    return [(reason, n) for reason, n in reasons if n]
