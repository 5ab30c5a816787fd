"""Filters over scenario versions, shared by the pages and the REST interface."""

from __future__ import annotations

from collections.abc import Iterable

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.models import ScenarioVersion
from annotation.services.datasets import GOLD_LABEL, by_region, counts_by
from annotation.services.schemes import REGION, all_schemes, find_regions, full_name
from annotation.vocab.countries import all_countries, by_iso2
from annotation.vocab.regions import DEFAULT_REGIONS, UnknownRegions
from annotation.vocab.terms import Theme

NONE = "none"
SEARCHED = ("situation", "cultural_expectation", "personal_preference", "scenario__key")


class RegionsField(forms.CharField):
    """The name of a region scheme, in full; empty is the shipped one."""

    def clean(self, value: str) -> str:
        """The scheme's full name; a ValidationError lists the known ones."""
        try:
            return full_name(REGION, super().clean(value) or DEFAULT_REGIONS)
        except UnknownRegions as error:
            raise forms.ValidationError("%(words)s", params={"words": str(error)}) from None


class RegionsFilter(django_filters.Filter):  # type: ignore[misc]  # has no types
    """Which region scheme `region` means."""

    field_class = RegionsField


class ScenarioFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """Text, country, region, theme and gold label; `none` stands for scenarios without one."""

    q = django_filters.CharFilter(label=_("Text"), method="search", max_length=200)
    country = django_filters.ChoiceFilter(
        label=_("Country"), choices=[(c.iso2, c.name) for c in all_countries()]
    )
    region = django_filters.CharFilter(label=_("Region"), method="in_region")
    regions = RegionsFilter(label=_("Region scheme"), method="keep_all")
    theme = django_filters.ChoiceFilter(
        label=_("Theme"), choices=[*((t.value, t.value) for t in Theme), (NONE, NONE)],
        method="equal_or_none",
    )  # fmt: skip
    gold_label = django_filters.CharFilter(
        label=_("Gold label"), field_name=GOLD_LABEL, method="equal_or_none"
    )

    class Meta:
        model = ScenarioVersion
        fields: tuple[str, ...] = ()

    def search(
        self, versions: QuerySet[ScenarioVersion], name: str, value: str
    ) -> QuerySet[ScenarioVersion]:
        """Versions in which every word of the query occurs."""
        for word in value.split():
            versions = versions.filter(_any_of(word))
        return versions

    def in_region(
        self, versions: QuerySet[ScenarioVersion], name: str, value: str
    ) -> QuerySet[ScenarioVersion]:
        """Versions from a region's countries, by its label in the chosen scheme."""
        scheme = find_regions(self.form.cleaned_data["regions"])
        if value == NONE:
            return versions.exclude(country__in=list(scheme.of))
        return versions.filter(country__in=scheme.codes(value))

    @property
    def region_scheme(self) -> str:
        """The full name of the region scheme that was asked for, or the shipped one."""
        asked = self.form.cleaned_data.get("regions") if self.form.is_valid() else None
        return asked or DEFAULT_REGIONS

    def keep_all(
        self, versions: QuerySet[ScenarioVersion], name: str, value: str
    ) -> QuerySet[ScenarioVersion]:
        """Every version: the scheme alone chooses nothing."""
        return versions

    def equal_or_none(
        self, versions: QuerySet[ScenarioVersion], name: str, value: str
    ) -> QuerySet[ScenarioVersion]:
        """Versions with this value, or with none at all."""
        if value == NONE:
            return versions.filter(Q(**{name: ""}) | Q(**{f"{name}__isnull": True}))
        return versions.filter(**{name: value})

    def offer_only_present(self, versions: QuerySet[ScenarioVersion]) -> None:
        """Let the page's form offer what occurs in `versions`, with counts; no field where nothing does."""
        countries = counts_by(versions, "country")
        names = {
            code: by_iso2(code).name for code in sorted(countries, key=lambda c: by_iso2(c).name)
        }
        self._offer(
            "country", [(code, f"{name} ({countries[code]})") for code, name in names.items()]
        )
        self._offer_regions(countries)
        for name, column in (("theme", "theme"), ("gold_label", GOLD_LABEL)):
            counts = counts_by(versions, column)
            if any(counts):
                self._offer(name, _present(counts))
            else:
                del self.form.fields[name]

    def _offer_regions(self, countries: dict[str, int]) -> None:
        """Regions of the chosen scheme that occur; the choice of scheme only where there is one."""
        form = self.form
        self._offer("region", _present(by_region(countries, self.region_scheme)))
        schemes = [(row.name, row.name) for row in all_schemes(REGION)]
        if len(schemes) == 1:
            del form.fields["regions"]
            return
        form.fields["regions"].widget = forms.Select(choices=schemes)

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        # The widget, not the field: a form that was validated keeps showing the fields it had then.
        self.form.fields[name].widget = forms.Select(choices=[("", _("All")), *choices])


def _any_of(word: str) -> Q:
    found = Q()
    for column in SEARCHED:
        found |= Q(**{f"{column}__icontains": word})
    return found


def _present(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(value or NONE, f"{term(value)} ({n})") for value, n in counts.items()]


def term(value: str) -> str:
    """A code of the vocabulary as people read it."""
    return value.replace("_", " ") if value else NONE
