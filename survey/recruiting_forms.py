"""What researchers decide about a study at Prolific: pay, places, devices, countries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.vocab.countries import by_iso2
from survey.models import Study
from survey.prolific.study_draft import DEVICES, StudyDraft
from survey.services.instruments import Definition

PAY_PER_HOUR = Decimal(9)
"""What the form suggests, in whole units of the account's currency."""
MOST_PAY = 1000
MOST_PLACES = 100_000
MOST_MINUTES = 1440

_DEVICES = {"desktop": _("computer"), "tablet": _("tablet"), "mobile": _("phone")}


class RecruitForm(forms.Form):
    """A study to be made at Prolific."""

    name = forms.CharField(label=_("Title"), max_length=120)
    description = forms.CharField(
        label=_("What participants read about it"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    reward = forms.DecimalField(
        label=_("Reward"),
        min_value=Decimal("0.01"),
        max_value=MOST_PAY,
        decimal_places=2,
        help_text=_("For each participant, in the currency of your account at Prolific."),
    )
    places = forms.IntegerField(label=_("Places"), min_value=1, max_value=MOST_PLACES)
    minutes = forms.IntegerField(
        label=_("Minutes it takes"),
        min_value=1,
        max_value=MOST_MINUTES,
    )
    minutes_allowed = forms.IntegerField(
        label=_("Minutes allowed"),
        min_value=1,
        max_value=MOST_MINUTES,
        help_text=_("After these Prolific gives the place to somebody else."),
    )
    devices = forms.MultipleChoiceField(
        label=_("Devices"),
        choices=[(name, _DEVICES[name]) for name in DEVICES],
        widget=forms.CheckboxSelectMultiple,
    )
    countries = forms.MultipleChoiceField(
        label=_("Countries of residence"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those of the instrument. None chosen: people from everywhere."),
    )
    screen_out_pay = forms.DecimalField(
        label=_("Pay for whoever is screened out"),
        min_value=0,
        max_value=MOST_PAY,
        decimal_places=2,
        required=False,
        help_text=_("Below the reward. Empty or 0: they are asked to return the place."),
    )
    approve_at_once = forms.BooleanField(
        label=_("Approve whoever enters the code, without review"), required=False
    )

    def __init__(self, *args: Any, definition: Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted((str(by_iso2(code)), code) for code in definition.countries)
        self.fields["countries"].choices = [(code, name) for name, code in named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Minutes allowed cover the minutes it takes, and a screen-out pays less than the study."""
        data = super().clean() or {}
        if (data.get("minutes_allowed") or 0) < (data.get("minutes") or 0):
            self.add_error("minutes_allowed", _("Allow at least the minutes that it takes."))
        if data.get("reward") and (data.get("screen_out_pay") or 0) >= data["reward"]:
            self.add_error("screen_out_pay", _("This must be less than the reward."))
        return data

    def draft(self) -> StudyDraft:
        """The decisions, money in hundredths."""
        data = self.cleaned_data
        return StudyDraft(
            name=data["name"],
            description=data["description"].replace("\r\n", "\n"),
            reward=_hundredths(data["reward"]),
            places=data["places"],
            minutes=data["minutes"],
            minutes_allowed=data["minutes_allowed"],
            devices=tuple(data["devices"]),
            countries=tuple(data["countries"]),
            approve_at_once=data["approve_at_once"],
            screen_out_pay=_hundredths(data["screen_out_pay"] or Decimal(0)),
        )


def _hundredths(amount: Decimal) -> int:
    return int((amount * 100).to_integral_value())


def suggested(study: Study, definition: Definition) -> dict[str, Any]:
    """What the form shows first, from the study's instrument."""
    minutes = definition.estimated_minutes
    return {
        "name": study.name,
        "description": "\n\n".join(part.text for part in definition.consent[:2]),
        "reward": (PAY_PER_HOUR * minutes / 60).quantize(Decimal("0.01")),
        "places": definition.planned_completes,
        "minutes": minutes,
        "minutes_allowed": max(definition.minutes_allowed, minutes),
        "devices": list(DEVICES),
        "countries": list(definition.countries),
    }


class PlacesForm(forms.Form):
    """How many places a study shall have."""

    places = forms.IntegerField(label=_("Places in all"), min_value=1, max_value=MOST_PLACES)
