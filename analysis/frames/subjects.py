"""Which study, and which of its participants, a frame is about."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Validation
from pact_site.base.errors import BadInput
from survey.models import Cohort, Exclusion, Participant, Study


def get_study(slug: str) -> Study:
    """The study with this slug; BadInput names the slugs there are."""
    try:
        return Study.objects.select_related("release__dataset").get(slug=slug)
    except Study.DoesNotExist:
        known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise BadInput(
            "There is no such study.", found=slug, expected=known or "a study (none exists yet)"
        ) from None


def resolve_cohort(study: Study, asked: str | None = None) -> str:
    """The cohort to analyse: what was asked, else real; rehearsal only where nobody is real."""
    if asked:
        if asked not in (Cohort.REAL, Cohort.REHEARSAL):
            raise BadInput("Unknown cohort.", found=asked, expected="real, rehearsal")
        return asked
    everyone = Participant.objects.filter(study=study)
    if everyone.filter(cohort=Cohort.REAL).exists():
        return str(Cohort.REAL.value)
    simulated = everyone.filter(cohort=Cohort.REHEARSAL).exists()
    return str((Cohort.REHEARSAL if simulated else Cohort.REAL).value)


def analysed(study: Study, cohort: str) -> QuerySet[Participant]:
    """Participants whose answers count: completed or imported, with no exclusion in force."""
    excluded = Exclusion.objects.filter(participant=OuterRef("pk"), reversed_at__isnull=True)
    everyone = Participant.objects.filter(study=study, cohort=cohort)
    gone = [Participant.State.WITHDRAWN, Participant.State.RETURNED]
    if study.origin == Study.Origin.IMPORTED:
        counted = everyone.exclude(state__in=gone)
    else:
        counted = everyone.filter(state=Participant.State.COMPLETED)
    return counted.filter(~Q(Exists(excluded)))


def get_validation(slug: str) -> Validation:
    """The validation; BadInput for an unknown slug."""
    found = Validation.objects.select_related("dataset", "release").filter(slug=slug).first()
    if found is None:
        known = ", ".join(Validation.objects.values_list("slug", flat=True)[:20])
        raise BadInput("There is no such validation.", found=slug, expected=known or "a validation")
    return found
