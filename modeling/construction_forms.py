"""The form that starts a construction, or asks rows of one again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Construction, Dataset
from annotation.services import construction as steps
from annotation.vocab.construction import StepName, steps_for
from modeling.services import endpoints
from modeling.services.endpoints import Endpoint
from pact_site.base.forms import ResolvingForm


class ConstructForm(ResolvingForm):
    """Which steps for which rows, by which endpoint."""

    resolves = ("endpoint", "rows")

    endpoint = forms.ChoiceField(label=_("Endpoint"))
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("Of a new construction; the model's name where it is empty."),
    )
    steps = forms.MultipleChoiceField(label=_("Steps"), widget=forms.CheckboxSelectMultiple)
    rows = forms.CharField(
        label=_("Rows"),
        required=False,
        help_text=_("Their ids in the source, separated by commas. Empty: every row."),
    )
    again = forms.BooleanField(
        label=_("Ask again where an answer stands already"),
        required=False,
        help_text=_("A further try is recorded. What was built on the earlier one becomes stale."),
    )
    invalid = forms.BooleanField(
        label=_("Ask again where the newest try was invalid"), required=False
    )
    temperature = forms.FloatField(
        label=_("Temperature"),
        min_value=0,
        max_value=2,
        initial=0,
        help_text=_("At 0 a model mostly says the same again; above 0 another try may differ."),
    )
    limit = forms.IntegerField(
        label=_("At most so many rows"),
        min_value=1,
        required=False,
        help_text=_("Of the first step."),
    )

    def __init__(
        self, *args: Any, dataset: Dataset, construction: Construction | None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.dataset, self.construction = dataset, construction
        pipeline = (
            steps.steps_of(construction) if construction else steps_for(dataset.source_format)
        )
        field = self.fields["steps"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(step.value, step.value) for step in pipeline]
        field.initial = [step.value for step in pipeline]
        chosen = self.fields["endpoint"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = _endpoints(construction)
        if construction:
            del self.fields["name"]

    @property
    def chosen_steps(self) -> tuple[StepName, ...]:
        """The steps in the pipeline's order."""
        return tuple(StepName(name) for name in self.cleaned_data["steps"])

    def resolve_endpoint(self, name: str) -> Endpoint:
        """The endpoint of this name now, or as the construction that goes on has stored it."""
        if self.construction:
            return endpoints.stored(self.construction.endpoint)
        return endpoints.named(name)

    def resolve_rows(self, text: str) -> list[int] | None:
        """The rows named, None for all."""
        ids = [word.strip() for word in text.split(",") if word.strip()]
        return steps.rows_named(self.dataset, ids) if ids else None


def _endpoints(construction: Construction | None) -> list[tuple[str, str]]:
    if construction:
        name = str(construction.endpoint["name"])
        return [(name, f"{name} ({construction.endpoint['model']})")]
    return endpoints.writers()
