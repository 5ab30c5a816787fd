"""Studies and participants in Django's admin, to look at: only services write them."""

from django.contrib import admin

from pact_site.base.looking import LookOnly
from survey.models import Assignment, Exclusion, Instrument, Participant, Study


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
