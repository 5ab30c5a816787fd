"""The instrument as a form: settings, texts in rows, options as lines; and a new study's form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from annotation.models import Release
from annotation.services.schemes import DISTANCE, all_schemes
from annotation.vocab.countries import UnknownCountry, resolve
from annotation.vocab.distance import DEFAULT_SCHEME
from annotation.vocab.terms import RECEIVERS
from survey.services.country_names import country_name
from survey.services.instrument_reader import LARGEST
from survey.services.instruments import (
    CHECK_KINDS,
    CLOSED,
    CODES,
    FAILED_ENDINGS,
    FRAME_ORDERS,
    IDENTITIES,
    PAGES,
    POINTS,
    SIDE_ORDERS,
    Wording,
)

_WORDS = {
    "prolific": _("Prolific IDs only"),
    "any": _("any participant ID"),
    "balanced": _("balanced"),
    "personal_first": _("own choice first"),
    "norm_first": _("norm first"),
    "culture_first": _("the culture's action first"),
    "preference_first": _("the preferred action first"),
    "completed": _("the normal page and code"),
    "failed_attention": _("the code for failed checks"),
    "instructed": _("tells which answer to give"),
    "nonsensical": _("nonsensical statement"),
    "older_female": _("older woman"),
    "older_male": _("older man"),
    "younger_female": _("younger woman"),
    "younger_male": _("younger man"),
}


def _choices(values: Any) -> list[tuple[Any, Any]]:
    return [(value, _WORDS.get(str(value), str(value))) for value in values]


def _lines(text: str) -> str:
    """A browser's line ends as one kind."""
    return text.replace("\r\n", "\n").strip()


