"""Versions of a scenario: written by people and by construction, compared, and brought back.

Nothing overwrites. The newest version is the one that counts until a release freezes it; whoever
writes says which version they had before them, so that two people cannot pass each other unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import transaction

from annotation.models import Scenario, ScenarioVersion
from annotation.services.importers import Wording
from annotation.services.importers.common import MAX_SETTING
from annotation.vocab.countries import UnknownCountry, resolve
from annotation.vocab.terms import PreferenceStrength, PreferenceType, Theme
from annotation.vocab.wording_checks import (
    BRACES,
    BRACES_EXPECTED,
    LONGEST,
    Finding,
    check,
    unfilled,
)
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from pact_site.base.worddiff import Mark, marks

Origin = ScenarioVersion.Origin

COLUMNS: Final = tuple(Wording.__dataclass_fields__)
"""The texts of a version, in the order in which tables and forms show them."""

TERMS: Final[Mapping[str, type[StrEnum]]] = {
    "theme": Theme,
    "preference_type": PreferenceType,
    "preference_strength": PreferenceStrength,
}
MAX_TEXT: Final = 4000
MAX_NOTE: Final = 1000


@dataclass(frozen=True)
class Written:
    """The version that now counts, and whether it is new; `edited` is a person's, passed over."""

    version: ScenarioVersion
    is_new: bool
    edited: ScenarioVersion | None = None


@dataclass(frozen=True)
class Change:
    """One column that differs between two versions."""

    column: str
    before: str
    after: str

    @property
    def marks(self) -> list[Mark]:
        """Both texts woven together word by word."""
        return list(marks(self.before, self.after))


def wording_from(texts: Mapping[str, str]) -> Wording:
    """A wording from texts that a person gave; BadInput names the column.

    The country may be a name, slug or code. Either both actions are given or neither.
    """
    clean = {name: str(texts.get(name) or "").strip() for name in COLUMNS}
    unknown = sorted(set(texts) - set(COLUMNS))
    if unknown:
        raise BadInput("Unknown column.", column=unknown[0], expected=", ".join(COLUMNS))
    clean["country"] = _country(clean["country"])
    if not clean["situation"]:
        raise BadInput("The situation is empty.", column="situation", expected="a text")
    _check_lengths(clean)
    _check_braces(clean)
    _check_terms(clean)
    _check_actions(clean["culture_action"], clean["preference_action"])
    return Wording(**clean)


def edit(
    *,
    scenario: Scenario,
    wording: Wording,
    based_on: int,
    note: str,
    actor: User | None = None,
) -> Written:
    """Write a person's version; BadInput without a note, or where version `based_on` is not the
    newest any more. A wording equal to the newest adds nothing."""
    if not note.strip():
        raise BadInput("Say why it was changed.", column="note", expected="a sentence")
    if len(note) > MAX_NOTE:
        raise BadInput("The note is too long.", column="note", expected=f"at most {MAX_NOTE}")
    with transaction.atomic():
        newest = _locked_newest(scenario)
        _refuse_stale(newest, based_on)
        return _write(newest, wording, Origin.EDIT, note.strip(), actor)


def restore(
    *, scenario: Scenario, number: int, based_on: int, actor: User | None = None
) -> Written:
    """Make the texts of an earlier version count again, as a further version."""
    with transaction.atomic():
        newest = _locked_newest(scenario)
        _refuse_stale(newest, based_on)
        earlier = scenario.versions.filter(number=number).first()
        if earlier is None:
            raise BadInput("There is no such version.", column="number", found=number)
        note = f"Version {number} restored."
        return _write(newest, wording_of(earlier), Origin.RESTORE, note, actor)


