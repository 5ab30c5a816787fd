"""The form that starts a judge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.models import Dataset, Validation
from annotation.services import judging
from annotation.services.judging import Subject
from modeling.services import endpoints
from modeling.services.judging import MAX_REPEATS
from pact_site.base.forms import ResolvingForm


class JudgeForm(ResolvingForm):
    """What is judged, by which endpoint, how often."""

    resolves = ("over", "endpoint")

    over = forms.ChoiceField(label=_("What is judged"))
    endpoint = forms.ChoiceField(label=_("Endpoint"))
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("The model's name where it is empty."),
    )
    repeats = forms.IntegerField(
        label=_("Repeats"),
        min_value=1,
        max_value=MAX_REPEATS,
        initial=1,
        help_text=_("Several show how often the judge contradicts itself, at a temperature."),
    )
    temperature = forms.FloatField(
        label=_("Temperature"), min_value=0.0, max_value=2.0, initial=0.0
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, required=False)
    limit = forms.IntegerField(
        label=_("At most so many scenarios"),
        min_value=1,
        required=False,
        help_text=_("Look at the first few before you ask the rest: the same judge goes on then."),
    )

    def __init__(self, *args: Any, dataset: Dataset, **options: Any) -> None:
        super().__init__(*args, **options)
        self.dataset = dataset
        for name, choices in (("over", self._subjects()), ("endpoint", endpoints.writers())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def _subjects(self) -> list[tuple[str, str]]:
        releases = self.dataset.releases.order_by("-number")
        frozen = self.dataset.validations.exclude(state=Validation.State.DRAFT)
        return [
            (judging.DATASET, gettext("the newest version of every scenario")),
            *((f"release/{one.number}", gettext("release %d") % one.number) for one in releases),
            *((f"validation/{one.slug}", gettext("sample of %s") % one.name) for one in frozen),
        ]

    def resolve_over(self, chosen: str) -> Subject:
        """The scenarios that a choice stands for."""
        over, _slash, which = chosen.partition("/")
        if over == judging.RELEASE:
            return judging.of_release(f"{self.dataset.slug}/{which}")
        if over == judging.VALIDATION:
            return judging.of_validation(which)
        return judging.of_dataset(self.dataset.slug)

    def resolve_endpoint(self, name: str) -> endpoints.Endpoint:
        """The endpoint of this name, with the seed given here."""
        return endpoints.named(name, seed=self.cleaned_data.get("seed"))
