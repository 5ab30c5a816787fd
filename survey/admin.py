"""Studies and participants in Django's admin, to look at: only services write them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from survey.models import Assignment, Exclusion, Instrument, Participant, Study


class LookOnly:
    """Rows that only services write, so that places, versions and the audit trail hold."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False


@admin.register(Study)
class StudyAdmin(LookOnly, admin.ModelAdmin[Study]):
    """Studies."""

    list_display = ("slug", "name", "state", "origin", "release", "scheme")
    list_filter = ("state", "origin")


@admin.register(Instrument)
class InstrumentAdmin(LookOnly, admin.ModelAdmin[Instrument]):
    """Versions of instruments."""

    list_display = ("study", "number", "content_hash", "created_at")


@admin.register(Participant)
class ParticipantAdmin(LookOnly, admin.ModelAdmin[Participant]):
    """Participants under their pseudonyms; the key that opens their pages is not shown."""

    list_display = ("pseudonym", "study", "cohort", "state", "country", "completed_at")
    list_filter = ("cohort", "state", "study")
    exclude = ("key",)


@admin.register(Assignment)
class AssignmentAdmin(LookOnly, admin.ModelAdmin[Assignment]):
    """Assignments with why they were made."""

    list_display = ("participant", "position", "item", "relation", "state", "surplus")
    list_filter = ("cohort", "state", "surplus", "relation")


@admin.register(Exclusion)
class ExclusionAdmin(LookOnly, admin.ModelAdmin[Exclusion]):
    """Exclusions with their evidence."""

    list_display = ("participant", "rule", "rule_version", "decided_by", "reversed_at")
