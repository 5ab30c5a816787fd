"""The sign-in form, and the form of the style page."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.utils.translation import gettext_lazy as _


class SignIn(LoginForm):  # type: ignore[misc]
    """allauth's form with labels that say what to type, and no text inside the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail")
        self.fields["remember"].label = _("Stay signed in on this device")
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SampleForm(forms.Form):
    """One field of each kind, as every form of the site draws them."""

    name = forms.CharField(label="Name", initial="First light", help_text="Shown in every table.")
    slug = forms.SlugField(label="Short name", help_text="Small letters, digits and hyphens.")
    scheme = forms.ChoiceField(
        label="Distance scheme", choices=[("geo-v1", "geo-v1"), ("pact-2026", "pact-2026")]
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    cohort = forms.ChoiceField(
        label="Whose answers",
        choices=[("real", "Participants"), ("rehearsal", "Simulated participants")],
        widget=forms.RadioSelect,
        initial="real",
    )
    invalid = forms.BooleanField(label="Show invalid answers", required=False)
