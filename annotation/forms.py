"""Forms of this app."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.services.datasets import MAX_SLUG
from annotation.services.importers import LICENCE_URLS

MAX_UPLOAD_BYTES = 20 * 1024**2  # some 50,000 rows: written within one web request

FORMAT_CHOICES = [
    ("csv", _("A table of your own (scenario CSV)")),
    ("normad", _("NormAd-ETI")),
    ("cultureatlas", _("CultureAtlas")),
    ("pact", _("PACT base instances")),
]


class ImportForm(forms.Form):
    """A file, what it is, and the dataset it goes into."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("A CSV file in UTF-8, up to 20 MB. Larger files: manage.py import_scenarios."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    source_format = forms.ChoiceField(label=_("Format"), choices=FORMAT_CHOICES)
    dataset = forms.SlugField(
        label=_("Dataset"),
        max_length=MAX_SLUG,
        help_text=_(
            "Its short name in addresses and commands, such as my-scenarios. Made if it is new."
        ),
    )
    licence = forms.CharField(
        label=_("Licence"),
        required=False,
        max_length=100,
        help_text=_("Only for a table of your own that starts a new dataset, such as CC BY 4.0."),
        widget=forms.TextInput(attrs={"list": "licences", "autocomplete": "off"}),
    )
    include_neutral = forms.BooleanField(
        label=_("Keep NormAd's neutral rows, flagged"),
        required=False,
        help_text=_(
            "They pair a story with another country's rule, so they are left out by default."
        ),
    )

    negatives = forms.BooleanField(
        label=_("CultureAtlas' file of negatives: every statement in it is false"), required=False
    )

    licences = tuple(LICENCE_URLS)

    def clean_file(self) -> UploadedFile[bytes]:
        """The upload, if it is not too large."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        size = upload.size or 0
        if size > MAX_UPLOAD_BYTES:
            message = gettext("The file has %(size)s; at most %(limit)s are taken here.")
            sizes = {"size": filesizeformat(size), "limit": filesizeformat(MAX_UPLOAD_BYTES)}
            raise forms.ValidationError(message % sizes)
        return upload
