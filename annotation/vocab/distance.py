"""Named, versioned distance schemes: which relation a participant's country has to a scenario's.

`geo-v1` is computed from the country table, `pact-2026` is the published study's own table. In
both, overrides win. Both are definitions in data files; researchers' own definitions have the same
form (`parse_scheme`) and are kept and found by `annotation.services.schemes`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType
from typing import Any, Final

from annotation.vocab.countries import DATA, Country, all_countries, by_iso2
from annotation.vocab.terms import Relation

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean Earth radius of the IUGG."""

DEFAULT_SCHEME: Final = "geo-v1"
"""The scheme of new studies."""


class UnknownScheme(ValueError):  # noqa: N818  (named as UnknownCountry is)
    """A name that no scheme has."""


@dataclass(frozen=True)
class Judged:
    """A relation with why it holds; `km` between capitals where both are known."""

    relation: Relation
    reason: str
    km: float | None = None


@dataclass(frozen=True)
class Override:
    """A pair settled by data: `geo-v1` reads it in either direction, a table in this one only."""

    participant: str
    scenario: str
    relation: Relation
    note: str


@dataclass(frozen=True)
class Scheme:
    """One scheme as its data file states it; `hash` covers every input of its relations."""

    name: str
    version: str
    kind: str
    hash: str
    overrides: Mapping[tuple[str, str], Override] = field(compare=False)
    participants: tuple[str, ...] = ()
    any_other_pair: Relation = Relation.UNASSIGNED
    nearest: int = 0
    nearest_within_km: float = 0.0
    far_beyond_km: float = 0.0


def haversine_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance in km of two points in degrees, on a sphere of the mean radius."""
    phi_a, phi_b = radians(lat_a), radians(lat_b)
    chord = (
        sin((phi_b - phi_a) / 2) ** 2
        + cos(phi_a) * cos(phi_b) * sin(radians(lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def relation(scheme: str | Scheme, participant: str, scenario: str) -> Relation:
    """Return the relation of two ISO2 codes under a shipped scheme's name or a parsed scheme.

    Raises `UnknownScheme` or `UnknownCountry` on a bad name.
    """
    return explain(scheme, participant, scenario).relation


@cache
def explain(scheme: str | Scheme, participant: str, scenario: str) -> Judged:
    """Return the relation with its reason, so that a page can say why two countries are close."""
    rules = get_scheme(scheme) if isinstance(scheme, str) else scheme
    here, there = by_iso2(participant), by_iso2(scenario)
    if rules.kind == "table":
        return _by_table(rules, here, there)
    return _by_geography(rules, here, there)


@cache
def scheme_names() -> tuple[str, ...]:
    """Return the names of the shipped schemes, sorted."""
    return tuple(sorted(path.stem for path in (DATA / "schemes").glob("*.json")))


@cache
def get_scheme(name: str) -> Scheme:
    """Read the shipped scheme of this name; `UnknownScheme` lists the known ones."""
    return parse_scheme(shipped_definition(name))


def shipped_definition(name: str) -> dict[str, Any]:
    """Return the definition of a shipped scheme as its data file states it."""
    if name not in scheme_names():
        raise UnknownScheme(f"unknown distance scheme {name!r}; known: {', '.join(scheme_names())}")
    text = (DATA / "schemes" / f"{name}.json").read_text(encoding="utf-8")
    definition: dict[str, Any] = json.loads(text)
    return definition


def parse_scheme(definition: Mapping[str, Any]) -> Scheme:
    """Make a scheme of a definition that has the form of the data files.

    The form is checked by `annotation.vocab.scheme_forms`; here a bad one raises KeyError,
    ValueError or `UnknownCountry`.
    """
    geography = definition["kind"] == "geography"
    return Scheme(
        name=definition["name"],
        version=definition["version"],
        kind=definition["kind"],
        hash=_hash(definition, with_countries=geography),
        overrides=_overrides(definition["overrides"], symmetric=geography),
        participants=tuple(definition.get("participants", ())),
        any_other_pair=Relation(definition.get("any_other_pair", Relation.UNASSIGNED)),
        nearest=definition.get("nearest", 0),
        nearest_within_km=definition.get("nearest_within_km", 0.0),
        far_beyond_km=definition.get("far_beyond_km", 0.0),
    )


def capital_distance_km(a: Country, b: Country) -> float | None:
    """Return the distance between two capitals in km, None where a capital is not located."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    return haversine_km(a.lat, a.lon, b.lat, b.lon)


