"""Forms of schemes: a definition as people write it, line by line, with countries by any name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from annotation.services.schemes import DISTANCE, MAX_NAME, all_schemes
from annotation.vocab.countries import UnknownCountry, by_iso2, resolve
from annotation.vocab.scheme_forms import HALF_ROUND_KM, MAX_NEAREST
from annotation.vocab.terms import Relation

RELATIONS = [(relation.value, relation.value) for relation in Relation]


class LookupForm(forms.Form):
    """A name of a country, in any spelling."""

    country = forms.CharField(label=_("Name, slug or code"), required=False, max_length=100)


class PairForm(forms.Form):
    """Two countries under a scheme."""

    participant = forms.CharField(label=_("Participant or actor from"), max_length=100)
    scenario = forms.CharField(label=_("Scenario in"), max_length=100)
    scheme = forms.ChoiceField(label=_("Scheme"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [row.name for row in all_schemes(DISTANCE)]
        given = self.data.get("scheme", "")
        names += [given] if "@" in given and given not in names else []
        self.fields["scheme"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]

    def clean_participant(self) -> str:
        """The country's code."""
        return _code(self.cleaned_data["participant"])

    def clean_scenario(self) -> str:
        """The country's code."""
        return _code(self.cleaned_data["scenario"])


class CopyForm(forms.Form):
    """The name of one's own scheme."""

    name = forms.SlugField(
        label=_("Name"),
        max_length=MAX_NAME,
        help_text=_("Small letters, digits and hyphens, such as my-scheme."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class EditForm(forms.Form):
    """What every edition has."""

    note = forms.CharField(
        label=_("What changes, and why"),
        max_length=300,
        help_text=_("Stands with the edition for ever."),
    )

    @classmethod
    def filled(cls, definition: Mapping[str, Any]) -> dict[str, Any]:
        """The form's first values."""
        raise NotImplementedError

    def changes(self) -> dict[str, Any]:
        """The parts of the definition that the form holds."""
        return {name: value for name, value in self.cleaned_data.items() if name != "note"}


class Lines(forms.CharField):
    """A text in which each line is read by itself; what is wrong names its line."""

    widget = forms.Textarea

    def __init__(self, read: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 12}), **kwargs)
        self.read = read

    def to_python(self, value: Any) -> list[Any]:  # type: ignore[override]
        """What the lines mean, in their order."""
        found = []
        for number, line in enumerate((super().to_python(value) or "").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append(self.read(line))
            except forms.ValidationError as error:
                where = _g("Line %(number)s: %(what)s")
                message = where % {"number": number, "what": error.messages[0]}
                raise forms.ValidationError(message) from None
        return found


def _override(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split(";", 3)]
    if len(parts) < 3:
        raise forms.ValidationError(_g("expected “country; country; relation; note”."))
    here, there, relation = _code(parts[0]), _code(parts[1]), parts[2].casefold()
    if relation not in dict(RELATIONS):
        expected = ", ".join(dict(RELATIONS))
        raise forms.ValidationError(
            _g("“%(found)s” is no relation; one of %(expected)s.")
            % {"found": parts[2], "expected": expected}
        )
    note = parts[3] if len(parts) > 3 else ""
    return {"participant": here, "scenario": there, "relation": relation, "note": note}


def _region(line: str) -> tuple[str, list[str]]:
    label, colon, names = line.partition(":")
    if not colon or not label.strip():
        raise forms.ValidationError(_g("expected “region: country; country”."))
    return label.strip(), sorted(_code(name) for name in names.split(";") if name.strip())


def _code(name: str) -> str:
    try:
        return resolve(name).iso2
    except UnknownCountry as error:
        raise forms.ValidationError(str(error)) from None


class _WithOverrides(EditForm):
    overrides = Lines(
        _override,
        label=_("Overrides"),
        help_text=_("One pair a line: country; country; relation; note. Overrides win."),
    )


class GeographyForm(_WithOverrides):
    """Parameters and overrides of a scheme that is computed from the map."""

    nearest = forms.IntegerField(
        label=_("Nearest capitals that are close"), min_value=0, max_value=MAX_NEAREST
    )
    nearest_within_km = forms.IntegerField(
        label=_("… within km"), min_value=0, max_value=HALF_ROUND_KM
    )
    far_beyond_km = forms.IntegerField(
        label=_("Far beyond km"), min_value=0, max_value=HALF_ROUND_KM
    )
    field_order = ("nearest", "nearest_within_km", "far_beyond_km", "overrides", "note")

    @classmethod
    def filled(cls, definition: Mapping[str, Any]) -> dict[str, Any]:
        """The edition's own values."""
        names = ("nearest", "nearest_within_km", "far_beyond_km")
        return {name: definition[name] for name in names} | {"overrides": _typed(definition)}


class TableForm(_WithOverrides):
    """Participant countries and pairs of a scheme that is a table."""

    participants = Lines(
        _code, label=_("Participant countries"), help_text=_("One country a line.")
    )
    any_other_pair = forms.ChoiceField(label=_("Any other pair is"), choices=RELATIONS)
    field_order = ("participants", "any_other_pair", "overrides", "note")

    @classmethod
    def filled(cls, definition: Mapping[str, Any]) -> dict[str, Any]:
        """The edition's own values."""
        return {
            "participants": "\n".join(by_iso2(code).name for code in definition["participants"]),
            "any_other_pair": definition["any_other_pair"],
            "overrides": _typed(definition),
        }


class RegionsForm(EditForm):
    """Regions with their countries."""

    regions = Lines(
        _region,
        label=_("Regions"),
        help_text=_("One region a line: its name, a colon, countries with semicolons between."),
    )
    field_order = ("regions", "note")

    def clean_regions(self) -> dict[str, list[str]]:
        """Labels with codes; a label that comes twice is refused."""
        lines: list[tuple[str, list[str]]] = self.cleaned_data["regions"]
        labels = [label for label, _codes in lines]
        for label in labels:
            if labels.count(label) > 1:
                raise forms.ValidationError(_g("“%(label)s” stands twice.") % {"label": label})
        return dict(lines)

    @classmethod
    def filled(cls, definition: Mapping[str, Any]) -> dict[str, Any]:
        """The edition's own values."""
        lines = [
            f"{label}: {'; '.join(by_iso2(code).name for code in codes)}"
            for label, codes in definition["regions"].items()
        ]
        return {"regions": "\n".join(lines)}


FORMS: Mapping[str, type[EditForm]] = {
    "geography": GeographyForm,
    "table": TableForm,
    "regions": RegionsForm,
}


def _typed(definition: Mapping[str, Any]) -> str:
    return "\n".join(
        "; ".join(
            part
            for part in (
                by_iso2(row["participant"]).name,
                by_iso2(row["scenario"]).name,
                row["relation"],
                row["note"],
            )
            if part
        )
        for row in definition["overrides"]
    )
