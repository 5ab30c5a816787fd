"""The flow of participants, from everyone who consented to those whose answers count."""

from dataclasses import dataclass

from django.db.models import Count

from analysis.frames.subjects import analysed
from survey.models import Answer, Exclusion, Participant, Study


@dataclass(frozen=True)
class Step:
    """One step of the flow: how many people reached it, and why the others did not."""

    name: str
    people: int
    note: str = ""


def participant_flow(study: Study, cohort: str) -> list[Step]:
    """Consented, completed, passed and analysed, with the reasons people were lost at each step."""
    everyone = Participant.objects.filter(study=study, cohort=cohort)
    counted = analysed(study, cohort)
    if study.origin == Study.Origin.IMPORTED:
        first = [Step("in the imported file", everyone.count())]
    else:
        done = everyone.filter(state=Participant.State.COMPLETED).count()
        first = [
            Step("consented", everyone.count()),
            Step("completed", done, _lost(everyone.exclude(state=Participant.State.COMPLETED))),
        ]
    return [*first, Step("analysed", counted.count(), _exclusions(study, cohort))]


def _lost(people: object) -> str:
    states = people.values("state").annotate(n=Count("pk")).order_by("-n")  # type: ignore[attr-defined]
    labels = dict(Participant.State.choices)
    return ", ".join(f"{row['n']} {labels[row['state']]}" for row in states)


def _exclusions(study: Study, cohort: str) -> str:
    rules = (
        Exclusion.objects.filter(
            participant__study=study, participant__cohort=cohort, reversed_at__isnull=True
        )
        .values("rule")
        .annotate(n=Count("participant", distinct=True))
        .order_by("rule")
    )
    return ", ".join(f"{row['n']} excluded by {row['rule']}" for row in rules)


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
