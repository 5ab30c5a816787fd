"""What differs between two versions of an instrument, so that a person can read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pact_site.base.worddiff import Mark, marks
from survey.models import Instrument
from survey.services.instruments import definition_of

NAMES = ("key", "code")
"""What tells the members of a list apart, so that an inserted one does not shift the others."""


@dataclass(frozen=True)
class Change:
    """One part that differs; None where a version does not have it."""

    path: str
    before: str | None
    after: str | None

    @property
    def marks(self) -> list[Mark]:
        """Both texts woven together word by word, for parts that both versions have."""
        return list(marks(self.before or "", self.after or ""))


def compare_versions(before: Instrument, after: Instrument) -> list[Change]:
    """Every part that differs, defaults written out, so that only what matters is told."""
    return compare(asdict(definition_of(before)), asdict(definition_of(after)))


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every part that differs between two definitions, in the order of the older one."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        Change(path, old.get(path), new.get(path))
        for path in {**old, **new}
        if old.get(path) != new.get(path)
    ]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        names = [_name(one, number) for number, one in enumerate(value, start=1)]
        yield f"{path} (order)", ", ".join(names)
        for name, one in zip(names, value, strict=True):
            yield from _flat(one, f"{path}[{name}]")
    elif isinstance(value, list | tuple):
        yield path, ", ".join(map(str, value))
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    else:
        yield path, str(value)


def _name(member: Any, number: int) -> str:
    found = (str(member[name]) for name in NAMES if isinstance(member, Mapping) and name in member)
    return next(found, str(number))
