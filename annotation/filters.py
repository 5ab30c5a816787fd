"""Filters over scenario versions, shared by the pages and the REST interface."""

from __future__ import annotations

from collections.abc import Iterable

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.models import ScenarioVersion
from annotation.services.datasets import GOLD_LABEL, counts_by
from annotation.vocab.countries import all_countries, by_iso2
from annotation.vocab.terms import Theme

NONE = "none"
SEARCHED = ("situation", "cultural_expectation", "personal_preference", "scenario__key")


class ScenarioFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """Text, country, theme and gold label; `none` stands for scenarios without a theme or label."""

    q = django_filters.CharFilter(label=_("Text"), method="search", max_length=200)
    country = django_filters.ChoiceFilter(
        label=_("Country"), choices=[(c.iso2, c.name) for c in all_countries()]
    )
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
        for name, column in (("theme", "theme"), ("gold_label", GOLD_LABEL)):
            counts = counts_by(versions, column)
            if any(counts):
                self._offer(name, _present(counts))
            else:
                del self.form.fields[name]

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        fields = self.form.fields
        offered = [("", _("All")), *choices]
        fields[name] = forms.ChoiceField(label=fields[name].label, choices=offered, required=False)


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
