"""Forms of screenings and releases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from annotation.models import Dataset, Judge, Validation
from annotation.validation_forms import Comma

MAX_LIST_BYTES = 5_000_000
MAX_CHECKS = 2000

RULES = [
    ("judge", _("A model judge says no")),
    ("people", _("Annotators of a validation, by its removal rule")),
    ("list", _("A list of my own (CSV: key, reason)")),
    ("none", _("Nothing: people look at a sample of everything")),
]
SHOWN = [
    ("", _("All")),
    ("flagged", _("flagged")),
    ("removed", _("removed")),
    ("overridden", _("decided against the rule")),
    ("to_check", _("drawn for a check")),
    ("silent", _("not judged")),
]


class ScreeningForm(forms.Form):
    """A name, what flags, and how many of each side people check."""

    name = forms.CharField(label=_("Name"), max_length=200)
    rule = forms.ChoiceField(
        label=_("What flags a scenario"), choices=RULES, widget=forms.RadioSelect, initial="judge"
    )
    judge = forms.ModelChoiceField(
        label=_("Judge"),
        queryset=Judge.objects.none(),
        required=False,
        empty_label="—",
        help_text=_("Where a judge flags."),
    )
    validation = forms.ModelChoiceField(
        label=_("Validation"),
        queryset=Validation.objects.none(),
        required=False,
        empty_label="—",
        help_text=_("Where annotators flag."),
    )
    criteria = Comma(
        label=_("Criteria"),
        required=False,
        help_text=_(
            "Codes with commas between them; a no to any of them flags. Empty: all that are asked."
        ),
    )
    file = forms.FileField(
        label=_("List"),
        required=False,
        help_text=_("Where a list of your own flags."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
    )
    flagged = forms.IntegerField(
        label=_("Checks of flagged scenarios"), min_value=0, max_value=MAX_CHECKS, initial=50
    )
    unflagged = forms.IntegerField(
        label=_("Checks of the others"),
        min_value=0,
        max_value=MAX_CHECKS,
        initial=50,
        help_text=_("People check both sides without being told the side: that gives both errors."),
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, initial=1)

    def __init__(self, dataset: Dataset, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judge"].queryset = dataset.judges.all()  # type: ignore[attr-defined]
        self.fields["validation"].queryset = dataset.validations.exclude(  # type: ignore[attr-defined]
            state=Validation.State.DRAFT
        )

    def clean(self) -> dict[str, Any]:
        """The rule's own field has to be filled, the others do not matter."""
        given = super().clean() or self.cleaned_data
        needed = {"judge": "judge", "people": "validation", "list": "file"}.get(
            given.get("rule", "")
        )
        if needed and not given.get(needed):
            self.add_error(needed, _g("This rule needs it."))
        upload = given.get("file")
        if upload is not None and upload.size > MAX_LIST_BYTES:
            self.add_error("file", _g("The list has more than 5 MB."))
        return given


class ReviewForm(forms.Form):
    """Keep or remove, and why."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed to remove."),
    )


class ReleaseForm(forms.Form):
    """What a release's readers should know."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class RowFilter(forms.Form):
    """Which rows of a screening to show."""

    show = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    q = forms.CharField(label=_("Text"), required=False, max_length=200)
