"""What a page of traces is asked for: which list, of whom, in which order."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

ALL: Final = ("", _("All"))
LISTS: Final = (
    ("split", _("People split")),
    ("apart", _("Models leave people")),
    ("models", _("Models part")),
)
SORTS: Final = (
    ("bound", _("Surest first")),
    ("value", _("Largest measure first")),
    ("people", _("Most people first")),
    ("rate", _("People's culture rate, highest first")),
    ("gap", _("Models above people first")),
    ("-gap", _("Models below people first")),
    ("scenario", _("Scenario, A to Z")),
)
SETTINGS: Final = {"no_persona": _("as themselves"), "persona": _("as personas")}
FRAMES: Final = {"personal": _("What I would do"), "norm": _("What is appropriate")}

Choices = Sequence[tuple[str, Any]]


class TraceForm(forms.Form):
    """List, filters and order; what it offers is what there is. Empty values are everything."""

    show = forms.ChoiceField(label=_("Show"), required=False)
    frame = forms.ChoiceField(label=_("Question"), required=False)
    country = forms.ChoiceField(label=_("Scenario set in"), required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False)
    kind = forms.ChoiceField(label=_("Kind of preference"), required=False)
    relation = forms.ChoiceField(label=_("People's relation"), required=False)
    people_from = forms.ChoiceField(label=_("People from"), required=False)
    setting = forms.ChoiceField(label=_("Models asked"), required=False)
    model = forms.ChoiceField(label=_("Model"), required=False)
    q = forms.CharField(label=_("Text"), required=False, max_length=200)
    sort = forms.ChoiceField(label=_("Sorted by"), choices=SORTS, required=False)

    def __init__(self, data: Any, offered: dict[str, Choices]) -> None:
        super().__init__(data)
        for name in [*self.fields]:
            if name in ("q", "sort"):
                continue
            choices = list(offered.get(name, ()))
            if len(choices) < (2 if name in ("show", "setting", "model") else 1):
                del self.fields[name]
                continue
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices if name in ("show", "setting") else [ALL, *choices]

    def asked(self) -> dict[str, str]:
        """Every field's value, "" where it is not offered or holds what it cannot hold."""
        self.is_valid()
        cleaned = getattr(self, "cleaned_data", {})
        return {name: str(cleaned.get(name) or "") for name in self.base_fields}


def levels(values: Iterable[str]) -> Choices:
    """The values that occur, in order, with the words for them."""
    return [(value, value.replace("_", " ")) for value in sorted(set(values) - {""})]
