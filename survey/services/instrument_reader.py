"""Reading an instrument's JSON part by part, so that every refusal names its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pact_site.base.errors import BadInput

T = TypeVar("T")

LARGEST = 100_000
"""No count or number of minutes in an instrument is larger."""


class Reader:
    """Typed access to one JSON object; every refusal names the path."""

    def __init__(self, raw: object, path: str = "") -> None:
        if not isinstance(raw, Mapping):
            raise bad(path or "instrument", "is not an object", raw, "a JSON object")
        self.raw: Mapping[str, Any] = raw
        self.path = path

    def name(self, key: str) -> str:
        """The path of a part."""
        return f"{self.path}.{key}" if self.path else key

    def get(self, key: str, kind: type[T], expected: str, default: T | None = None) -> T:
        """The value under a key, of this kind; a number is never a truth value."""
        value = self.raw.get(key, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise bad(self.name(key), "is missing or of the wrong kind", value, expected)
        return value

    def text(self, key: str, one_of: Sequence[str] = (), default: str | None = None) -> str:
        """A text that is not empty, one of `one_of` where given."""
        value = self.get(key, str, "text", default).strip()
        if not value or (one_of and value not in one_of):
            raise bad(self.name(key), "cannot be used", value, " or ".join(one_of) or "text")
        return value

    def texts(self, key: str, default: list[str] | None = None) -> list[str]:
        """A list, each member as text."""
        return [str(value) for value in self.get(key, list, "a list", default)]

    def numbers(self, key: str, default: list[int] | None = None) -> list[int]:
        """A list of whole numbers."""
        values = self.get(key, list, "a list of whole numbers", default)
        if not all(type(value) is int for value in values):
            raise bad(self.name(key), "cannot be used", values, "a list of whole numbers")
        return values

    def number(self, key: str, *, least: int, default: int | None = None) -> int:
        """A whole number from `least` to LARGEST."""
        value = self.get(key, int, "a whole number", default)
        if value < least:
            raise bad(self.name(key), "is too small", value, f"{least} or more")
        if value > LARGEST:
            raise bad(self.name(key), "is too large", value, f"{LARGEST} or less")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        return self.get(key, bool, "true or false", default)

    def mapping(self, key: str, default: dict[str, Any] | None = None) -> Mapping[str, Any]:
        """An object as it is."""
        return self.get(key, dict, "an object", default)

    def child(self, key: str) -> Reader:
        """A reader for an object within this one."""
        return Reader(self.raw.get(key), self.name(key))

    def each(self, key: str, build: Callable[[Reader], T]) -> tuple[T, ...]:
        """A list of objects, each made by `build`."""
        parts = self.get(key, list, "a list")
        return tuple(build(Reader(p, f"{self.name(key)}[{i}]")) for i, p in enumerate(parts))


@dataclass
class BadPart(BadInput):
    """A part of an instrument that cannot be used; `path` is its place, as in `checks[0].kind`."""

    path: str = ""


def bad(path: str, message: str, found: object, expected: str) -> BadPart:
    """The error about one part: what is wrong, what was found, what was expected."""
    text = f"The instrument's {path} {message}."
    return BadPart(text, found=found, expected=expected, path=path)
