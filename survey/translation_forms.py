"""Texts in another language, each beside its original."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import ScenarioVersion
from survey.models import ScenarioText
from survey.services.localising import Path, Text, placeholders
from survey.services.scenario_texts import TEXTS, problems

LONGEST = 10_000
_LONG = 120
"""Characters of an original from which its field has several lines."""

PARTS = {
    "consent": _("Consent"),
    "instructions": _("Instructions"),
    "comprehension": _("Comprehension"),
    "checks": _("Attention checks"),
    "wording": _("Questions of a scenario page"),
    "contact": _("Whom participants may write to"),
}
SCENARIO = {
    "setting": _("Setting"),
    "situation": _("Situation"),
    "culture_action": _("Action that follows the culture"),
    "preference_action": _("Action that follows the preference"),
}


def _field(original: str, language: str, label: Any) -> forms.CharField:
    rows = max(2, min(12, len(original) // _LONG * 2 + 2))
    attrs = {"rows": rows, "lang": language, "dir": "auto"}
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, widget=forms.Textarea(attrs=attrs)
    )


class TextsForm(forms.Form):
    """An instrument's texts in one language. An empty field is a text that is still missing.

    Where there is no text yet, a `suggested` one, by its original, stands in the field.
    """

    def __init__(
        self,
        *args: Any,
        texts: Sequence[Text],
        language: str,
        offered: bool,
        suggested: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.texts = texts
        self.suggested = {
            text.name: suggested[text.original]
            for text in texts
            if text.needed and not text.told and text.original in suggested
        }
        for text in texts:
            self.fields[text.name] = _field(text.original, language, text.original)
            self.initial[text.name] = self.suggested.get(text.name, text.told)
        self.fields["offer"] = forms.BooleanField(
            label=_("Offer this language to participants"),
            help_text=_("They can choose it once every text and every scenario is there."),
            required=False,
            initial=offered,
        )

    def clean(self) -> dict[str, Any] | None:
        """A text keeps the placeholders of its original."""
        data = super().clean() or {}
        for text in self.texts:
            told, wanted = data.get(text.name, ""), placeholders(text.original)
            if told and placeholders(told) != wanted:
                names = ", ".join(sorted(wanted)) or _("none")
                message = _("Keep the placeholders of the original: %(names)s.")
                self.add_error(text.name, message % {"names": names})
        return data

    def told(self) -> dict[Path, str]:
        """What was typed, by place. A text that the browser did not send stays as it is."""
        sent = [text for text in self.texts if text.name in self.data]
        return {
            text.path: self.cleaned_data[text.name].replace("\r\n", "\n").strip() for text in sent
        }

    @property
    def groups(self) -> Iterable[tuple[Any, list[tuple[Text, forms.BoundField, bool]]]]:
        """(heading, its texts with their fields and whether one is suggested), in order."""
        for part, texts in groupby(self.texts, key=lambda text: text.part):
            yield PARTS[part], [(t, self[t.name], t.name in self.suggested) for t in texts]


class ScenarioTextForm(forms.Form):
    """One scenario in one language."""

    def __init__(
        self,
        *args: Any,
        version: ScenarioVersion,
        told: ScenarioText | None,
        language: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        for name in TEXTS:
            original = str(getattr(version, name))
            if original:
                self.fields[name] = _field(original, language, SCENARIO[name])
                self.initial[name] = getattr(told, name, "")

    def clean(self) -> dict[str, Any] | None:
        """What the import of a file would refuse is refused here, each beside its field."""
        super().clean()
        for name, message, expected in problems(self.version, self.told()):
            self.add_error(name if name in self.fields else None, f"{message} {expected}")
        return self.cleaned_data

    def told(self) -> dict[str, str]:
        """The texts; empty where the original is."""
        data = self.cleaned_data
        return {name: data.get(name, "").replace("\r\n", "\n").strip() for name in TEXTS}

    @property
    def pairs(self) -> list[tuple[str, forms.BoundField]]:
        """(original, field)."""
        return [(str(getattr(self.version, name)), self[name]) for name in self.fields]


class LanguageForm(forms.Form):
    """Another language to begin with."""

    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = list(choices)  # type: ignore[attr-defined]
