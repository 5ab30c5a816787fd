"""The country table: codes, names, capitals, neighbours, and exact look-up of the names in use."""

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

DATA = Path(__file__).resolve().parents[1] / "data"
"""Where the data files of this app lie."""


@dataclass(frozen=True)
class Country:
    """One row of the table; `lat` and `lon` are the capital's, in degrees, None where unknown."""

    iso2: str
    iso3: str
    name: str
    capital: str
    lat: float | None
    lon: float | None
    neighbours: tuple[str, ...]
    normad_slug: str
    aliases: tuple[str, ...]

    def __str__(self) -> str:
        """Return the full English name, as releases and reports print it."""
        return self.name


SUGGESTED = 3
"""How many countries a refusal names at most."""


class UnknownCountry(ValueError):  # noqa: N818  (reads as what went wrong, as BadInput does)
    """A text that names no country of the table; `suggestions` are for the message alone."""

    def __init__(self, found: str, suggestions: tuple[str, ...] = ()) -> None:
        self.found = found
        self.suggestions = suggestions
        hint = f"; did you mean {' or '.join(suggestions)}?" if suggestions else ""
        super().__init__(f"unknown country {found!r}{hint}")


def normalise(text: str) -> str:
    """Strip case, accents, punctuation, "the", and spellings of "and" and "Saint" off a name."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and "))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    words = re.sub(r"[\W_]+", " ", re.sub(r"['’ʼ`.]", "", plain)).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return " ".join("saint" if word == "st" else word for word in words)


def all_countries() -> tuple[Country, ...]:
    """Return every row of the table, in the order of its codes."""
    return tuple(_table().values())


def by_iso2(code: str) -> Country:
    """Return the country with this upper-case ISO 3166-1 alpha-2 code; `UnknownCountry` else."""
    try:
        return _table()[code]
    except KeyError:
        raise UnknownCountry(code) from None


def resolve(text: str) -> Country:
    """Return the country that a name, slug, long form or upper-case ISO code stands for.

    Exact after `normalise`, through the table's names and aliases. Never the nearest match: fuzzy
    search takes the Republic of Korea for North Korea. `UnknownCountry` where nothing matches.
    """
    stripped = text.strip()
    code = _codes().get(stripped) or _names().get(normalise(stripped))
    if code is None:
        raise UnknownCountry(text, _suggestions(stripped))
    return by_iso2(code)


def name_index(countries: Iterable[Country]) -> dict[str, str]:
    """Map every normalised name and alias to its code; `ValueError` if two countries claim one."""
    index: dict[str, str] = {}
    for country in countries:
        for text in (country.name, country.normad_slug, *country.aliases):
            key = normalise(text)
            if not key:
                continue
            owner = index.setdefault(key, country.iso2)
            if owner != country.iso2:
                raise ValueError(f"{text!r} names both {owner} and {country.iso2}")
    return index


def _suggestions(text: str) -> tuple[str, ...]:
    """Names that hold every word of the text, then names that are spelled like it."""
    words = set(normalise(text).split())
    fuller = [key for key in _names() if words and words < set(key.split())]
    near = difflib.get_close_matches(normalise(text), _names(), n=3, cutoff=0.75)
    found = dict.fromkeys(by_iso2(_names()[key]).name for key in (*fuller, *near))
    return tuple(found)[:SUGGESTED]


def _country(row: Mapping[str, str]) -> Country:
    return Country(
        iso2=row["iso2"],
        iso3=row["iso3"],
        name=row["name"],
        capital=row["capital"],
        lat=float(row["capital_lat"]) if row["capital_lat"] else None,
        lon=float(row["capital_lon"]) if row["capital_lon"] else None,
        neighbours=_split(row["land_neighbours"]),
        normad_slug=row["normad_slug"],
        aliases=_split(row["aliases"]),
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


@cache
def _table() -> Mapping[str, Country]:
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        countries = [_country(row) for row in csv.DictReader(file)]
    return MappingProxyType({country.iso2: country for country in countries})


@cache
def _codes() -> Mapping[str, str]:
    pairs = [(key, row.iso2) for row in all_countries() for key in (row.iso2, row.iso3)]
    return MappingProxyType(dict(pairs))


@cache
def _names() -> Mapping[str, str]:
    return MappingProxyType(name_index(all_countries()))
