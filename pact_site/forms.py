"""The form of the style page."""

from django import forms


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
