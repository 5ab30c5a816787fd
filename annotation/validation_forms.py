"""Forms of protocols and invitations."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Dataset, Release, Validation
from annotation.services.validation.protocol import (
    MAX_ANNOTATORS,
    CriterionText,
    Plan,
    Protocol,
    RemovalRule,
)

MOST_CRITERIA = 12

STRATA_CHOICES = [
    ("country", _("country")),
    ("theme", _("theme")),
    ("preference_type", _("preference type")),
    ("preference_strength", _("preference strength")),
    ("gold_label", _("gold label of the source")),
]
MODE_CHOICES = [
    ("planned", _("Planned: everybody has a list of their own, and every pair shares items")),
    ("free", _("Free: whoever comes takes the next item")),
]
RULE_CHOICES = [
    ("majority", _("more than half of its raters")),
    ("any", _("any of its raters")),
    ("all", _("all of its raters")),
]


class Comma(forms.CharField):
    """Words with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        """The list as it is typed."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """The typed words as a tuple."""
        return tuple(part for part in re.split(r"\s*,\s*", super().to_python(value) or "") if part)


class CriterionForm(forms.Form):
    """One question. An empty row is no question."""

    code = forms.CharField(label=_("Code"), max_length=60, required=False)
    question = forms.CharField(label=_("Question"), max_length=300, required=False)
    guidance = forms.CharField(
        label=_("Guidance"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    @property
    def text(self) -> CriterionText | None:
        """What was filled in; None for an empty row."""
        given = self.cleaned_data
        if not any(given.values()):
            return None
        return CriterionText(given["code"], given["question"], given["guidance"])


CriterionFormSet = forms.formset_factory(CriterionForm, extra=1, max_num=MOST_CRITERIA)


class ProtocolForm(forms.Form):
    """A draft: what is drawn, who rates it, and what an answer looks like."""

    name = forms.CharField(label=_("Name"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name"),
        help_text=_("For addresses and commands, such as pilot-200. It stays as it is."),
    )
    dataset = forms.ModelChoiceField(
        Dataset.objects.all(), label=_("Dataset"), to_field_name="slug", empty_label=None
    )
    release = forms.ModelChoiceField(
        Release.objects.select_related("dataset"),
        label=_("Release"),
        required=False,
        empty_label=_("none: the newest version of every scenario"),
    )
    sample_size = forms.IntegerField(label=_("Items in the sample"), min_value=1)
    stratify_by = forms.MultipleChoiceField(
        label=_("Same shares as in the dataset by"),
        choices=STRATA_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**63 - 1,
        help_text=_("The same seed draws the same sample and the same orders."),
    )
    mode = forms.ChoiceField(
        label=_("How items are shared out"), choices=MODE_CHOICES, widget=forms.RadioSelect
    )
    annotators = forms.IntegerField(label=_("Annotators"), min_value=1, max_value=MAX_ANNOTATORS)
    raters = forms.IntegerField(label=_("People per item"), min_value=1)
    shared = forms.IntegerField(
        label=_("Shared items"),
        min_value=0,
        help_text=_("Rated by more people than the others, to see how far they agree."),
    )
    shared_raters = forms.IntegerField(label=_("People per shared item"), min_value=1)
    repeats = forms.IntegerField(
        label=_("Self-repeats per annotator"),
        min_value=0,
        help_text=_("Own items that come a second time, far from the first."),
    )
    lease_minutes = forms.IntegerField(
        label=_("Minutes that a free item waits for whoever took it"), min_value=1
    )
    labels = Comma(label=_("Labels, in order"), help_text=_("Such as: yes, no"))
    reason_for = Comma(
        label=_("Labels that want a reason"), required=False, help_text=_("Such as: no")
    )
    reason_required = forms.BooleanField(label=_("The reason must be given"), required=False)
    removal_label = forms.CharField(
        label=_("An item is proposed for removal when it gets the label"), max_length=60
    )
    removal_by = forms.ChoiceField(label=_("That label from"), choices=RULE_CHOICES)
    guidelines = forms.CharField(
        label=_("Guidelines"), required=False, widget=forms.Textarea(attrs={"rows": 12})
    )

    GROUPS = (
        (_("What is validated"), ("name", "slug", "dataset", "release")),
        (_("The sample"), ("sample_size", "seed", "stratify_by")),
        (
            _("Who rates what"),
            ("mode", "annotators", "raters", "shared", "shared_raters", "repeats", "lease_minutes"),
        ),
        (
            _("Answers"),
            ("labels", "reason_for", "reason_required", "removal_label", "removal_by"),
        ),
        (_("Guidelines"), ("guidelines",)),
    )

    def __init__(self, *args: Any, validation: Validation | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if validation is not None:
            del self.fields["slug"]

    @property
    def groups(self) -> list[tuple[object, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in self.GROUPS
        ]

    def protocol(self, criteria: tuple[CriterionText, ...]) -> Protocol:
        """The protocol that was filled in."""
        given = self.cleaned_data
        plan = Plan(
            **{name: given[name] for name in ("mode", "annotators", "raters", "shared")},
            **{name: given[name] for name in ("shared_raters", "repeats", "lease_minutes")},
            reason_for=given["reason_for"],
            reason_required=given["reason_required"],
        )
        return Protocol(
            criteria=criteria,
            labels=given["labels"],
            sample_size=given["sample_size"],
            stratify_by=tuple(given["stratify_by"]),
            seed=given["seed"],
            plan=plan,
            removal_rule=RemovalRule(label=given["removal_label"], by=given["removal_by"]),
            guidelines=given["guidelines"].replace("\r\n", "\n").strip(),
        )


def initial_of(protocol: Protocol) -> dict[str, Any]:
    """A protocol as the form's first values."""
    return {
        "sample_size": protocol.sample_size,
        "stratify_by": list(protocol.stratify_by),
        "seed": protocol.seed,
        "labels": protocol.labels,
        "guidelines": protocol.guidelines,
        "removal_label": protocol.removal_rule.label,
        "removal_by": protocol.removal_rule.by,
        **protocol.plan.as_json(),
    }


class JoinForm(forms.Form):
    """A new account for somebody who was invited."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("For a link when you have forgotten your password."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("Eight characters or more; a few words are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
