"""Counting what leaves no row about anybody."""

from __future__ import annotations

from django.db.models import F

from survey.models import Study, Tally

DECLINED = "declined"
INCOMPATIBLE = "incompatible_device"


def tally(*, study: Study, cohort: str, event: str) -> None:
    """Count one more of an event; nothing about who it was."""
    row, _ = Tally.objects.get_or_create(study=study, cohort=cohort, event=event)
    Tally.objects.filter(pk=row.pk).update(count=F("count") + 1)
