"""Signed notes that let their bearer into a cohort other than `real`; nobody outside can make one."""

from __future__ import annotations

from django.core import signing

from survey.models import Cohort, Study

PARAMETER = "ticket"
"""The name of a ticket in a link."""

_SALT = "survey.ticket"
_SECONDS = 24 * 3600


def make_ticket(study: Study, cohort: Cohort) -> str:
    """A ticket to one study and cohort, good for a day."""
    return signing.dumps({"study": study.slug, "cohort": str(cohort.value)}, salt=_SALT)


def ticket_cohort(text: str, study: Study) -> Cohort | None:
    """The cohort a ticket is for; None when it is forged, old, or for another study."""
    try:
        ticket = signing.loads(text, salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    return Cohort(ticket["cohort"]) if ticket["study"] == study.slug else None
