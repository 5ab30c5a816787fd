"""Reading replies that should be one JSON object: the object or a reason, never a repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from modeling.backends.protocol import Reply
from modeling.backends.reading import blocked
from modeling.backends.written import object_in

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


@dataclass(frozen=True, slots=True)
class ReadValue:
    """What was read, or None and one of `INVALID_REASONS`; `where` is the path of the trouble."""

    value: Any
    invalid_reason: str = ""
    where: str = ""


def read_object(reply: Reply) -> ReadValue:
    """The one JSON object of a reply, think blocks and fences left out.

    Two different objects are `ambiguous`. Raises ValueError when `reply.error` is set.
    """
    if reply.error is not None:
        raise ValueError(f"The request {reply.key!r} failed and holds no answer: {reply.error}")
    reason = blocked(reply)
    if reason:
        return ReadValue(None, reason)
    values, reason = object_in(reply.text, cut=reply.finish_reason == "length")
    return ReadValue(values, reason)


def fitted(value: Any, schema: Mapping[str, Any], where: str = "") -> ReadValue:
    """The value as the schema (its part that prompts here use) wants it, or why it does not fit.

    Case and outer space of an enumerated text do not matter, and the schema's spelling comes back.
    A required text may not be empty. Properties that nobody asked for are left out.
    """
    if value is None or value == "":
        return ReadValue(None, "missing_answer", where)
    if "enum" in schema:
        return _one_of(value, schema["enum"], where)
    kind = schema.get("type", "")
    if not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
        return ReadValue(None, "unparseable", where)
    if isinstance(value, dict):
        return _object(value, schema, where)
    return _array(value, schema, where) if isinstance(value, list) else ReadValue(value)


def _one_of(value: Any, known: list[Any], where: str) -> ReadValue:
    for one in known:
        if value == one or _folded(value) == _folded(one):
            return ReadValue(one)
    return ReadValue(None, "other_label", where)


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def _object(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> ReadValue:
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = schema.get("required", ())
    found: dict[str, Any] = {}
    for name, inner in properties.items():
        path = f"{where}.{name}" if where else name
        if name not in required and value.get(name) in (None, ""):
            continue
        part = fitted(value.get(name), inner, path)
        if part.invalid_reason:
            return part
        found[name] = part.value
    return ReadValue(found)


def _array(value: list[Any], schema: Mapping[str, Any], where: str) -> ReadValue:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return ReadValue(None, "unparseable", where)
    parts = [fitted(one, schema["items"], f"{where}.{n}") for n, one in enumerate(value)]
    wrong = next((part for part in parts if part.invalid_reason), None)
    return wrong or ReadValue([part.value for part in parts])
