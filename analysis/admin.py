"""Reports in Django's admin, to look at."""

from django.contrib import admin

from .models import Report, ResultsPage


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin[Report]):
    """Reports are made by jobs and commands, never by hand."""

    list_display = ("subject", "kind", "cohort", "created_at", "finished_at")
    list_filter = ("kind", "cohort")

    def has_add_permission(self, request: object) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        """Never."""
        return False


@admin.register(ResultsPage)
class ResultsPageAdmin(admin.ModelAdmin[ResultsPage]):
    """Results pages are written and published on their own pages, where publishing asks first."""

    list_display = ("study", "edition", "published_at", "changed_at")

    def has_add_permission(self, request: object) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        """Never."""
        return False
