"""Countries that a text names, found word by word in the country table: exact, and quick."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from annotation.vocab.countries import all_countries

ALSO_OTHER_WORDS: Final = frozenset({"Jordan", "Chad", "Georgia", "Turkey", "Guinea", "Israel"})
"""Also first names or things: alone they count only after a word such as `in` or `from`."""

LEADING: Final = frozenset({"in", "from", "of", "to", "across", "throughout", "the"})
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


def countries_mentioned(text: str) -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes of the countries whose name stands in the text, as written."""
    spans = [(match.group(), match.start()) for match in _WORD.finditer(text)]
    names, longest = _names()
    found = set()
    at = 0
    while at < len(spans):
        length = 1
        if spans[at][0][0].isupper():
            for size in range(min(longest, len(spans) - at), 0, -1):
                words = " ".join(word for word, _ in spans[at : at + size])
                code = names.get(words)
                if code and (words not in ALSO_OTHER_WORDS or _led(spans, at)):
                    found.add(code)
                    length = size
                    break
        at += length
    return frozenset(found)


def _led(spans: list[tuple[str, int]], at: int) -> bool:
    return at > 0 and spans[at - 1][0].casefold() in LEADING


@cache
def _names() -> tuple[Mapping[str, str], int]:
    """Name -> code, as words joined by single spaces, and the length of the longest in words."""
    names = {}
    for country in all_countries():
        for name in (country.name, *country.aliases):
            words = _WORD.findall(name)
            if len("".join(words)) > 3 and name[0].isupper():
                names[" ".join(words)] = country.iso2
    return MappingProxyType(names), max(len(name.split()) for name in names)
