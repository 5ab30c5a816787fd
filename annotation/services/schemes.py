"""Distance and region schemes by name: shipped ones from files, researchers' own in editions.

An own scheme's name stands with its edition, `my-scheme@2`; without it the newest is meant. What is
stored with a study is always the full name, so that a later edition changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max, QuerySet, Window

from annotation.models import SchemeEdition
from annotation.vocab import distance, regions
from annotation.vocab.distance import Scheme, UnknownScheme, parse_scheme
from annotation.vocab.regions import Regions, UnknownRegions, parse_regions
from annotation.vocab.scheme_forms import BadScheme, Change, check_definition, differences
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

DISTANCE: Final = SchemeEdition.Kind.DISTANCE
REGION: Final = SchemeEdition.Kind.REGION
MAX_NAME: Final = 30
"""With its edition a name has to fit the 40 signs that a study keeps."""


@dataclass(frozen=True)
class Listed:
    """A scheme as lists show it; `edition` is None for a shipped one, which nobody edits."""

    kind: str
    name: str
    hash: str
    edition: int | None = None
    note: str = ""

    @property
    def shipped(self) -> bool:
        """Whether it comes with the platform."""
        return self.edition is None


def find_distance(name: str) -> Scheme:
    """The distance scheme of this name; UnknownScheme lists the known ones."""
    if name in distance.scheme_names():
        return distance.get_scheme(name)
    return _distance(_canonical(definition_of(DISTANCE, name)))


def find_regions(name: str) -> Regions:
    """The region scheme of this name; UnknownRegions lists the known ones."""
    if name in regions.region_names():
        return regions.get_regions(name)
    return _regions(_canonical(definition_of(REGION, name)))


def definition_of(kind: str, name: str) -> dict[str, Any]:
    """The definition behind a name; UnknownScheme or UnknownRegions lists the known names."""
    if name in _shipped_names(kind):
        return _shipped_definition(kind, name)
    edition = edition_named(kind, name)
    if edition is None:
        unknown = UnknownScheme if kind == DISTANCE else UnknownRegions
        known = ", ".join(listed.name for listed in all_schemes(kind))
        raise unknown(f"unknown {kind} scheme {name!r}; known: {known}")
    definition: dict[str, Any] = edition.definition
    return definition


def edition_named(kind: str, name: str) -> SchemeEdition | None:
    """The own edition `name@n`, or the newest of `name`; None where there is none."""
    slug, at, number = name.partition("@")
    editions = SchemeEdition.objects.filter(kind=kind, name=slug).order_by("-edition")
    if at and not number.isdecimal():
        return None
    return editions.filter(edition=int(number)).first() if at else editions.first()


def all_schemes(kind: str) -> list[Listed]:
    """The shipped schemes, then the newest edition of each own one, by name."""
    newest = SchemeEdition.objects.filter(kind=kind).annotate(
        newest=Window(Max("edition"), partition_by=F("name"))
    )
    own = [row for row in newest.order_by("name") if row.edition == row.newest]
    shipped = [Listed(kind, name, hash_of(kind, name)) for name in _shipped_names(kind)]
    return [*shipped, *(Listed(kind, str(row), row.hash, row.edition, row.note) for row in own)]


def editions_of(kind: str, name: str) -> QuerySet[SchemeEdition]:
    """Every edition of an own scheme, the newest first."""
    editions = SchemeEdition.objects.filter(kind=kind, name=name).select_related("created_by")
    return editions.order_by("-edition")


def hash_of(kind: str, name: str) -> str:
    """The SHA-256 of a scheme with everything that its answers are computed from."""
    return find_distance(name).hash if kind == DISTANCE else find_regions(name).hash


def full_name(kind: str, name: str) -> str:
    """The name under which this very edition is found for ever."""
    if name in _shipped_names(kind):
        return name
    return str(definition_of(kind, name)["name"])


@transaction.atomic
def copy_scheme(
    *, kind: str, base: str, name: str, note: str = "", actor: User | None = None
) -> SchemeEdition:
    """A scheme of one's own that starts as a copy; BadInput where the name cannot be taken."""
    slug = name.strip()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", slug) or len(slug) > MAX_NAME:
        expected = f"at most {MAX_NAME} small letters, digits and hyphens, such as my-scheme"
        raise BadInput("The name cannot be used.", column="name", found=name, expected=expected)
    if slug in _shipped_names(kind) or editions_of(kind, slug).exists():
        raise BadInput("This name is taken.", column="name", found=slug)
    try:
        definition = definition_of(kind, base)
    except (UnknownScheme, UnknownRegions) as error:
        raise BadInput(str(error), column="base") from None
    return _write(kind, slug, 1, definition, note or f"Copy of {base}", actor)


@transaction.atomic
def edit_scheme(
    *,
    kind: str,
    name: str,
    changes: Mapping[str, Any],
    note: str = "",
    actor: User | None = None,
) -> SchemeEdition:
    """The next edition: the newest one with these parts replaced. None is ever changed.

    Raises BadInput for a shipped or unknown scheme, a definition without the right form, and an
    edit that changes nothing.
    """
    newest = editions_of(kind, name).select_for_update(of=("self",)).first()
    if newest is None:
        raise BadInput(
            "Only a scheme of your own can be edited; make a copy first.", column="name", found=name
        )
    definition = {**newest.definition, **changes}
    if not differences(newest.definition, _checked(definition)):
        raise BadInput("Nothing would change.", found=str(newest))
    return _write(kind, name, newest.edition + 1, definition, note, actor)


def difference(kind: str, before: str, after: str) -> list[Change]:
    """What changed between two schemes of a kind, each given by name."""
    return differences(definition_of(kind, before), definition_of(kind, after))


def _write(
    kind: str,
    name: str,
    edition: int,
    definition: Mapping[str, Any],
    note: str,
    actor: User | None,
) -> SchemeEdition:
    named = _checked({**definition, "name": f"{name}@{edition}", "version": str(edition)})
    text = _canonical(named)
    digest = _distance(text).hash if kind == DISTANCE else _regions(text).hash
    row = SchemeEdition.objects.create(
        kind=kind,
        name=name,
        edition=edition,
        definition=named,
        hash=digest,
        note=note,
        created_by=actor,
    )
    audit.record(verb="scheme.made", subject=f"scheme:{kind}:{row}", actor=actor, hash=digest)
    return row


def _checked(definition: Mapping[str, Any]) -> dict[str, Any]:
    try:
        check_definition(definition)
    except BadScheme as error:
        raise BadInput(
            "This is no scheme.", column=error.key, found=error.found, expected=error.expected
        ) from None
    return dict(definition)


def _shipped_names(kind: str) -> tuple[str, ...]:
    return distance.scheme_names() if kind == DISTANCE else regions.region_names()


def _shipped_definition(kind: str, name: str) -> dict[str, Any]:
    if kind == DISTANCE:
        return distance.shipped_definition(name)
    return regions.shipped_regions(name)


def _canonical(definition: Mapping[str, Any]) -> str:
    return json.dumps(definition, ensure_ascii=False)


# Parsed once per definition and process: an edition never changes, and its text is the key.
@cache
def _distance(text: str) -> Scheme:
    return parse_scheme(json.loads(text))


@cache
def _regions(text: str) -> Regions:
    return parse_regions(json.loads(text))