@cache
def nearest_countries(iso2: str, count: int) -> tuple[tuple[str, float], ...]:
    """Return the `count` countries nearest by capital with their km, ties broken by code."""
    here = by_iso2(iso2)
    distances = [
        (km, other.iso2)
        for other in all_countries()
        if other.iso2 != iso2 and (km := capital_distance_km(here, other)) is not None
    ]
    return tuple((code, km) for km, code in sorted(distances)[:count])


def _by_table(rules: Scheme, here: Country, there: Country) -> Judged:
    km = capital_distance_km(here, there)
    if here.iso2 not in rules.participants:
        reason = f"{here.name} is not a participant country of {rules.name}"
        return Judged(Relation.UNASSIGNED, reason, km)
    if here == there:
        return Judged(Relation.SAME, "the same country", km)
    entry = rules.overrides.get((here.iso2, there.iso2))
    if entry:
        return Judged(entry.relation, entry.note or f"listed in {rules.name}", km)
    return Judged(rules.any_other_pair, f"a pair that {rules.name} does not list", km)


def _by_geography(rules: Scheme, here: Country, there: Country) -> Judged:
    km = capital_distance_km(here, there)
    entry = rules.overrides.get((here.iso2, there.iso2))
    if entry:
        return Judged(entry.relation, entry.note or f"override of {rules.name}", km)
    if here == there:
        return Judged(Relation.SAME, "the same country", km)
    if there.iso2 in here.neighbours or here.iso2 in there.neighbours:
        return Judged(Relation.CLOSE, "they share a land border", km)
    if km is None:
        lost = " and ".join(row.name for row in (here, there) if row.lat is None)
        return Judged(Relation.UNASSIGNED, f"no capital coordinates for {lost}")
    return _by_capitals(rules, here, there, km)


def _by_capitals(rules: Scheme, here: Country, there: Country, km: float) -> Judged:
    if km <= rules.nearest_within_km:
        for one, other in ((here, there), (there, here)):
            if other.iso2 in {code for code, _ in nearest_countries(one.iso2, rules.nearest)}:
                reason = f"{other.name} is among the {rules.nearest} nearest of {one.name}"
                return Judged(Relation.CLOSE, reason, km)
    if km > rules.far_beyond_km:
        return Judged(Relation.FAR, f"capitals more than {rules.far_beyond_km:,} km apart", km)
    return Judged(Relation.BETWEEN, "neither close nor far", km)


def _overrides(
    rows: Iterable[Mapping[str, str]], *, symmetric: bool
) -> Mapping[tuple[str, str], Override]:
    found: dict[tuple[str, str], Override] = {}
    for row in rows:
        here, there = by_iso2(row["participant"]).iso2, by_iso2(row["scenario"]).iso2
        entry = Override(here, there, Relation(row["relation"]), row["note"])
        found[here, there] = entry
        if symmetric:
            found[there, here] = entry
    return MappingProxyType(found)


def _hash(raw: Mapping[str, Any], *, with_countries: bool) -> str:
    """Hash the scheme's file and, where it is computed, the columns it is computed from."""
    rows = (
        [[row.iso2, row.lat, row.lon, sorted(row.neighbours)] for row in all_countries()]
        if with_countries
        else []
    )
    canonical = json.dumps([dict(raw), rows], sort_keys=True, ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()
