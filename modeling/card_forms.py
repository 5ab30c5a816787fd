"""The form of a model's notes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.services.datasets import BadArgument
from modeling.models import ModelCard
from modeling.services import cards
from pact_site.base.models import User

_TEXT = forms.Textarea(attrs={"rows": 4})


class CardForm(forms.ModelForm[ModelCard]):
    """Every field may stay empty: then a report says "not stated"."""

    source = forms.URLField(
        label=_("Source"), max_length=500, required=False, assume_scheme="https",
        help_text=_("Address of the card or paper that this is taken from."),
    )  # fmt: skip

    class Meta:
        model = ModelCard
        fields = cards.FIELDS
        widgets = {"training": _TEXT, "relation": _TEXT}
        labels = {
            "developer": _("Developer"),
            "size": _("Size"),
            "released": _("Released"),
            "licence": _("Licence"),
            "context": _("Context window"),
            "training": _("What its card says of training"),
            "relation": _("What that has to do with the findings"),
        }
        help_texts = {
            "size": _("Parameters, as the developer states them, such as 8 B."),
            "released": _("Month or day, such as 2024-07."),
            "context": _("In tokens, as stated."),
            "training": _("In your own words: fine-tuning, preference data, languages."),
            "relation": _("Your reading; a card describes, it does not explain."),
        }

    def store(self, name: str, actor: User) -> bool:
        """Write the notes; False with the form saying why not."""
        given: dict[str, Any] = {field: self.cleaned_data[field] for field in cards.FIELDS}
        try:
            cards.write(name=name, actor=actor, **given)
        except BadArgument as error:
            self.add_error(error.argument if error.argument in self.fields else None, str(error))
            return False
        return True
