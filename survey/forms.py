"""What participants send, checked; every message says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from annotation.vocab.terms import Age, Choice, Frame, Gender
from survey.services.country_names import by_name
from survey.services.instruments import Check, Definition, Question
from survey.services.participation import Reply

PROLIFIC_ID = re.compile(r"[0-9a-fA-F]{24}")
ANY_ID = re.compile(r"[\w.@-]{3,64}")

ELSEWHERE = "other"
UNSTATED = "unstated"


def valid_id(text: str, identity: str) -> bool:
    """Whether a text can be an id of this kind: `prolific` is 24 hexadecimal digits."""
    pattern = PROLIFIC_ID if identity == "prolific" else ANY_ID
    return pattern.fullmatch(text) is not None


def same_id(text: str, identity: str) -> str:
    """An id as it is kept: Prolific's in lower case, for there case does not count."""
    return text.lower() if identity == "prolific" else text


class Radios(BoundField):
    """Radio buttons as plain values: a page has two dozen of them, and Django's own are slow to draw."""

    @property
    def cards(self) -> SafeString:
        """All choices, drawn: a label with its button and its text, the chosen one checked."""
        field, chosen, name = self.field, str(self.value()), self.html_name
        assert isinstance(field, OneOf)
        drawn = [
            _CARD
            % (
                name,
                conditional_escape(value),
                _CHECKED[str(value) == chosen],
                conditional_escape(label),
            )
            for value, label in field.offered
        ]
        return mark_safe("".join(drawn))  # noqa: S308 - made of escaped parts


_CARD = """
    <label class="choice">
      <input type="radio" name="%s" value="%s" required%s>
      <span>%s</span>
    </label>"""

_CHECKED = ("", " checked")


class OneOf(forms.Field):
    """Radio buttons, drawn as cards by the templates; a field with fixed, plain choices.

    Not a `ChoiceField`: that one looks through its choices four times before a page is drawn.
    """

    widget = forms.RadioSelect

    def __init__(self, *, choices: Iterable[tuple[str, Any]], label: Any = "") -> None:
        self.offered = list(choices)
        super().__init__(label=label, error_messages=_ONE_OF)

    def validate(self, value: Any) -> None:
        """There is an answer, and it is among those shown."""
        super().validate(value)
        if value not in [str(offered) for offered, _label in self.offered]:
            raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice")

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> Radios:
        """The field with what was entered, as templates draw it."""
        return Radios(form, self, field_name)


_ONE_OF = {
    "required": _("Please choose one answer."),
    "invalid_choice": _("Please choose one of the answers shown."),
}


class PageForm(forms.Form):
    """A form of the participants' pages."""

    @property
    def lacks_answers(self) -> bool:
        """Whether something was left open; any other error is about what was entered."""
        found = self.errors.as_data().values()
        return any(error.code == "required" for errors in found for error in errors)


