"""What researchers send from the Prolific pages."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from survey.prolific.choosing import AWAITING, DISCREPANCIES
from survey.prolific.rules import Action
from survey.prolific.suggesting import Kind, Next

MAX_UPLOAD_BYTES = 20_000_000

SHOWN = [
    ("", _("everything")),
    (DISCREPANCIES, _("discrepancies only")),
    (AWAITING, _("awaiting review")),
]


class LinkForm(forms.Form):
    """Which of Prolific's studies this one is."""

    prolific_study_id = forms.CharField(
        label=_("Prolific study id"),
        help_text=_("24 characters; it ends the address of the study at Prolific."),
        required=False,
        validators=[
            RegexValidator(r"^[0-9A-Fa-f]{24}$", _("An id has 24 characters: 0–9 and a–f."))
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_prolific_study_id(self) -> str:
        """In lower case, as Prolific writes it."""
        return str(self.cleaned_data["prolific_study_id"]).casefold()


class ExportForm(forms.Form):
    """The demographic export."""

    file = forms.FileField(
        label=_("Demographic export"),
        help_text=_("The CSV file as Prolific made it, of any year, up to 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """The upload, if it is not too large."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return upload


class LedgerFilter(forms.Form):
    """Which lines of the ledger are shown; what cannot be read shows everything."""

    show = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    kind = forms.ChoiceField(
        label=_("Discrepancy"),
        choices=[("", _("any")), *((kind.value, kind.label) for kind in Kind)],
        required=False,
    )
    action = forms.ChoiceField(
        label=_("Next step"),
        choices=[("", _("any")), *((step.value, step.label) for step in Next)],
        required=False,
    )


class DecisionForm(forms.Form):
    """A decision as typed; whether it is allowed is the rules' affair."""

    action = forms.ChoiceField(choices=[(action.value, action.value) for action in Action])
    category = forms.CharField(required=False, max_length=24)
    message = forms.CharField(required=False, max_length=4000)
