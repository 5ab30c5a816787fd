"""Replies without a model: a value of the asked shape, fixed by numbers that the caller draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Draw = Callable[[str], float]
"""Path of a value, such as `clear.value` -> a number in (0, 1), always the same for that path."""

FIRST_SHARE: Final = 0.85
"""How often the first of several values is taken; criteria list the welcome one first."""


def made_up(schema: Mapping[str, Any], draw: Draw, path: str = "") -> Any:
    """A value that fits this JSON schema (the part of it that prompts here use).

    Texts say that they are simulated. Raises ValueError for a type that is not known here.
    """
    if "enum" in schema:
        return _one_of(list(schema["enum"]), draw(path))
    kind = schema.get("type")
    if kind == "object":
        properties: Mapping[str, Any] = schema.get("properties", {})
        return {
            name: made_up(inner, draw, f"{path}.{name}" if path else name)
            for name, inner in properties.items()
        }
    if kind == "array":
        count = max(int(schema.get("minItems", 1)), 1)
        return [made_up(schema["items"], draw, f"{path}.{number}") for number in range(count)]
    if kind == "boolean":
        return draw(path) < FIRST_SHARE
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    if kind == "string":
        return f"Simulated {path.rpartition('.')[2] or 'text'} {round(draw(path) * 1e6):06d}."
    raise ValueError(f"no made-up value for the JSON type {kind!r}")


def _one_of(values: list[Any], u: float) -> Any:
    if u < FIRST_SHARE or len(values) == 1:
        return values[0]
    rest = values[1:]
    return rest[int((u - FIRST_SHARE) / (1.0 - FIRST_SHARE) * len(rest))]
