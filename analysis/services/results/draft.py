"""What a researcher writes and chooses for a results page, before anything of it is public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from pact_site.base.errors import BadInput

MINIMUM: Final = 5
"""People below which a group is not published, unless the page says a larger number."""

SMALLEST_MINIMUM: Final = 3
LARGEST_MINIMUM: Final = 100
YEARS: Final = range(1900, 2200)

FRAMEWORK: Final = (
    "Each item is a small situation in which a **custom of the place** and a **personal wish** pull "
    "apart. Somebody must act: follow the custom, or allow the wish.\n\n"
    "Two questions are asked about the same item, of people and of language models: *what would you "
    "do yourself*, and *what would most people there find appropriate*. People disagree, so models "
    "are compared with how often people choose each side, not with one right answer."
)

LIMITS: Final = {
    "title": 200,
    "subtitle": 300,
    "authors": 4000,
    "summary": 6000,
    "framework": 6000,
    "takeaways": 8000,
    "venue": 300,
    "doi": 200,
    "arxiv": 40,
    "paper_url": 500,
    "data_url": 500,
    "code_url": 500,
    "address": 500,
    "contact": 254,
    "licence": 300,
}
"""The longest text of each field, in characters."""

NOTE_LIMIT: Final = 3000
_ADDRESSES: Final = ("paper_url", "data_url", "code_url", "address")


@dataclass(frozen=True)
class Draft:
    """Texts, citation and choices of a page; texts of several lines are restricted Markdown.

    `authors` has one line a person, `Name | affiliation`. A takeaway is a paragraph whose first
    line is its heading. `notes` are the researcher's words by section of the report. `example` is
    the key of a scenario, empty for none.
    """

    title: str = ""
    subtitle: str = ""
    authors: str = ""
    summary: str = ""
    framework: str = FRAMEWORK
    takeaways: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    example: str = ""
    minimum: int = MINIMUM
    year: int | None = None
    venue: str = ""
    doi: str = ""
    arxiv: str = ""
    paper_url: str = ""
    data_url: str = ""
    code_url: str = ""
    address: str = ""
    contact: str = ""
    licence: str = "CC BY 4.0"

    def as_dict(self) -> dict[str, Any]:
        """As stored; `read_draft` reads it back."""
        stored = asdict(self)
        return stored | {"figures": list(self.figures), "tables": list(self.tables)}


def read_draft(stored: Mapping[str, Any]) -> Draft:
    """A stored draft; fields of other versions of this platform are passed over."""
    known = {one.name for one in fields(Draft)} & set(stored)
    values = {name: stored[name] for name in known}
    for name in {"figures", "tables"} & known:
        values[name] = tuple(values[name])
    return Draft(**values)


def check_texts(draft: Draft) -> None:
    """BadInput, naming the field, for a text too long or an address that is none."""
    for name, limit in LIMITS.items():
        _check_length(name, getattr(draft, name), limit)
    for section, note in draft.notes.items():
        _check_length(f"note_{section}", note, NOTE_LIMIT)
    for name in _ADDRESSES:
        _check_address(name, getattr(draft, name))
    if draft.contact:
        _check_contact(draft.contact)
    if not SMALLEST_MINIMUM <= draft.minimum <= LARGEST_MINIMUM:
        raise BadInput(
            "The smallest group is out of range.",
            column="minimum",
            found=draft.minimum,
            expected=f"{SMALLEST_MINIMUM} to {LARGEST_MINIMUM} people",
        )
    if draft.year is not None and draft.year not in YEARS:
        raise BadInput(
            "That is no year of publication.",
            column="year",
            found=draft.year,
            expected=f"{YEARS.start} to {YEARS.stop - 1}",
        )


def _check_length(name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        found = f"{len(text)} characters"
        raise BadInput(
            "The text is too long.", column=name, found=found, expected=f"at most {limit}"
        )
    if "\0" in text:
        raise BadInput("The text holds a null character.", column=name)


def _check_address(name: str, address: str) -> None:
    if not address:
        return
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError:
        raise BadInput(
            "That is no address of the web.",
            column=name,
            found=address,
            expected="an address that begins with https:// or http://",
        ) from None


def _check_contact(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise BadInput(
            "That is no e-mail address.",
            column="contact",
            found=address,
            expected="name@example.org",
        ) from None
