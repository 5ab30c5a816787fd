"""Where submissions are shown that are nobody's here."""

from __future__ import annotations

from survey.models import Cohort, ProlificIdentity, Study


def home_cohort(study: Study) -> str:
    """Whose pages show submissions that no session here belongs to: the real cohort's, or the
    rehearsal's in a study that has nothing but a rehearsal."""
    sessions = ProlificIdentity.objects.filter(study=study)
    if sessions.filter(cohort=Cohort.REAL).exists():
        return Cohort.REAL.value
    rehearsed = sessions.filter(cohort=Cohort.REHEARSAL).exists()
    return Cohort.REHEARSAL.value if rehearsed else Cohort.REAL.value