def write_constructed(
    *, scenario: Scenario, wording: Wording, note: str, actor: User | None = None
) -> Written:
    """Write what a construction made; call it inside a transaction.

    A person's edit stays as a version of its own; that the new version passes over it is said in
    its note and in the answer.
    """
    newest = _locked_newest(scenario)
    edited = newest if newest.origin in (Origin.EDIT, Origin.RESTORE) else None
    if edited:
        note += f" Version {edited.number}, which somebody had edited, is kept beside it."
    written = _write(newest, wording, Origin.CONSTRUCTION, note, actor)
    return Written(written.version, written.is_new, edited if written.is_new else None)


def wording_of(version: ScenarioVersion) -> Wording:
    """The texts of a version."""
    return Wording(**{name: getattr(version, name) for name in COLUMNS})


def findings(version: ScenarioVersion) -> list[Finding]:
    """What the checks find in a version; texts that are still to be written are passed over."""
    return check(wording_of(version).columns(), written=version.is_askable)


def compare(before: ScenarioVersion, after: ScenarioVersion) -> list[Change]:
    """The columns that differ, in their usual order."""
    return list(_changes(wording_of(before).columns(), wording_of(after).columns()))


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in COLUMNS:
        if before[name] != after[name]:
            yield Change(name, before[name], after[name])


def _locked_newest(scenario: Scenario) -> ScenarioVersion:
    """The newest version; writers of one scenario come one by one until the transaction ends."""
    Scenario.objects.select_for_update().get(pk=scenario.pk)
    newest = scenario.versions.order_by("-number").first()
    if newest is None:
        raise BadInput(f"Scenario {scenario.key} has no version yet.")
    return newest


def _refuse_stale(newest: ScenarioVersion, based_on: int) -> None:
    if newest.number != based_on:
        raise BadInput(
            f"Version {newest.number} has been written meanwhile. What you typed is still here: "
            "compare it with that version, then save again.",
            column="based_on",
            found=based_on,
            expected=str(newest.number),
        )


def _write(
    newest: ScenarioVersion, wording: Wording, origin: str, note: str, actor: User | None
) -> Written:
    if newest.content_hash == wording.digest:
        return Written(newest, is_new=False)
    version = ScenarioVersion.objects.create(
        scenario_id=newest.scenario_id,
        number=newest.number + 1,
        content_hash=wording.digest,
        origin=origin,
        note=note,
        created_by=actor,
        **wording.columns(),
    )
    audit.record(
        verb=f"scenario.{origin}",
        subject=f"scenario:{version.scenario_id}",
        actor=actor,
        version=version.number,
        after=newest.number,
    )
    return Written(version, is_new=True)


def _country(text: str) -> str:
    try:
        return resolve(text).iso2
    except UnknownCountry as unknown:
        expected = "a country's English name or upper-case ISO 3166-1 code"
        if unknown.suggestions:
            expected += " (nearest: " + ", ".join(unknown.suggestions) + ")"
        raise BadInput(
            "Unknown country.", column="country", found=text, expected=expected
        ) from None


def _check_lengths(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        most = MAX_SETTING if name == "setting" else MAX_TEXT
        if len(text) > most:
            raise BadInput(
                "The text is too long.", column=name, expected=f"at most {most} characters"
            )


def _check_braces(texts: Mapping[str, str]) -> None:
    for name in LONGEST:
        if left := unfilled(name, texts[name]):
            raise BadInput(BRACES, column=name, found=left[0], expected=BRACES_EXPECTED)


def _check_terms(texts: Mapping[str, str]) -> None:
    for name, terms in TERMS.items():
        if texts[name] and texts[name] not in set(terms):
            expected = ", ".join(terms)
            raise BadInput("Unknown value.", column=name, found=texts[name], expected=expected)


def _check_actions(culture: str, preference: str) -> None:
    if bool(culture) != bool(preference):
        column = "culture_action" if preference else "preference_action"
        raise BadInput("One of the two actions is missing.", column=column, expected="a text")
    if culture and culture == preference:
        message = "The two actions are the same."
        raise BadInput(message, column="preference_action", expected="another text")
