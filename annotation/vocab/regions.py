"""Region schemes: which group of countries a country belongs to. `pact-8` is the shipped one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from annotation.vocab.countries import DATA, by_iso2

DEFAULT_REGIONS: Final = "pact-8"


class UnknownRegions(ValueError):  # noqa: N818  (named as UnknownCountry is)
    """A name that no region scheme has."""


@dataclass(frozen=True)
class Regions:
    """A region scheme. `of` maps ISO2 codes to labels; a country may stand in none."""

    name: str
    version: str
    hash: str
    labels: tuple[str, ...]
    of: Mapping[str, str] = field(compare=False)

    def region_of(self, iso2: str) -> str:
        """The label of the country's region, "" where it stands in none; `UnknownCountry` else."""
        return self.of.get(by_iso2(iso2).iso2, "")

    def codes(self, label: str) -> tuple[str, ...]:
        """The region's countries as ISO2 codes, sorted; none for an unknown label."""
        return tuple(sorted(code for code, region in self.of.items() if region == label))


def region_names() -> tuple[str, ...]:
    """Return the names of the shipped region schemes, sorted."""
    return tuple(sorted(path.stem for path in (DATA / "regions").glob("*.json")))


@cache
def get_regions(name: str = DEFAULT_REGIONS) -> Regions:
    """Read the shipped region scheme of this name; `UnknownRegions` lists the known ones."""
    return parse_regions(shipped_regions(name))


def shipped_regions(name: str) -> dict[str, Any]:
    """Return the definition of a shipped region scheme as its data file states it."""
    if name not in region_names():
        raise UnknownRegions(f"unknown region scheme {name!r}; known: {', '.join(region_names())}")
    text = (DATA / "regions" / f"{name}.json").read_text(encoding="utf-8")
    definition: dict[str, Any] = json.loads(text)
    return definition


def parse_regions(definition: Mapping[str, Any]) -> Regions:
    """Make a region scheme of a definition that has the form of the data files.

    The form is checked by `annotation.vocab.scheme_forms`; here a bad one raises KeyError or
    ValueError, which also says when a country stands in two regions.
    """
    of: dict[str, str] = {}
    for label, codes in definition["regions"].items():
        for code in codes:
            if code in of:
                raise ValueError(f"{code} stands both in {of[code]!r} and in {label!r}")
            of[by_iso2(code).iso2] = label
    return Regions(
        name=definition["name"],
        version=definition["version"],
        hash=sha256(json.dumps(dict(definition), sort_keys=True).encode()).hexdigest(),
        labels=tuple(definition["regions"]),
        of=MappingProxyType(of),
    )
