"""The form that brings answers in."""

from __future__ import annotations

from typing import Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MOST_BYTES: Final = 200_000_000


class AnswersForm(forms.Form):
    """A file of answers, and what the model went by there."""

    file = forms.FileField(
        label=_("Answers"),
        help_text=_(
            "JSON lines as vllm run-batch and batches write them, up to 200 MB. Larger files: "
            "manage.py import_answers."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".jsonl,.json,application/jsonl"}),
    )
    model = forms.CharField(
        label=_("The model's name there"),
        required=False,
        max_length=200,
        help_text=_("Only where it went by another name than in the prompts."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """The upload, if it is not too large."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        size = upload.size or 0
        if size > MOST_BYTES:
            message = gettext("The file has %(size)s; at most %(limit)s are taken here.")
            sizes = {"size": filesizeformat(size), "limit": filesizeformat(MOST_BYTES)}
            raise forms.ValidationError(message % sizes)
        return upload
