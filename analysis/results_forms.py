"""The form of a results page; what may stand in a field is decided where drafts are checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from analysis.services.results.draft import LIMITS, NOTE_LIMIT, Draft, check_texts
from analysis.services.results.offer import Offer, Part, check_choices, tables_of
from pact_site.base.errors import BadInput

MARKDOWN: Final = _(
    "**bold**, *italic*, [text](https://…), lists with “-”; an empty line starts a paragraph."
)
TEXTS: Final = ("title", "subtitle", "authors", "summary", "framework", "takeaways")
CITATION: Final = ("year", "venue", "doi", "arxiv", "paper_url", "data_url", "code_url", "address", "contact", "licence")  # fmt: skip
_LABEL_LENGTH: Final = 90


@dataclass(frozen=True)
class Choice:
    """A figure or table to tick."""

    part: Part
    checked: bool


@dataclass(frozen=True)
class Chapter:
    """A section of the report on the form: what to tick, and the researcher's own words."""

    key: str
    title: str
    figures: list[Choice]
    tables: list[Choice]
    note: forms.BoundField


class ResultsForm(forms.Form):
    """Texts, choices and citation of one page, over what one report offers."""

    title = forms.CharField(label=_("Title"), max_length=LIMITS["title"])
    subtitle = forms.CharField(
        label=_("One sentence under it"), max_length=LIMITS["subtitle"], required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    authors = forms.CharField(
        label=_("Authors"), max_length=LIMITS["authors"], required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: Name | affiliation. A group’s name stands in braces."),
    )  # fmt: skip
    summary = forms.CharField(
        label=_("Summary"), max_length=LIMITS["summary"], required=False,
        widget=forms.Textarea(attrs={"rows": 6}), help_text=MARKDOWN,
    )  # fmt: skip
    framework = forms.CharField(
        label=_("Framework"), max_length=LIMITS["framework"], required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What is asked and why. The page draws the scheme below it."),
    )  # fmt: skip
    takeaways = forms.CharField(
        label=_("Takeaways"), max_length=LIMITS["takeaways"], required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a paragraph; its first line is the heading."),
    )  # fmt: skip
    figures = forms.MultipleChoiceField(label=_("Figures"), required=False)
    tables = forms.MultipleChoiceField(label=_("Tables"), required=False)
    example = forms.ChoiceField(
        label=_("Scenario to try"), required=False,
        help_text=_("Visitors choose for both questions, then see what people and models chose."),
    )  # fmt: skip
    minimum = forms.IntegerField(
        label=_("Smallest group shown, in people"),
        help_text=_("What stands for fewer people is left out of figures, tables and files."),
    )
    year = forms.IntegerField(label=_("Year"), required=False)
    venue = forms.CharField(
        label=_("Where it appeared"), max_length=LIMITS["venue"], required=False
    )
    doi = forms.CharField(
        label=_("DOI"),
        max_length=LIMITS["doi"],
        required=False,
        help_text=_("Such as 10.1000/182."),
    )
    arxiv = forms.CharField(label=_("arXiv number"), max_length=LIMITS["arxiv"], required=False)
    paper_url = forms.CharField(label=_("Link to the paper"), max_length=500, required=False)
    data_url = forms.CharField(label=_("Link to the data"), max_length=500, required=False)
    code_url = forms.CharField(label=_("Link to the code"), max_length=500, required=False)
    address = forms.CharField(
        label=_("Address of the page"), max_length=500, required=False,
        help_text=_("Where an exported page will stand; without it, the address on this site."),
    )  # fmt: skip
    contact = forms.CharField(
        label=_("E-mail for questions"), max_length=LIMITS["contact"], required=False
    )
    licence = forms.CharField(
        label=_("Licence of the page"), max_length=LIMITS["licence"], required=False
    )

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer = offer
        for name, parts in (("figures", offer.figures), ("tables", offer.tables)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(part.name, part.title) for part in parts]
        example = self.fields["example"]
        assert isinstance(example, forms.ChoiceField)
        example.choices = [
            ("", _("None")),
            *((one.key, self._label(one)) for one in offer.scenarios),
        ]
        for section in offer.sections:
            self.fields[f"note_{section['key']}"] = forms.CharField(
                label=_("Your words on it"), max_length=NOTE_LIMIT, required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    @staticmethod
    def _label(scenario: Any) -> str:
        text = scenario.label
        cut = text if len(text) <= _LABEL_LENGTH else text[: _LABEL_LENGTH - 1] + "…"
        return f"{cut} ({scenario.people} people)"

    @classmethod
    def of(cls, draft: Draft, offer: Offer) -> ResultsForm:
        """The form filled with a draft; what the report does not hold is left out."""
        initial = draft.as_dict()
        initial |= {f"note_{key}": text for key, text in draft.notes.items()}
        return cls(initial=initial, offer=offer)

    def clean(self) -> dict[str, Any]:
        """Refuse, beside its field, what a draft may not hold."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            check_texts(self.draft())
            check_choices(self.draft(), self.offer)
        except BadInput as error:
            text = " ".join(filter(None, [error.message, _expected(error)]))
            self.add_error(error.column if error.column in self.fields else None, text)
        return cleaned

    def draft(self) -> Draft:
        """The draft that a valid form holds."""
        cleaned = dict(self.cleaned_data)
        notes = {
            section["key"]: text
            for section in self.offer.sections
            if (text := cleaned.pop(f"note_{section['key']}", ""))
        }
        cleaned["figures"], cleaned["tables"] = map(tuple, (cleaned["figures"], cleaned["tables"]))
        return Draft(notes=notes, **cleaned)

    def texts(self) -> Iterator[forms.BoundField]:
        """The fields of the page's words."""
        return (self[name] for name in TEXTS)

    def citation(self) -> Iterator[forms.BoundField]:
        """The fields of citation and links."""
        return (self[name] for name in CITATION)

    def chapters(self) -> list[Chapter]:
        """The report's sections with what can be ticked in each."""
        figures, tables = (set(self[name].value() or ()) for name in ("figures", "tables"))
        return [
            Chapter(
                key=section["key"],
                title=section["title"],
                figures=[_choice(one, section, figures) for one in section["figures"]],
                tables=[_choice(one, section, tables) for one in tables_of(section)],
                note=self[f"note_{section['key']}"],
            )
            for section in self.offer.sections
        ]


def _choice(part: dict[str, Any], section: dict[str, Any], chosen: set[str]) -> Choice:
    return Choice(Part(part["name"], part["title"], section["title"]), part["name"] in chosen)


def _expected(error: BadInput) -> str:
    return f"{_('Expected')}: {error.expected}." if error.expected else ""
