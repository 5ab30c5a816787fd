"""What a researcher plans: the power planner's assumptions and the promises."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from analysis.metrics.catalogue import IN_STUDIES
from survey.services.power import Assumptions
from survey.services.preregistration import Comparison

ROWS = 6
"""How many comparisons the page has room for; more are promised by freezing again."""


class PowerForm(forms.Form):
    """The wished width and what is believed beforehand; percentages are whole numbers."""

    width = forms.FloatField(
        label=_("Wished width of the intervals"),
        help_text=_("From end to end, in share points: 0.30 is ±15 points."),
        min_value=0.02,
        max_value=1,
        initial=0.3,
    )
    rate = forms.FloatField(
        label=_("Share that chooses culture"),
        help_text=_("0.5 gives the widest intervals, and is the careful choice."),
        min_value=0.02,
        max_value=0.98,
        initial=0.5,
    )
    scenario_sd = forms.FloatField(
        label=_("Spread between scenarios"),
        help_text=_("Standard deviation on the logit scale; 1.0 is usual for dilemmas."),
        min_value=0,
        max_value=4,
        initial=1.0,
    )
    person_sd = forms.FloatField(
        label=_("Spread between people"), min_value=0, max_value=4, initial=0.7
    )
    receiver_sd = forms.FloatField(
        label=_("Spread between receivers of one scenario"), min_value=0, max_value=4, initial=0.3
    )
    excluded = forms.IntegerField(
        label=_("Completes not analysed, in per cent"), min_value=0, max_value=80, initial=5
    )
    pay = forms.FloatField(label=_("Pay per hour"), min_value=0, max_value=1000, initial=9)
    fee = forms.IntegerField(
        label=_("The platform's fee, in per cent"),
        help_text=_("Your account with the platform states it."),
        min_value=0,
        max_value=200,
        initial=33,
    )

    def assumptions(self) -> Assumptions:
        """The cleaned values as the planner takes them."""
        data = self.cleaned_data
        spreads = {name: data[name] for name in ("scenario_sd", "person_sd", "receiver_sd")}
        return Assumptions(
            rate=data["rate"],
            excluded=data["excluded"] / 100,
            pay=data["pay"],
            fee=data["fee"] / 100,
            **spreads,
        )


_FRAMES = [
    ("both", _("both")),
    ("personal", _("personal")),
    ("norm", _("norm")),
]
_GROUPS = [
    ("", _("everybody")),
    ("participant_country", _("each country")),
    ("relation", _("each relation")),
    ("participant_age", _("each age group")),
    ("participant_gender", _("each gender")),
]


class ComparisonForm(forms.Form):
    """One promised number. A row without a metric is left out."""

    metric = forms.ChoiceField(
        label=_("Number"),
        required=False,
        choices=[("", "—"), *((name, metric.title) for name, metric in IN_STUDIES.items())],
    )
    frame = forms.ChoiceField(label=_("Question"), choices=_FRAMES)
    by = forms.ChoiceField(label=_("For"), required=False, choices=_GROUPS)
    family = forms.SlugField(label=_("Family"), initial="main", max_length=40)
    expectation = forms.CharField(label=_("Expected"), required=False, max_length=300)


ComparisonForms = forms.formset_factory(ComparisonForm, extra=ROWS, max_num=ROWS)


class PromiseForm(forms.Form):
    """The hypotheses in words, and a tick that freezing is meant."""

    hypotheses = forms.CharField(
        label=_("Hypotheses, in your words"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    sure = forms.BooleanField(
        label=_("Freeze this. It can be added to later, never changed or taken back."),
        error_messages={"required": _("Please tick this to freeze.")},
    )


def comparisons_of(formset: Any) -> list[Comparison]:
    """The rows that name a metric."""
    return [Comparison(**row) for row in formset.cleaned_data if row.get("metric")]
