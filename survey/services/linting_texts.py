"""Whether an instrument's own parts keep the recruiter's rules: checks, time, codes, consent.

The rules are those of Prolific's help pages on attention checks and completion codes as they stood
in 2026; the linter knows nothing of the items here, so that it can run while somebody edits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from survey.services.findings import Finding
from survey.services.instruments import Check, Definition
from survey.services.localising import missing_texts

RECOMMENDED_CHECKS = 3
LONG_STUDY = 5
"""From this many minutes on a rejection needs two failed checks; below, one."""

LONG_TEXT = 400
"""Characters of a check's text beyond which its instruction is small print."""

LIKERT = range(4, 12)
"""How many points the scale of a nonsensical check may have."""

SHORT_CODE = 6
SECONDS_PER_SCENARIO = 30

PARADATA_SENTENCE = (
    "We also store how long you spend on each page, how often you change an answer or leave the "
    "page, and how many characters you paste, never what you paste."
)
"""What the consent can say where `paradata` is on."""

_MEMORY = re.compile(
    r"\b(remember|recall|earlier|previous|previously|(you|have) (just )?(saw|seen|read)|"
    r"(last|first) (page|situation|scenario)|(page|situation|scenario) before|instructions (said|told))\b",
    re.IGNORECASE,
)
_TIME_TOLD = re.compile(r"how long you|time (you spen|spent|on)|seconds", re.IGNORECASE)
_MINUTES = re.compile(r"(\d+)\s*(?:minutes|minutos)", re.IGNORECASE)


def failures_needed(definition: Definition) -> int:
    """How many failed checks Prolific asks for before a rejection, by the study's length."""
    return 1 if definition.estimated_minutes < LONG_STUDY else 2


def lint_texts(definition: Definition) -> Iterator[Finding]:
    """Every remark that needs nothing but the instrument."""
    for number, check in enumerate(definition.checks):
        yield from _check(check, f"checks[{number}]")
    yield from _places(definition)
    yield from _threshold(definition)
    yield from _comprehension(definition)
    yield from _consent(definition)
    yield from _minutes(definition)
    yield from _codes(definition)
    yield from _wording(definition)
    yield from _languages(definition)


def _check(check: Check, path: str) -> Iterator[Finding]:
    rule = _instructed if check.kind == "instructed" else _nonsensical
    yield from rule(check, path)
    if len(check.text) > LONG_TEXT:
        yield Finding(
            "check.small_print",
            f"{path}.text",
            f"Check “{check.key}” has {len(check.text)} characters: an instruction in small print is "
            f"not accepted. Keep it under {LONG_TEXT}.",
            fatal=True,
        )
    if _MEMORY.search(check.text):
        yield Finding(
            "check.memory",
            f"{path}.text",
            f"Check “{check.key}” seems to speak of an earlier page. What passes must stand in the "
            "question itself; a test of memory is not accepted.",
        )


def _instructed(check: Check, path: str) -> Iterator[Finding]:
    named = set(_named(check))
    unnamed = [o.text for o in check.options if o.code in check.passes and o.code not in named]
    if unnamed:
        yield Finding(
            "check.unnamed",
            f"{path}.text",
            f"Check “{check.key}” does not tell which answer to give: its text must name "
            f"“{unnamed[0]}”, word for word.",
            fatal=True,
        )
    others = [o.text for o in check.options if o.code in named and o.code not in check.passes]
    if others and not unnamed:
        yield Finding(
            "check.choice",
            f"{path}.text",
            f"Check “{check.key}” names “{others[0]}” too, which does not pass: to know which of the "
            "answers is meant takes more than the question itself. Name only what passes.",
            fatal=True,
        )


def _named(check: Check) -> Iterator[str]:
    """Codes of the options that the text names; “Agree” inside “Strongly agree” does not count."""
    left = check.text.casefold()
    for option in sorted(check.options, key=lambda option: -len(option.text)):
        phrase = rf"(?<!\w){re.escape(option.text.casefold())}(?!\w)"
        left, found = re.subn(phrase, " ", left)
        if found:
            yield option.code


def _nonsensical(check: Check, path: str) -> Iterator[Finding]:
    size, passing = len(check.options), [o.code in check.passes for o in check.options]
    if size not in LIKERT:
        yield Finding(
            "check.scale",
            f"{path}.options",
            f"Check “{check.key}” has {size} answers. A nonsensical statement is accepted only on an "
            f"agreement scale of {LIKERT[0]} to {LIKERT[-1]} points.",
            fatal=True,
        )
    count = sum(passing)
    if not (all(passing[:count]) or all(passing[-count:])) or count * 2 > size:
        yield Finding(
            "check.end",
            f"{path}.passes",
            f"Check “{check.key}” must be passed by the answers at one end of its scale, and by fewer "
            "than half of them.",
            fatal=True,
        )


