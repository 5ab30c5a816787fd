"""The participants' pages in other languages: gather their texts, keep the translations, compile.

Only the pages that participants see are translated; researchers work in English.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

PAGES = (
    "base", "about", "check", "consent", "declined", "done", "ended", "feedback", "identify",
    "incompatible", "instructions", "scenario", "unavailable", "withdraw", "withdrawn",
    "_choice", "_number", "_progress", "_rating", "_return", "_text",
)  # fmt: skip
"""The templates that participants see, in templates/survey."""

MODULES = (
    "survey/forms.py",
    "survey/services/presenting.py",
    "survey/views/answering.py",
    "survey/views/entry.py",
    "survey/views/gate.py",
)
KEYWORDS = {"gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2)}
HEADER = "# The participants' pages of PACT. Made by `manage.py messages`; edit the msgstr lines."


def folder(language: str) -> Path:
    """Where a language's catalogue lies."""
    return Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES"


def gathered(language: str) -> Catalog:
    """All texts of the participants' pages, untranslated."""
    made = Catalog(
        locale=to_locale(language), header_comment=HEADER, project="PACT", version="2", fuzzy=False,
        msgid_bugs_address="none", last_translator="machine, not yet read by a native speaker",
        language_team="none",
    )  # fmt: skip
    for path in _sources():
        text = (Path(settings.BASE_DIR) / path).read_text(encoding="utf-8")
        if path.endswith(".html"):
            text = templatize(text)
        for _line, texts, _comments, _context in extract(
            "python", io.BytesIO(text.encode()), KEYWORDS
        ):
            made.add(texts, locations=[(path, 0)])
    return made


def stored(language: str) -> Catalog | None:
    """The catalogue as it lies in locale/; None where there is none yet."""
    path = folder(language) / "django.po"
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=to_locale(language))


def updated(language: str) -> Catalog:
    """The texts of today's pages with the translations there are; nothing is guessed."""
    catalogue, known = gathered(language), stored(language)
    if known is None:
        return catalogue
    for message in catalogue:
        kept = known.get(message.id) if message.id else None
        if kept and kept.id == message.id:
            message.string = kept.string
    catalogue.creation_date = known.creation_date
    catalogue.revision_date = known.revision_date
    return catalogue


def untranslated(catalogue: Catalog) -> list[Message]:
    """The texts without a translation, or with a plural form missing."""
    return [message for message in catalogue if message.id and not all(forms(message))]


def forms(message: Message) -> list[str]:
    """A translation's forms: one, or one for each plural."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def write(catalogue: Catalog, language: str) -> None:
    """Store a catalogue: django.po for people, django.mo for the pages."""
    place = folder(language)
    place.mkdir(parents=True, exist_ok=True)
    with (place / "django.po").open("wb") as file:
        write_po(file, catalogue, include_lineno=False, width=98)
    with (place / "django.mo").open("wb") as file:
        write_mo(file, catalogue)


def _sources() -> list[str]:
    return [f"templates/survey/{page}.html" for page in PAGES] + list(MODULES)
