"""The form of scheme definitions: which keys there are, what they may hold, and what changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from annotation.vocab.countries import UnknownCountry, by_iso2
from annotation.vocab.terms import Relation

KINDS: Final = ("geography", "table", "regions")
COMMON: Final = ("name", "version", "kind")
PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "geography": ("nearest", "nearest_within_km", "far_beyond_km"),
    "table": ("participants", "any_other_pair"),
    "regions": (),
}
CONTENTS: Final[Mapping[str, str]] = {
    "geography": "overrides",
    "table": "overrides",
    "regions": "regions",
}
MAX_NEAREST: Final = 20
HALF_ROUND_KM: Final = 20_100
"""No two places on Earth are further apart."""
MAX_LABEL: Final = 60


class BadScheme(ValueError):  # noqa: N818  (named as UnknownScheme is)
    """A definition that is no scheme; `key` names the part, `found` and `expected` what is wrong."""

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key} is {found!r}; expected {expected}")


@dataclass(frozen=True)
class Change:
    """One difference of two definitions: what it concerns, before and after ("" where absent)."""

    what: str
    before: str
    after: str


def check_definition(definition: Mapping[str, Any]) -> None:
    """Raise BadScheme where the definition has not the form of the data files."""
    kind = definition.get("kind")
    if kind not in KINDS:
        raise BadScheme("kind", kind, "one of " + ", ".join(KINDS))
    expected = {*COMMON, *PARAMETERS[kind], CONTENTS[kind]}
    if set(definition) != expected:
        raise BadScheme("keys", ", ".join(sorted(definition)), ", ".join(sorted(expected)))
    for key in COMMON:
        if not isinstance(definition[key], str) or not definition[key]:
            raise BadScheme(key, definition[key], "a text")
    _CHECKS[kind](definition)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What changed from one definition to the other: parameters, then pairs or countries."""
    one, other = _facts(before), _facts(after)
    keys = [*one, *(key for key in other if key not in one)]
    return [
        Change(key, one.get(key, ""), other.get(key, ""))
        for key in keys
        if one.get(key, "") != other.get(key, "")
    ]


def _facts(definition: Mapping[str, Any]) -> dict[str, str]:
    kind = definition["kind"]
    facts = {"kind": kind}
    for key in PARAMETERS[kind]:
        value = definition[key]
        facts[key] = ", ".join(value) if isinstance(value, list | tuple) else f"{value}"
    if kind == "regions":
        places = {code: label for label, codes in definition["regions"].items() for code in codes}
        return facts | {by_iso2(code).name: places[code] for code in sorted(places)}
    for row in definition["overrides"]:
        pair = f"{by_iso2(row['participant']).name} and {by_iso2(row['scenario']).name}"
        note = f" ({row['note']})" if row["note"] else ""
        facts[pair] = f"{row['relation']}{note}"
    return facts


def _check_geography(definition: Mapping[str, Any]) -> None:
    _check_number(definition, "nearest", MAX_NEAREST, whole=True)
    _check_number(definition, "nearest_within_km", HALF_ROUND_KM)
    _check_number(definition, "far_beyond_km", HALF_ROUND_KM)
    if definition["far_beyond_km"] < definition["nearest_within_km"]:
        expected = f"nearest_within_km ({definition['nearest_within_km']}) or more"
        raise BadScheme("far_beyond_km", definition["far_beyond_km"], expected)
    _check_overrides(definition, directed=False)


def _check_table(definition: Mapping[str, Any]) -> None:
    participants = definition["participants"]
    if not isinstance(participants, list) or not participants:
        raise BadScheme("participants", participants, "a list of ISO 3166-1 alpha-2 codes")
    for code in participants:
        _check_code("participants", code)
    _one_of("any_other_pair", definition["any_other_pair"])
    _check_overrides(definition, directed=True)


def _check_overrides(definition: Mapping[str, Any], *, directed: bool) -> None:
    rows = definition["overrides"]
    if not isinstance(rows, list):
        raise BadScheme("overrides", rows, "a list of pairs")
    seen: set[tuple[str, ...]] = set()
    for number, row in enumerate(rows, start=1):
        where = f"overrides, line {number}"
        if not isinstance(row, Mapping) or set(row) != {
            "participant",
            "scenario",
            "relation",
            "note",
        }:
            raise BadScheme(where, row, "participant, scenario, relation, note")
        here, there = _check_code(where, row["participant"]), _check_code(where, row["scenario"])
        _one_of(where, row["relation"])
        if not isinstance(row["note"], str):
            raise BadScheme(where, row["note"], "a text")
        pair = (here, there) if directed else tuple(sorted((here, there)))
        if pair in seen:
            raise BadScheme(where, f"{here} and {there}", "each pair once")
        seen.add(pair)


def _check_regions(definition: Mapping[str, Any]) -> None:
    regions = definition["regions"]
    if not isinstance(regions, Mapping) or not regions:
        raise BadScheme("regions", regions, "labels with lists of codes")
    owner: dict[str, str] = {}
    for label, codes in regions.items():
        if not label.strip() or len(label) > MAX_LABEL or not isinstance(codes, list):
            raise BadScheme("regions", label, f"a label of at most {MAX_LABEL} signs with codes")
        for code in codes:
            _check_code(label, code)
            if owner.setdefault(code, label) != label or codes.count(code) > 1:
                raise BadScheme(label, code, f"a country that stands once ({owner[code]} has it)")


def _check_number(
    definition: Mapping[str, Any], key: str, most: float, *, whole: bool = False
) -> None:
    value = definition[key]
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or (whole and not isinstance(value, int)) or not 0 <= value <= most:
        raise BadScheme(key, value, f"a {'whole ' if whole else ''}number from 0 to {most:,}")


def _check_code(key: str, code: object) -> str:
    try:
        return by_iso2(str(code)).iso2
    except UnknownCountry:
        raise BadScheme(key, code, "an ISO 3166-1 alpha-2 code of the country table") from None


def _one_of(key: str, value: object) -> None:
    known = [relation.value for relation in Relation]
    if value not in known:
        raise BadScheme(key, value, "one of " + ", ".join(known))


_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {
    "geography": _check_geography,
    "table": _check_table,
    "regions": _check_regions,
}