def _places(definition: Definition) -> Iterator[Finding]:
    for after, count in Counter(check.after for check in definition.checks).items():
        if count > 1:
            yield Finding(
                "checks.adjacent",
                "checks",
                f"{count} checks stand after scenario {after}: one lapse would count {count} times. "
                "Put a scenario between them.",
                fatal=True,
            )
    if len(definition.checks) < RECOMMENDED_CHECKS:
        yield Finding(
            "checks.few",
            "checks",
            f"There are {len(definition.checks)} attention checks. With {RECOMMENDED_CHECKS}, two "
            "failures tell carelessness from a slip.",
        )


def _threshold(definition: Definition) -> Iterator[Finding]:
    at, needed, path = definition.exclude_at, failures_needed(definition), "exclude_at"
    asked = len(definition.checks)
    if at > asked:
        text = f"Excluding from {at} failed checks on can never happen: there are {asked}."
        yield Finding("exclude.never", path, text, fatal=True)
    elif not at:
        yield Finding("exclude.nobody", path, "Nobody is excluded for failed checks.")
    elif at < needed:
        fatal = definition.failed_ending == "failed_attention"
        yield Finding(
            "exclude.early",
            path,
            f"Who fails {at} check is excluded, but at {definition.estimated_minutes} minutes Prolific "
            f"accepts a rejection only from {needed} failures on."
            + (" The code for failed checks would be shown too early." if fatal else ""),
            fatal=fatal,
        )


def _comprehension(definition: Definition) -> Iterator[Finding]:
    questions = definition.comprehension
    if not questions:
        text = "No comprehension question: nobody's understanding of the two frames is checked."
        yield Finding("comprehension.none", "comprehension", text)
    twice = [key for key, n in Counter(question.key for question in questions).items() if n > 1]
    if twice:
        text = f"Two comprehension questions have the key “{twice[0]}”."
        yield Finding("comprehension.twice", "comprehension", text, fatal=True)
    for number, question in enumerate(questions):
        if len(question.options) < 2:
            text = f"Comprehension question “{question.key}” has nothing to choose from."
            yield Finding("comprehension.options", f"comprehension[{number}].options", text, True)


def _consent(definition: Definition) -> Iterator[Finding]:
    text = " ".join(f"{part.heading} {part.text}" for part in definition.consent)
    if definition.paradata and not _TIME_TOLD.search(text):
        yield Finding(
            "consent.paradata",
            "consent",
            "How pages are filled in is recorded, but the consent does not say so. Add, for example: "
            f"“{PARADATA_SENTENCE}”",
            fatal=definition.language.startswith("en"),
        )
    told = {int(minutes) for minutes in _MINUTES.findall(text)}
    if told and definition.estimated_minutes not in told:
        yield Finding(
            "consent.minutes",
            "consent",
            f"The consent speaks of {max(told)} minutes, the instrument of "
            f"{definition.estimated_minutes}.",
        )


def _minutes(definition: Definition) -> Iterator[Finding]:
    allowed, estimated = definition.minutes_allowed, definition.estimated_minutes
    if allowed < estimated:
        text = f"Places are kept for {allowed} minutes, but the study takes about {estimated}."
        yield Finding("minutes.allowed", "minutes_allowed", text, fatal=True)
    elif allowed < 2 * estimated:
        yield Finding(
            "minutes.tight",
            "minutes_allowed",
            f"Places are kept for {allowed} minutes, and the study takes about {estimated}: slow "
            "readers lose theirs. Twice the estimate or more is usual.",
        )
    if estimated * 60 < definition.length * SECONDS_PER_SCENARIO:
        yield Finding(
            "minutes.short",
            "estimated_minutes",
            f"{estimated} minutes for {definition.length} scenarios leave under "
            f"{SECONDS_PER_SCENARIO} seconds each. Pay is set by this estimate.",
        )


def _codes(definition: Definition) -> Iterator[Finding]:
    twice = [
        code for code, n in Counter(map(str.casefold, definition.codes.values())).items() if n > 1
    ]
    if twice:
        text = "Two outcomes share a completion code; Prolific could not tell them apart."
        yield Finding("codes.twice", "codes", text, fatal=True)
    for outcome, code in definition.codes.items():
        if len(code) < SHORT_CODE or code.casefold().replace("_", "") == outcome.replace("_", ""):
            yield Finding(
                "codes.guessable",
                f"codes.{outcome}",
                f"The code for “{outcome}” is easily guessed. Use {SHORT_CODE} or more letters and "
                "digits that spell no outcome.",
                fatal=True,
            )


def _wording(definition: Definition) -> Iterator[Finding]:
    if "{people}" not in definition.wording.norm:
        text = "The norm question does not name whose judgment is asked: put {people} into it."
        yield Finding("wording.people", "wording.norm", text)
    if definition.show_country and "{country}" not in definition.wording.people:
        text = "The country is shown, but {country} does not stand in the people's name."
        yield Finding("wording.country", "wording.people", text)


def _languages(definition: Definition) -> Iterator[Finding]:
    for language in definition.languages:
        missing = missing_texts(definition, language)
        if missing and not definition.translations.get(language):
            text = f"The language {language} is offered, and there is no text in it."
            yield Finding("language.none", f"translations.{language}", text, fatal=True)
        elif missing:
            text = f"In {language} {len(missing)} texts are missing, first {missing[0]}."
            yield Finding("language.part", f"translations.{language}", text, fatal=True)
