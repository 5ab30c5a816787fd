"""What can be told about a scenario's wording without asking anybody.

The same checks follow every construction step and every edit by a person. A finding either stands
in the way (`refuse`: the step is invalid) or asks somebody to look (`look`: nothing is decided).
The words they look for stand in `word_lists`. They read English texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from annotation.vocab import word_lists as words
from annotation.vocab.countries import all_countries
from annotation.vocab.terms import RECEIVER_PLACEHOLDER

REFUSE: Final = "refuse"
LOOK: Final = "look"

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "blank": (REFUSE, "The text is missing."),
    "placeholder": (REFUSE, "A placeholder was left in the text."),
    "same_action": (REFUSE, "The two actions are the same."),
    "preference_repeats_norm": (REFUSE, "The preference says what the expectation says."),
    "only_negated": (LOOK, "One action only denies the other."),
    "uneven_length": (REFUSE, "One action is far longer than the other."),
    "other_receiver": (REFUSE, "The two actions are directed at different people."),
    "one_receiver": (LOOK, "Only one action says whom it is directed at."),
    "gives_away": (REFUSE, "A word tells which action is the culture's."),
    "explains_one": (LOOK, "Only one action gives a reason or a contrast."),
    "country_named": (REFUSE, "The preference names a country or a people."),
    "demographic_named": (REFUSE, "The preference rests on who the actor is."),
    "already_decided": (REFUSE, "The situation tells what the actor does."),
    "asks_verdict": (REFUSE, "The situation asks whether it was acceptable."),
    "no_receiver": (LOOK, "The situation names no receiver: it reads the same for all four."),
    "leans": (LOOK, "The situation holds the words of one action."),
    "mocking": (LOOK, "A word may mock the practice."),
    "moralising": (LOOK, "A word may moralise."),
    "stereotyping": (LOOK, "A word may stereotype."),
    "long": (LOOK, "The text is long for its place."),
}
"""Code -> (what follows, what was found, in a sentence)."""

LONGEST: Final[Mapping[str, int]] = {
    "situation": 120,
    "cultural_expectation": 50,
    "personal_preference": 40,
    "culture_action": 25,
    "preference_action": 25,
}
"""Words above which a text is called long."""

BRACES: Final = "Words in braces would be read as they stand."
BRACES_EXPECTED: Final = "no braces, but for {receiver} in the situation"

SAME_SHARE: Final = 0.8
"""Share of content words in common (Jaccard) from which two texts count as the same."""
LENGTH_RATIO: Final = 2.0
LENGTH_SLACK: Final = 4
"""Actions are uneven where one has over twice the words of the other and over four more."""
LEANING_WORDS: Final = 3
"""Content words of an action, at least, that a situation has to hold in full to be leaning."""

_BRACES = re.compile(r"\{[^}]*\}")
_PLACEHOLDER = re.compile(r"\[[^\]]*\]|<[^>]*>|\bTODO\b|\bTBD\b|_{3,}")
_ENDINGS = (
    "",
    "n",
    "an",
    "ian",
    "ans",
    "ians",
    "ese",
    "i",
    "is",
    "ish",
    "er",
    "ers",
    "ean",
    "aian",
)
_ALSO_NAMES = frozenset({"Jordan", "Chad", "Georgia", "Turkey", "Guinea"})

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """One thing found: its code, the column it stands in, and the words that gave rise to it."""

    code: str
    column: str
    found: tuple[str, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether it stands in the way."""
        return CHECKS[self.code][0] == REFUSE

    @property
    def sentence(self) -> str:
        """What was found, in a sentence."""
        return CHECKS[self.code][1]

    def as_json(self) -> dict[str, Any]:
        """Plain values; `Finding.from_json` reads them back."""
        return asdict(self) | {"found": list(self.found)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Finding:
        """The finding that `as_json` wrote."""
        return cls(plain["code"], plain["column"], tuple(plain["found"]))


def check(texts: Texts, *, written: bool = True) -> list[Finding]:
    """Everything found in a scenario's texts, by column name; what refuses stands first.

    `written` says that all five texts should be there; else those that are missing are passed over.
    """
    found = list(_blanks(texts)) if written else []
    present = {name: text for name, text in texts.items() if text.strip()}
    for name in LONGEST:
        if name in present:
            found += _any_text(name, present[name])
    for one in PAIRWISE:
        found += one(present)
    return sorted(found, key=lambda finding: not finding.refuses)


def unfilled(name: str, text: str) -> tuple[str, ...]:
    """Words in braces that people and models would read as they stand: the receiver is put into
    the situation alone, and nothing else is put in anywhere."""
    found = _BRACES.findall(text)
    return tuple(one for one in found if (name, one) != ("situation", RECEIVER_PLACEHOLDER))


def content(text: str) -> frozenset[str]:
    """The words of a text that carry its content, in lower case and without plural endings."""
    return frozenset(_content_in_order(text))


def overlap(one: str, other: str) -> float:
    """Share of content words that two texts have in common, 0 to 1; 0 where neither has any."""
    first, second = content(one), content(other)
    return len(first & second) / len(first | second) if first | second else 0.0


def peoples_named(text: str) -> list[str]:
    """Countries and peoples that a text names, as it writes them.

    Jordan, Chad, Georgia, Turkey and Guinea are first names or things as well; alone they count
    only after `in`, `from` or `of`.
    """
    found = words.found(text, words.DEMONYMS, exact_case=True)
    found += words.found(text, words.PLACES)
    for match in _country_names().finditer(text):
        name = match.group()
        if name not in _ALSO_NAMES or re.search(r"\b(?:in|from|of) $", text[: match.start()]):
            found.append(name)
    return list(dict.fromkeys(found))


def _blanks(texts: Texts) -> Iterator[Finding]:
    for name in LONGEST:
        if not texts.get(name, "").strip():
            yield Finding("blank", name)


def _any_text(name: str, text: str) -> Iterator[Finding]:
    left = (*unfilled(name, text), *_PLACEHOLDER.findall(text))
    if left:
        yield Finding("placeholder", name, left)
    count = len(text.split())
    if count > LONGEST[name]:
        yield Finding("long", name, (str(count),))
    for code, listed in _TONE.items():
        marks = words.found(text, listed)
        # An expectation may well say what one should do.
        if marks and not (code == "moralising" and name == "cultural_expectation"):
            yield Finding(code, name, tuple(marks))


_TONE: Final = {
    "mocking": words.MOCKING,
    "moralising": words.MORALISING,
    "stereotyping": words.STEREOTYPING,
}


def check_preference(texts: Texts) -> Iterator[Finding]:
    """The preference stands on its own: another matter than the norm, no country, no demographics."""
    name = "personal_preference"
    if name not in texts:
        return
    text = texts[name]
    if overlap(text, texts.get("cultural_expectation", "")) >= SAME_SHARE:
        yield Finding("preference_repeats_norm", name)
    peoples = peoples_named(text)
    if peoples:
        yield Finding("country_named", name, tuple(peoples))
    groups = words.found(text, words.DEMOGRAPHIC)
    if groups:
        yield Finding("demographic_named", name, tuple(groups))


def check_actions(texts: Texts) -> Iterator[Finding]:
    """The two actions differ in what is done and in nothing else."""
    if not {"culture_action", "preference_action"} <= texts.keys():
        return
    culture, preference = texts["culture_action"], texts["preference_action"]
    yield from _distinct(culture, preference)
    yield from _even(culture, preference)
    yield from _directed(culture, preference)
    for name in ("culture_action", "preference_action"):
        telling = words.found(texts[name], words.GIVING_AWAY)
        if telling:
            yield Finding("gives_away", name, tuple(telling))
    reasons = {name: words.found(texts[name], words.EXPLAINING) for name in _ACTIONS}
    for name, other in (_ACTIONS, _ACTIONS[::-1]):
        if reasons[name] and not reasons[other]:
            yield Finding("explains_one", name, tuple(reasons[name]))


_ACTIONS: Final = ("culture_action", "preference_action")


def check_situation(texts: Texts) -> Iterator[Finding]:
    """The situation stops before the actor decides, and leans to neither action."""
    name = "situation"
    if name not in texts:
        return
    text = texts[name]
    if RECEIVER_PLACEHOLDER not in text:
        yield Finding("no_receiver", name)
    decided = words.found(text, words.DECIDED)
    if decided:
        yield Finding("already_decided", name, tuple(decided))
    questions = [one for one in re.findall(r"[^.!?]*\?", text) if words.found(one, words.ASKING)]
    if questions:
        yield Finding("asks_verdict", name, tuple(one.strip() for one in questions))
    held = [action for action in _ACTIONS if _holds(text, texts.get(action, ""))]
    if len(held) == 1:
        yield Finding("leans", name, (texts[held[0]],))


PAIRWISE: Final[tuple[Callable[[Texts], Iterator[Finding]], ...]] = (
    check_preference,
    check_actions,
    check_situation,
)


def _distinct(culture: str, preference: str) -> Iterator[Finding]:
    first, second = _content_in_order(culture), _content_in_order(preference)
    if first == second:
        denied = bool(words.found(culture, words.NEGATIONS)) != bool(
            words.found(preference, words.NEGATIONS)
        )
        yield Finding("only_negated" if denied else "same_action", "preference_action")


def _even(culture: str, preference: str) -> Iterator[Finding]:
    lengths = {"culture_action": len(culture.split()), "preference_action": len(preference.split())}
    longer = max(lengths, key=lambda name: lengths[name])
    most, least = max(lengths.values()), min(lengths.values())
    if most > LENGTH_RATIO * least and most - least > LENGTH_SLACK:
        yield Finding("uneven_length", longer, (f"{most} words", f"{least} words"))


def _directed(culture: str, preference: str) -> Iterator[Finding]:
    at = {name: {_stem(word.casefold()) for word in words.found(text, words.PERSONS)}
          for name, text in zip(_ACTIONS, (culture, preference), strict=True)}  # fmt: skip
    if all(at.values()) and not set.intersection(*at.values()):
        named = tuple(sorted(set.union(*at.values())))
        yield Finding("other_receiver", "preference_action", named)
    elif any(at.values()) and not all(at.values()):
        name = next(name for name, people in at.items() if people)
        yield Finding("one_receiver", name, tuple(sorted(at[name])))


def _holds(situation: str, action: str) -> bool:
    needed = content(action)
    return len(needed) >= LEANING_WORDS and needed <= content(situation)


def _content_in_order(text: str) -> list[str]:
    plain = re.findall(r"[^\W\d_]+", text.replace(RECEIVER_PLACEHOLDER, " ").casefold())
    passed_over = words.FUNCTION_WORDS | words.NEGATIONS
    return [_stem(word) for word in plain if word not in passed_over]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def _country_names() -> re.Pattern[str]:
    """Names and aliases of countries, and what their peoples are called by a usual ending."""
    names = {name for country in all_countries() for name in (country.name, *country.aliases)}
    long_enough = {name for name in names if len(name) > 3 and name[0].isupper()}
    stems = {name.rstrip("aeiouy") for name in long_enough if " " not in name}
    derived = [
        f"{re.escape(stem)}(?:{'|'.join(filter(None, _ENDINGS))})"
        for stem in stems
        if len(stem) > 3
    ]
    whole = sorted(map(re.escape, long_enough), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join([*whole, *derived])})(?!\w)")
