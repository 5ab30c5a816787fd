"""Forms of construction and of a scenario's versions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import ScenarioVersion
from annotation.services import editing
from annotation.services.construction_overview import STATES, Overview, reason_of
from annotation.services.importers import Wording
from annotation.vocab.countries import all_countries, by_iso2
from pact_site.base.errors import BadInput

LONG = ("situation", "cultural_expectation", "personal_preference", "norm_basis")
LABELS = {
    "country": _("Country"),
    "situation": _("Situation"),
    "cultural_expectation": _("Cultural expectation"),
    "personal_preference": _("Personal preference"),
    "culture_action": _("Action that follows the culture"),
    "preference_action": _("Action that follows the preference"),
    "setting": _("Setting"),
    "theme": _("Theme"),
    "preference_type": _("Preference type"),
    "preference_strength": _("Preference strength"),
    "norm_basis": _("Norm rests on"),
}


class RowFilter(forms.Form):
    """Which rows of a construction to show: by state, step and reason."""

    state = forms.ChoiceField(label=_("State"), required=False)
    step = forms.ChoiceField(label=_("Step"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)

    def __init__(self, *args: Any, overview: Overview, **options: Any) -> None:
        super().__init__(*args, **options)
        codes = sorted({code for step in overview.steps for _verdict, code in step.reasons if code})
        self._offer("state", [(state, state) for state in STATES])
        self._offer("step", [(step.name.value, step.name.value) for step in overview.steps])
        self._offer("reason", [(code, f"{code}: {reason_of(code)}") for code in codes])

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen and exists; anything else is as good as nothing."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]


class VersionForm(forms.Form):
    """The texts of a scenario, why they are changed, and the version they are based on."""

    based_on = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Why it is changed"),
        max_length=editing.MAX_NOTE,
        help_text=_("A sentence for those who come after you; it stands in the history."),
    )
    field_order = [*LABELS, "note"]

    def __init__(self, *args: Any, newest: ScenarioVersion, **options: Any) -> None:
        texts = editing.wording_of(newest).columns()
        options["initial"] = {**texts, "based_on": newest.number} | options.get("initial", {})
        super().__init__(*args, **options)
        for name, label in LABELS.items():
            self.fields[name] = _field(name, label)
        self.order_fields(self.field_order)
        self.wording: Wording | None = None

    def clean(self) -> dict[str, Any]:
        """Let the service judge the texts; what it finds stands beside the field."""
        given = super().clean() or {}
        try:
            self.wording = editing.wording_from({name: given.get(name, "") for name in LABELS})
        except BadInput as error:
            self.add_refusal(error)
        return given

    def add_refusal(self, error: BadInput) -> None:
        """Put what the service refused where it belongs."""
        column = (
            error.column if error.column in self.fields and error.column != "based_on" else None
        )
        error.column = None
        self.add_error(column, str(error))


def _field(name: str, label: Any) -> forms.Field:
    if name == "country":
        choices = [(country.iso2, country.name) for country in all_countries()]
        choices.sort(key=lambda pair: by_iso2(pair[0]).name)
        return forms.ChoiceField(label=label, choices=choices)
    if name in editing.TERMS:
        terms = [(term.value, term.value.replace("_", " ")) for term in editing.TERMS[name]]
        return forms.ChoiceField(label=label, choices=[("", "—"), *terms], required=False)
    if name == "setting":
        return forms.CharField(label=label, required=False)
    rows = 4 if name == "situation" else 2
    return forms.CharField(
        label=label, required=name == "situation", widget=forms.Textarea(attrs={"rows": rows})
    )