class _Comma(forms.CharField):
    """A list typed with commas or spaces; `of` reads each member."""

    def __init__(self, *, of: type = str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.of = of

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        parts = [part for part in re.split(r"[\s,;]+", super().to_python(value) or "") if part]
        try:
            return [self.of(part) for part in parts]
        except ValueError:
            raise forms.ValidationError(_("Use whole numbers with commas between them.")) from None


class _Number(forms.TypedChoiceField):
    """A choice between few whole numbers."""

    def __init__(self, values: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(choices=_choices(values), coerce=int, **kwargs)


def _whole(label: Any, least: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=LARGEST, help_text=help_text)


def _switch(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


def _pick(label: Any, values: tuple[str, ...]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_choices(values), initial=values[0])


class DesignForm(forms.Form):
    """How many, of whom, about whom."""

    mix_same = _whole(_("Scenarios from the participant's country"), 0)
    mix_close = _whole(_("From close countries"), 0)
    mix_far = _whole(_("From far countries"), 0)
    planned_completes = _whole(_("People planned to complete"), 1)
    older_from = _whole(_("Counts as older from age"), 1)
    more_countries = forms.CharField(
        label=_("More participant countries"),
        required=False,
        help_text=_("Names, with semicolons between them."),
        widget=forms.TextInput(attrs={"list": "country-names", "autocomplete": "off"}),
    )
    countries = forms.MultipleChoiceField(
        label=_("Participant countries"), required=False, widget=forms.CheckboxSelectMultiple
    )
    receivers = forms.MultipleChoiceField(
        label=_("Receivers"),
        choices=_choices([receiver.demo for receiver in RECEIVERS]),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, country_name(code, "en")) for code in self.initial.get("countries", [])]
        self.fields["countries"].choices = named  # type: ignore[attr-defined]

    def clean_more_countries(self) -> list[str]:
        """The codes of the countries that were typed."""
        names = [name for name in self.cleaned_data["more_countries"].split(";") if name.strip()]
        try:
            return [resolve(name).iso2 for name in names]
        except UnknownCountry as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any] | None:
        """One list of countries: those that stay, in their order, and the new ones."""
        data = super().clean() or {}
        chosen = data.get("countries", [])
        more = data.pop("more_countries", [])
        data["countries"] = [*chosen, *(code for code in more if code not in chosen)]
        return data


class PageForm(forms.Form):
    """What a scenario page asks, and in which order."""

    pages = _Number(PAGES, label=_("Pages per scenario"))
    points = _Number(POINTS, label=_("Points of the importance scales"))
    frame_order = _pick(_("Which question comes first"), FRAME_ORDERS)
    side_order = _pick(_("Which action comes first"), SIDE_ORDERS)
    reasons = _whole(_("Scenarios that ask for a reason"), 0)
    reason_positions = _Comma(
        label=_("At these places"),
        of=int,
        required=False,
        help_text=_("Such as 2, 6. Empty: spread over the survey."),
    )
    show_country = _switch(_("Show the scenario's country"))
    perceived = _switch(_("Ask “out of 100 people there, how many?”"))


class RulesForm(forms.Form):
    """Time, exclusion, recruitment, languages."""

    estimated_minutes = _whole(_("Minutes it takes"), 1)
    minutes_allowed = _whole(_("Minutes a place is kept"), 1)
    exclude_at = _whole(
        _("Exclude from this many failed checks"),
        0,
        _("From the analysis, not from pay. 0: nobody."),
    )
    failed_ending = _pick(_("Who failed sees"), FAILED_ENDINGS)
    identity = _pick(_("Who may take part"), IDENTITIES)
    language = forms.CharField(label=_("Language of the texts"), max_length=10)
    languages = _Comma(
        label=_("Languages offered"), help_text=_("Tags such as en, pt-br. The first one included.")
    )
    contact = forms.CharField(label=_("Whom participants may write to"), max_length=300)
    paradata = _switch(
        _("Record how pages are filled in"), _("Time, changes, leaving, size of pastes.")
    )


class CodesForm(forms.Form):
    """One completion code per outcome."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*CODES, CLOSED):
            label = name.replace("_", " ").capitalize()
            required = name != CLOSED
            self.fields[name] = forms.CharField(label=label, max_length=60, required=required)

    def clean(self) -> dict[str, Any]:
        """The codes that there are."""
        return {name: code for name, code in self.cleaned_data.items() if code}


_QUESTIONS = {
    "personal": _("Personal choice"),
    "norm": _("Norm judgment"),
    "people": _("Whose norm, where the country is shown"),
    "people_unnamed": _("Whose norm, where it is not"),
    "importance_norm": _("Importance of what others expect"),
    "importance_preference": _("Importance of one's preference"),
    "scale_low": _("Lowest point of the scales"),
    "scale_high": _("Highest point of the scales"),
    "reason": _("Reason"),
    "perceived": _("Out of 100 people"),
}


class WordingForm(forms.Form):
    """The questions of a scenario page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in Wording.__dataclass_fields__:
            label = _QUESTIONS.get(name, name)
            self.fields[name] = forms.CharField(label=label, max_length=500)


def _text(label: Any, rows: int, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=10_000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs
    )


class SectionForm(forms.Form):
    """A heading with its text."""

    heading = forms.CharField(label=_("Heading"), max_length=200)
    text = _text(_("Text"), 3)

    def part(self) -> dict[str, Any]:
        """The row as the definition holds it."""
        data = self.cleaned_data
        return {"heading": data["heading"], "text": _lines(data["text"])}

    @staticmethod
    def typed(part: Mapping[str, Any]) -> dict[str, Any]:
        """What the form shows for a stored row."""
        return dict(part)


OPTIONS_HELP = _("One answer a line; a star before each right one. “code = text” sets its code.")


class _WithOptions(forms.Form):
    key = forms.SlugField(label=_("Key"), max_length=40)
    text = _text(_("Question"), 2)
    options = _text(_("Answers"), 5, help_text=OPTIONS_HELP)

    def clean_options(self) -> list[tuple[bool, str, str]]:
        """(right, code, text) per line."""
        found = [
            _option(line) for line in self.cleaned_data["options"].splitlines() if line.strip()
        ]
        codes = [code for _right, code, _text in found]
        if len(set(codes)) < len(codes):
            raise forms.ValidationError(_("Two answers are the same."))
        if not any(right for right, *_rest in found):
            raise forms.ValidationError(_("Put a star before the right answer."))
        return found

    def base(self) -> dict[str, Any]:
        """What questions and checks share."""
        data = self.cleaned_data
        options = [{"code": code, "text": text} for _right, code, text in data["options"]]
        return {"key": data["key"], "text": _lines(data["text"]), "options": options}

    def right(self) -> list[str]:
        """The codes of the starred answers."""
        return [code for right, code, _text in self.cleaned_data["options"] if right]

    @staticmethod
    def lines(part: Mapping[str, Any], right: list[str]) -> str:
        """The options as the form shows them."""
        return "\n".join(
            ("* " if one["code"] in right else "")
            + ("" if _code(one["text"]) == one["code"] else f"{one['code']} = ")
            + one["text"]
            for one in part["options"]
        )


def _code(text: str) -> str:
    return slugify(text).replace("-", "_")


def _option(line: str) -> tuple[bool, str, str]:
    star, rest = line.strip().startswith("*"), line.strip().lstrip("*").strip()
    named = re.fullmatch(r"([\w-]+)\s*=\s*(.+)", rest)
    return (star, named[1], named[2]) if named else (star, _code(rest) or rest[:40], rest)


class QuestionForm(_WithOptions):
    """A comprehension question."""

    def clean_options(self) -> list[tuple[bool, str, str]]:
        """As above, with exactly one right answer."""
        found = super().clean_options()
        if sum(right for right, *_rest in found) > 1:
            raise forms.ValidationError(_("Only one answer can be the right one."))
        return found

    def part(self) -> dict[str, Any]:
        """The row as the definition holds it."""
        return self.base() | {"answer": self.right()[0]}

    @staticmethod
    def typed(part: Mapping[str, Any]) -> dict[str, Any]:
        """What the form shows for a stored row."""
        return dict(part) | {"options": _WithOptions.lines(part, [part["answer"]])}


class CheckRowForm(_WithOptions):
    """An attention check."""

    kind = _pick(_("Kind"), CHECK_KINDS)
    after = _whole(_("After scenario"), 1)

    def part(self) -> dict[str, Any]:
        """The row as the definition holds it."""
        placed = {name: self.cleaned_data[name] for name in ("kind", "after")}
        return self.base() | placed | {"passes": self.right()}

    @staticmethod
    def typed(part: Mapping[str, Any]) -> dict[str, Any]:
        """What the form shows for a stored row."""
        return dict(part) | {"options": _WithOptions.lines(part, part["passes"])}


class NoteForm(forms.Form):
    """Why there is a new version."""

    note = forms.CharField(label=_("What changed, in a few words"), required=False, max_length=300)


class UploadForm(forms.Form):
    """A whole definition as JSON."""

    file = forms.FileField(label=_("Instrument file (JSON)"))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class NewStudyForm(forms.Form):
    """A release, a name and a scheme make a draft."""

    name = forms.CharField(label=_("Name"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=50,
        help_text=_("Part of every address of the study, such as norms-2026."),
    )
    release = forms.ModelChoiceField(
        label=_("Release of scenarios"),
        queryset=Release.objects.select_related("dataset"),
        empty_label=_("Choose a release"),
    )
    scheme = forms.ChoiceField(
        label=_("Distance scheme"),
        initial=DEFAULT_SCHEME,
        help_text=_("Says which countries are close to each other, and which far."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [scheme.name for scheme in all_schemes(DISTANCE)]
        self.fields["scheme"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
