"""Find the option that a text names: letters, JSON, fenced JSON, quoted option text.

Every rule asks for an explicit answer. A text that could be read two ways is `ambiguous`, a
sentence that merely happens to start with the letter A is not an answer at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modeling.backends.protocol import Label


@dataclass(frozen=True, slots=True)
class Written:
    """The code of the option a text names, or None and the reason code."""

    code: str | None
    reason: str = ""


THOUGHT: Final = re.compile(
    r"<(think|thinking|reasoning)>.*?</\1>", flags=re.DOTALL | re.IGNORECASE
)
OPEN_THOUGHT: Final = re.compile(r"<(?:think|thinking|reasoning)>.*", re.DOTALL | re.IGNORECASE)
THOUGHT_END: Final = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
FENCE: Final = re.compile(r"^```[a-z]*\s*\n?(.*?)\n?```$", re.DOTALL | re.IGNORECASE)
ONE_LETTER: Final = re.compile(r"^[(\[]?([A-Za-z])[)\].:]*$")
LEADING_LETTER: Final = re.compile(
    r"^(?:\(([A-Z])\)|\[([A-Z])\]|([A-Z])(?=[).:\n]))[).:]*\s+(.+)$", re.DOTALL
)
ANNOUNCED: Final = re.compile(
    r"^(?:(?:my|the|final)\s+)*(?:answer|choice|option|letter|response)(?:\s+(?:is|would\s+be))?"
    r"\s*[:=]?\s*[(\[]?([A-Za-z])[)\].]*$"
    r"|^i\s+(?:would\s+)?(?:choose|pick|select)\s+(?:option\s+)?[(\[]?([A-Za-z])[)\].]*$",
    re.IGNORECASE,
)
LETTER_THEN_REASON: Final = re.compile(
    r"^(?:(?:(?:my|the|final)\s+)*(?:answer|choice|option|letter|response)(?:\s+is)?\s*[:=]?\s*)?"
    r"[(\[\"'“]?([A-Za-z])(?:[)\]\"'”]?\s*[.,:;–—-]+|[)\]\"'”])\s+(.+)$",
    re.DOTALL | re.IGNORECASE,
)
REASON_HEADING: Final = re.compile(
    r"^(?:(?:short\s+)?(?:reason|rationale|explanation)\s*[:–—-]\s*)", re.IGNORECASE
)
REASON_KEYS: Final = ("reason", "rationale", "explanation")
LONE_CAPITAL: Final = re.compile(r"(?<![A-Za-z'’])([A-Z])(?![A-Za-z'’])")
QUOTED: Final = re.compile(r"[\"“«]([^\"”»]+)[\"”»]")
REFUSAL: Final = re.compile(
    r"\b(?:i\s*(?:['’]m|\s+am)\s+(?:sorry|unable|not\s+able)|i\s+(?:can\s*not|can['’]t|won['’]t|"
    r"will\s+not|must\s+decline|do\s+not\s+have\s+personal|don['’]t\s+have\s+personal)|"
    r"as\s+an?\s+(?:ai|artificial|language\s+model)|i\s+apologi[sz]e)\b",
    re.IGNORECASE,
)


def without_thoughts(text: str) -> str:
    """The text without think blocks: closed ones, one never closed, one never opened."""
    if "<" not in text:
        return text
    text = THOUGHT.sub("", text)
    text = THOUGHT_END.split(text)[-1]
    return OPEN_THOUGHT.sub("", text)


def read_text(text: str, labels: Sequence[Label], *, keys: Sequence[str], cut: bool) -> Written:
    """Read free text or JSON with one of `keys`. `cut` says it ended at the token limit."""
    body = _body(text)
    if body.startswith("{"):
        return _from_object(body, labels, keys, cut)
    found = _plain(body, labels)
    return found or Written(None, _why_not(body, cut))


def read_with_reason(
    text: str, labels: Sequence[Label], *, keys: Sequence[str], cut: bool
) -> tuple[Written, str]:
    """Read a letter that a reason follows: what the letter names, and the reason ("" without one).

    The letter counts, whatever the reason says of the other options; a reason that ends at the
    token limit is kept as far as it goes.
    """
    body = _body(text)
    if body.startswith("{"):
        values = _object(body) or {}
        reason = next((values[key] for key in REASON_KEYS if key in values), "")
        return _from_object(body, labels, keys, cut), reason if isinstance(reason, str) else ""
    letter, reason = _letter_and_reason(re.sub(r"[*_`#]", "", body).strip())
    if letter:
        return _by_letter(letter, labels), REASON_HEADING.sub("", reason.strip(), count=1)
    return _plain(body, labels) or Written(None, _why_not(body, cut)), ""


def _letter_and_reason(body: str) -> tuple[str, str]:
    """The letter that stands first, alone on its line or marked off, and what follows it."""
    line, _, rest = body.partition("\n")
    for pattern in (ONE_LETTER, ANNOUNCED):
        match = pattern.match(line.strip(" \t\r\"'“”‘’"))
        if match:
            return next(filter(None, match.groups())), rest
    match = LETTER_THEN_REASON.match(body)
    return (match.group(1), match.group(2)) if match else ("", "")


def read_json_value(text: str, labels: Sequence[Label], *, key: str, cut: bool) -> Written:
    """Read one key of a JSON reply; text without any JSON object names nothing."""
    body = _body(text)
    if "{" not in body:
        return Written(None, _why_not(body, cut))
    return _from_object(body[body.index("{") :], labels, (key,), cut)


def object_in(text: str, *, cut: bool) -> tuple[Mapping[str, object] | None, str]:
    """The one JSON object of a text, or None and the reason code. Words around it are left out."""
    body = _body(text)
    if "{" not in body:
        return None, _why_not(body, cut)
    body = body[body.index("{") :]
    values = _object(body)
    if values is None:
        return None, _why_no_object(body, cut)
    rest = body[_end_of_object(body) :]
    second = _object(rest[rest.index("{") :]) if "{" in rest else None
    return (None, "ambiguous") if second not in (None, values) else (values, "")


def _end_of_object(body: str) -> int:
    return json.JSONDecoder().raw_decode(body)[1]


def _why_no_object(body: str, cut: bool) -> str:
    return "cut_off" if cut or body.count("{") > body.count("}") else "unparseable"


def _body(text: str) -> str:
    body = without_thoughts(text).strip()
    fenced = FENCE.match(body)
    return fenced.group(1).strip() if fenced else body


def _from_object(body: str, labels: Sequence[Label], keys: Sequence[str], cut: bool) -> Written:
    values = _object(body)
    if values is None:
        return Written(None, _why_no_object(body, cut))
    given = [values[key] for key in keys if key in values]
    if not given:
        return Written(None, "missing_answer")
    results = {_value(value, labels) for value in given}
    return results.pop() if len(results) == 1 else Written(None, "ambiguous")


def _object(body: str) -> Mapping[str, object] | None:
    """The JSON object at the start of the text, None without one, or where a key repeats."""
    try:
        values, _end = json.JSONDecoder(object_pairs_hook=_without_repeats).raw_decode(body)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice in one JSON object")
    return values


def _value(value: object, labels: Sequence[Label]) -> Written:
    if value is None or value == "":
        return Written(None, "missing_answer")
    if not isinstance(value, str):
        return Written(None, "unparseable")
    return _plain(value.strip(), labels) or Written(None, _why_not(value, False))


def _plain(body: str, labels: Sequence[Label]) -> Written | None:
    """Try each way of naming one option; None when the text uses none of them."""
    if len(body) == 1 and body.isascii() and body.isalpha():  # nearly every answer to one letter
        return _by_letter(body, labels)
    bare = re.sub(r"[*_`#]", "", body).strip(" \t\r\n\"'“”‘’")
    for pattern in (ONE_LETTER, ANNOUNCED):
        match = pattern.match(bare)
        if match:
            return _by_letter(next(filter(None, match.groups())), labels)
    return _leading(bare, labels) or _by_words(body, labels)


def _by_letter(letter: str, labels: Sequence[Label]) -> Written:
    for label in labels:
        if label.letter.casefold() == letter.casefold():
            return Written(label.code)
    return Written(None, "other_label")


def _leading(bare: str, labels: Sequence[Label]) -> Written | None:
    """`A. Because ...`: a marked letter, then words that name no other option."""
    match = LEADING_LETTER.match(bare)
    if not match:
        return None
    *letters, rest = match.groups()
    written = _by_letter(next(filter(None, letters)), labels)
    named = {_by_letter(letter, labels).code for letter in LONE_CAPITAL.findall(rest)} - {None}
    quoted = {label.code for label in labels if _same(label.text) == _same(rest)}
    return written if named | quoted <= {written.code} else Written(None, "ambiguous")


def _by_words(body: str, labels: Sequence[Label]) -> Written | None:
    """The words of exactly one option, as the whole text or between quotation marks."""
    said = {_same(body), *map(_same, QUOTED.findall(body))}
    codes = {label.code for label in labels if _same(label.text) in said}
    if len(codes) > 1:
        return Written(None, "ambiguous")
    return Written(codes.pop()) if codes else None


def _same(text: str) -> str:
    """A form in which case, outer punctuation and spacing do not matter."""
    return " ".join(text.casefold().split()).strip(" .,;:!?\"'“”‘’*`")


def _why_not(body: str, cut: bool) -> str:
    if REFUSAL.search(body):
        return "refusal"
    return "cut_off" if cut else "unparseable"
