"""Filters over runs, shared by the page, its CSV and the REST interface."""

from __future__ import annotations

from typing import Final

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from modeling.models import Run

ALL: Final = ("", _("All"))
SORTS: Final = (
    ("-created_at", _("Planned, newest first")),
    ("created_at", _("Planned, oldest first")),
    ("label", _("Model, A to Z")),
    ("-label", _("Model, Z to A")),
    ("-cells", _("Cells, most first")),
    ("-answered", _("Answered, most first")),
    ("-invalid", _("Invalid, most first")),
)
OFFERED: Final = (
    ("study", "study_slug"), ("dataset", "dataset_slug"), ("kind", "kind"),
    ("endpoint", "endpoint__name"), ("model", "endpoint__model"),
)  # fmt: skip
"""Filters whose choices on the page are the values that runs have."""


def _yes_no(field: str, label: object, yes: object, no: object) -> django_filters.BooleanFilter:
    choices = [ALL, ("true", yes), ("false", no)]
    return django_filters.BooleanFilter(
        field_name=field, label=label, widget=forms.Select(choices=choices)
    )


class RunFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """Text in label or id, what is asked, of which model, in which state, where it came from."""

    q = django_filters.CharFilter(label=_("Name or id"), method="search", max_length=200)
    study = django_filters.CharFilter(label=_("Study"), field_name="study_slug")
    dataset = django_filters.CharFilter(label=_("Dataset"), field_name="dataset_slug")
    kind = django_filters.CharFilter(label=_("Kind"), field_name="kind")
    endpoint = django_filters.CharFilter(label=_("Endpoint"), field_name="endpoint__name")
    model = django_filters.CharFilter(label=_("Model"), field_name="endpoint__model")
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=Run.State.choices, empty_label=_("All")
    )
    imported = _yes_no("imported", _("Answers"), _("imported"), _("asked here"))
    simulated = _yes_no("simulated", _("Simulated"), _("simulated"), _("not simulated"))
    sort = django_filters.OrderingFilter(
        label=_("Sorted by"), choices=SORTS, empty_label=None,
        fields=("created_at", "label", "cells", "answered", "invalid"),
    )  # fmt: skip

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()

    def search(self, runs: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        """Runs whose label holds the text, or whose id begins with it."""
        return runs.filter(Q(label__icontains=value) | Q(public_id__istartswith=value))

    def offer_only_present(self) -> None:
        """Let the page's form offer the values that runs have; no field where there is one."""
        columns = [column for name, column in OFFERED]
        found = list(Run.objects.order_by().values_list(*columns).distinct())
        for place, (name, _column) in enumerate(OFFERED):
            self._offer(name, {row[place] for row in found})

    @property
    def chosen(self) -> QuerySet[Run]:
        """The runs that pass; none where a filter has a value that it cannot have."""
        runs: QuerySet[Run] = self.qs if self.form.is_valid() else self.queryset.none()
        return runs

    def _offer(self, name: str, values: set[str | None]) -> None:
        fields, given = self.form.fields, self.form.data.get(name)
        offered = sorted({value for value in (*values, given) if value})
        if len(offered) < 2 and not given:
            del fields[name]
            return
        choices = [ALL, *((value, value) for value in offered)]
        fields[name] = forms.ChoiceField(label=fields[name].label, choices=choices, required=False)


class RestRunFilter(RunFilter):
    """The same for REST, which also takes the columns' own names."""

    class Meta(RunFilter.Meta):
        fields = ("study_slug", "dataset_slug", "label")
