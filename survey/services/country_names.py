"""Countries' names as participants read them: in their language, from CLDR; in English, our table's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from babel import Locale, UnknownLocaleError

from annotation.vocab.countries import by_iso2


@cache
def country_name(iso2: str, language: str) -> str:
    """The name of a country in a language such as `pt-br`; the English one where CLDR has none."""
    english = str(by_iso2(iso2))
    if language.startswith("en"):
        return english
    try:
        names = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        return english
    return str(names.get(iso2, english))


def by_name(codes: Iterable[str], language: str) -> list[tuple[str, str]]:
    """(code, name) of countries, by name; accents do not count, so that África stands under A."""
    named = [(code, country_name(code, language)) for code in codes]
    return sorted(named, key=lambda pair: _plain(pair[1]))


def _plain(name: str) -> str:
    """Latin letters without their accents; other scripts keep their marks, which are letters there."""
    return "".join(
        unicodedata.normalize("NFKD", char)[0] if "LATIN" in unicodedata.name(char, "") else char
        for char in name.casefold()
    )