class Words(forms.CharField):
    """Free text. Lines end in one character, as browsers count them, so that what fits there fits here."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.Textarea(attrs={"rows": rows}), error_messages=_WORDS, **kwargs
        )

    def to_python(self, value: Any) -> str:
        """The text without spaces around it."""
        return str(super().to_python(value)).replace("\r\n", "\n")


_WORDS = {
    "required": _("Please write a few words."),
    "max_length": _("Please make it shorter: there is room for %(limit_value)s characters."),
}


class IdentityForm(PageForm):
    """The id of somebody who came without one in the link."""

    pid = forms.CharField(
        max_length=64,
        label=_("Your Prolific ID"),
        help_text=_("24 letters and digits. You find it in your Prolific account."),
        error_messages={"required": _("Please enter your ID.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, identity: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.identity = identity
        if identity != "prolific":
            self.fields["pid"].label = _("Your participant ID")
            self.fields["pid"].help_text = _("The ID that the researchers gave you.")

    def clean_pid(self) -> str:
        """The id in lower case where case does not count."""
        pid: str = self.cleaned_data["pid"].strip()
        if not valid_id(pid, self.identity):
            raise forms.ValidationError(
                _("This does not look like a Prolific ID. It has 24 characters: 0–9 and a–f.")
                if self.identity == "prolific"
                else _("Please use letters, digits, dots, dashes and @, at least three.")
            )
        return same_id(pid, self.identity)


class AboutForm(PageForm):
    """Who the participant is: only what the analysis uses."""

    def __init__(self, *args: Any, definition: Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        countries = by_name(definition.countries, definition.language)
        self.fields["country"] = OneOf(
            choices=[*countries, (ELSEWHERE, _("Elsewhere"))],
            label=_("Which country do you live in?"),
        )
        self.fields["age_bucket"] = OneOf(
            choices=[
                (Age.YOUNGER, _("Under %(age)s") % {"age": definition.older_from}),
                (Age.OLDER, _("%(age)s or older") % {"age": definition.older_from}),
            ],
            label=_("How old are you?"),
        )
        self.fields["gender"] = OneOf(
            choices=[
                (Gender.FEMALE, _("Woman")),
                (Gender.MALE, _("Man")),
                (UNSTATED, _("Another, or rather not say")),
            ],
            label=_("What is your gender?"),
        )

    def answers(self) -> dict[str, str]:
        """The cleaned answers as `participation.introduce` takes them."""
        gender = self.cleaned_data["gender"]
        return {
            "country": self.cleaned_data["country"],
            "age_bucket": self.cleaned_data["age_bucket"],
            "gender": "" if gender == UNSTATED else gender,
        }


class ComprehensionForm(PageForm):
    """The questions about the instructions."""

    def __init__(self, *args: Any, questions: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(questions)
        for question in self.questions:
            options = [(option.code, option.text) for option in question.options]
            self.fields[question.key] = OneOf(choices=options, label=question.text)

    @property
    def right(self) -> bool:
        """Whether every answer is the right one."""
        return all(self.cleaned_data[q.key] == q.answer for q in self.questions)


class CheckForm(PageForm):
    """One attention check."""

    def __init__(self, *args: Any, check: Check, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(option.code, option.text) for option in check.options]
        self.fields["answer"] = OneOf(choices=options, label=check.text)


_SHARE_ERRORS = {
    "required": _("Please enter a number from 0 to 100."),
    "invalid": _("Please enter a whole number from 0 to 100."),
    "min_value": _("Please enter a number from 0 to 100."),
    "max_value": _("Please enter a number from 0 to 100."),
}


class ScenarioForm(PageForm):
    """The questions of one page of a scenario; `closing` adds ratings, guess and reason.

    A scenario on one page has both frames and closes; one on two pages opens with its first frame.
    """

    def __init__(
        self,
        *args: Any,
        definition: Definition,
        actions: Iterable[tuple[str, str]],
        frames: Iterable[str],
        country: str | None,
        asks_reason: bool,
        closing: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        wording = definition.wording
        actions = list(actions)
        for frame in frames:
            self.fields[frame] = OneOf(choices=actions, label=wording.of(frame, country))
        if closing:
            self._close(definition, actions, asks_reason)

    def _close(
        self, definition: Definition, actions: list[tuple[str, str]], asks_reason: bool
    ) -> None:
        wording = definition.wording
        scale = [(str(value), str(value)) for value in definition.ratings]
        for name in ("importance_norm", "importance_preference"):
            self.fields[name] = OneOf(choices=scale, label=getattr(wording, name))
        self.guessed = actions[0][0]
        if definition.perceived:
            label = wording.perceived.replace("{action}", actions[0][1].rstrip("."))
            self.fields["perceived_share"] = forms.IntegerField(
                min_value=0, max_value=100, label=label, error_messages=_SHARE_ERRORS
            )
        if asks_reason:
            self.fields["reason"] = Words(max_length=2000, label=wording.reason, rows=3)

    def reply(self, first: Mapping[str, str] | None = None) -> Reply:
        """The cleaned answers as `participation.save_reply` takes them.

        `first` holds the answer of the page before. The guess is asked about the action shown
        first and kept for the culture-following one.
        """
        data = {**self.cleaned_data, **(first or {})}
        guess = data.get("perceived_share")
        if guess is not None and self.guessed != Choice.CULTURE:
            guess = 100 - guess
        return Reply(
            personal=Choice(data[Frame.PERSONAL]),
            norm=Choice(data[Frame.NORM]),
            importance_norm=int(data["importance_norm"]),
            importance_preference=int(data["importance_preference"]),
            reason=data.get("reason", ""),
            perceived_share=guess,
        )


class FeedbackForm(PageForm):
    """Anything the participant wants to tell."""

    feedback = Words(
        required=False,
        max_length=4000,
        label=_("Is there anything you would like to tell us?"),
        help_text=_("You may leave this empty."),
        rows=4,
    )
