"""Datasets and scenarios in Django's admin, to look at: imports and services write them."""

from django.contrib import admin

from annotation.models import Dataset, Release, Scenario, ScenarioVersion, SourceRow
from pact_site.base.looking import LookOnly


@admin.register(Dataset)
class DatasetAdmin(LookOnly, admin.ModelAdmin[Dataset]):
    """Datasets with their licence."""

    list_display = ("slug", "name", "source_format", "source_version", "licence", "created_at")
    search_fields = ("slug", "name")


@admin.register(SourceRow)
class SourceRowAdmin(LookOnly, admin.ModelAdmin[SourceRow]):
    """Source rows as their publishers wrote them."""

    list_display = ("source_id", "dataset", "country", "gold_label", "file_name", "row_number")
    list_filter = ("dataset", "gold_label")
    search_fields = ("source_id",)


class VersionInline(LookOnly, admin.StackedInline[ScenarioVersion, Scenario]):
    """A scenario's versions below it."""

    model = ScenarioVersion
    extra = 0


@admin.register(Scenario)
class ScenarioAdmin(LookOnly, admin.ModelAdmin[Scenario]):
    """Scenarios with their versions."""

    list_display = ("key", "dataset")
    list_filter = ("dataset",)
    search_fields = ("key",)
    inlines = [VersionInline]


@admin.register(Release)
class ReleaseAdmin(LookOnly, admin.ModelAdmin[Release]):
    """Frozen releases; their versions are listed by the dataset's pages and exports."""

    list_display = ("dataset", "number", "content_hash", "created_at")
    exclude = ("versions",)
