"""Forms of a validation's results: which items to show, and the outcome of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Criterion, Validation
from annotation.services.labels.adjudicating import MAX_RATIONALE
from annotation.services.labels.results import affirmative
from annotation.services.validation.protocol import rule_for

SHOWN = (
    ("", _("all items")),
    ("differ", _("annotators differ")),
    ("open", _("annotators differ, not settled yet")),
    ("negative", _("somebody did not say %s")),
    ("proposed", _("proposed for removal")),
    ("flagged", _("flagged")),
    ("single", _("a single annotator")),
    ("settled", _("settled")),
)


class ItemFilter(forms.Form):
    """Which items, by words in their id, by criterion and by what was said of them."""

    q = forms.CharField(label=_("Item"), required=False, max_length=220)
    criterion = forms.ChoiceField(label=_("Question"), required=False)
    show = forms.ChoiceField(label=_("Show"), required=False)

    def __init__(self, validation: Validation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [(one.code, one.code) for one in validation.criteria.all()]
        yes = affirmative(validation.labels)
        shown = [(key, text % yes if key == "negative" else text) for key, text in SHOWN]
        if rule_for(validation.removal_rule, validation.labels) is None:
            shown = [(key, text) for key, text in shown if key != "proposed"]
        choices: dict[str, list[tuple[str, Any]]] = {
            "criterion": [("", _("all questions")), *codes],
            "show": shown,
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options

    def wanted(self, name: str) -> str:
        """What was asked for; what is not known is not asked for."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")


class OutcomeForm(forms.Form):
    """The outcome of one item under one criterion, with its reasons."""

    value = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    rationale = forms.CharField(
        label=_("Why"),
        max_length=MAX_RATIONALE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, criterion: Criterion, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", criterion.code)
        super().__init__(*args, **kwargs)
        field = self.fields["value"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(label, label) for label in criterion.validation.labels]
