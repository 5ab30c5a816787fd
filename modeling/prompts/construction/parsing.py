"""Read the reply to a construction prompt: a strict JSON object, or a verdict with a reason code.

Nothing is guessed, mended or given a default. A reply that breaks the shape is `invalid`, with the
reason codes of every other answer (`modeling.backends.INVALID_REASONS`) and `unknown_key`; one that
says it cannot be done is `rejected` with the model's own code; one that can be read is `kept`,
unless a check of `annotation.vocab.wording_checks` stands against it: then it is `invalid` with the
check's code, its texts kept for people to see.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from annotation.vocab.construction import StepName
from annotation.vocab.wording_checks import Finding, check
from modeling.backends.objects import fitted, read_object
from modeling.backends.protocol import Reply
from modeling.prompts.construction.fields import Draft
from modeling.prompts.construction.shapes import COLUMNS, GOING_ON, OUTCOME, reply_schema

KEPT: Final = "kept"
REJECTED: Final = "rejected"
INVALID: Final = "invalid"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reply came to. `output` holds the texts by column, also where a check refused them."""

    verdict: str
    reason_code: str = ""
    output: Mapping[str, str] | None = None
    flags: tuple[Finding, ...] = ()


def parse(step: StepName, reply: Reply, draft: Draft) -> Parsed:
    """Read a reply to this step, given what stood before it. ValueError on a failed request."""
    read = read_object(reply)
    if read.invalid_reason:
        return Parsed(INVALID, read.invalid_reason)
    schema = reply_schema(step)
    properties = schema["properties"]
    if set(read.value) - set(properties):
        return Parsed(INVALID, "unknown_key")
    outcome = fitted(read.value.get(OUTCOME), properties[OUTCOME])
    if outcome.invalid_reason:
        return Parsed(INVALID, outcome.invalid_reason)
    if outcome.value not in GOING_ON:
        return Parsed(REJECTED, outcome.value, _reason(read.value))
    texts = fitted(read.value, schema)
    if texts.invalid_reason:
        return Parsed(INVALID, texts.invalid_reason)
    return _checked(_output(step, texts.value), draft)


def value_of(parsed: Parsed) -> str | None:
    """The `value` column of a shard: verdict, code, texts and flags as JSON; None if unreadable."""
    if parsed.output is None:
        return None
    plain = {
        "verdict": parsed.verdict,
        "code": parsed.reason_code,
        "output": dict(parsed.output),
        "flags": [flag.as_json() for flag in parsed.flags],
    }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def _reason(values: Mapping[str, Any]) -> dict[str, str]:
    """The model's sentence on why it stopped, where the step asks for one."""
    said = values.get("reason")
    return {"reason": _one_line(said)} if isinstance(said, str) and said.strip() else {}


def _output(step: StepName, values: Mapping[str, str]) -> dict[str, str]:
    return {column: _one_line(values[key]) for key, column in COLUMNS[step].items()}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _checked(output: Mapping[str, str], draft: Draft) -> Parsed:
    """Kept, or invalid by the first check that refuses; only findings on new texts count."""
    found = check(draft.with_output(output).texts(), written=False)
    new = tuple(one for one in found if one.column in output or _concerns(one, output))
    against = next((one for one in new if one.refuses), None)
    return Parsed(INVALID if against else KEPT, against.code if against else "", output, new)


def _concerns(finding: Finding, output: Mapping[str, str]) -> bool:
    """A situation's leaning shows only once the actions are written."""
    return finding.code == "leans" and "culture_action" in output
