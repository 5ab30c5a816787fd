"""One item with the answers themselves: the scenario, both actions, and what people and models wrote."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.frames.traces import Rationale, Reason, TracedItem
from analysis.metrics.traces import Share
from analysis.reports.traces_rank import Trace
from analysis.reports.traces_text import line, shown
from analysis.reports.words import FRAMES, readable

EACH: Final = 3
"""Reasons shown for each choice."""
NO_TEXT: Final = "(no text)"
CHOSE: Final = {
    "culture": "follows culture",
    "preference": "allows the preference",
    "tie": "both equally",
}


@dataclass(frozen=True)
class Voice:
    """Somebody's words: `who` said them, what they `chose`."""

    who: str
    chose: str
    text: str


@dataclass(frozen=True)
class Card:
    """What a page shows of one trace; every text is fit to be shown."""

    title: str
    question: str
    facts: tuple[tuple[str, str], ...]
    situation: str
    culture_action: str
    preference_action: str
    models: tuple[tuple[str, str], ...]
    reasons: tuple[Voice, ...]
    reasons_note: str
    rationales: tuple[Voice, ...]


@dataclass(frozen=True)
class CardList:
    """Cards under a title, with how they were chosen."""

    title: str
    note: str
    cards: tuple[Card, ...]


def card(
    trace: Trace, reasons: Sequence[Reason] | None, rationales: Iterable[Rationale], level: float
) -> Card:
    """The card of a trace; `reasons` are None where the report was made without them."""
    item = trace.item
    own = [one for one in rationales if one.frame == trace.frame]
    voices = () if reasons is None else tuple(_reasons(reasons, trace.frame))
    return Card(
        title=f"{line(item.scenario, 120)}, receiver {item.receiver}",
        question=FRAMES[trace.frame],
        facts=tuple(_facts(trace, level)),
        situation=shown(item.situation),
        culture_action=shown(actions(item)[0]),
        preference_action=shown(actions(item)[1]),
        models=tuple(
            (line(model, 80), f"{share.rate:.2f} in {share.n:,} answers")
            for model, share in sorted(trace.asked.shares.items())
        ),
        reasons=voices,
        reasons_note=_reasons_note(trace, reasons, len(voices)),
        rationales=tuple(_rationale(one) for one in own),
    )


def actions(item: TracedItem) -> tuple[str, str]:
    """The action that follows culture and the one that allows the preference."""
    return item.culture_action or NO_TEXT, item.preference_action or NO_TEXT


def rate_words(share: Share, level: float) -> str:
    """A culture rate with interval and number of answers: "0.50 (0.32 to 0.68), n 12"."""
    lower, upper = share.interval(level)
    return f"{share.rate:.2f} ({lower:.2f} to {upper:.2f}), n {share.n:,}"


def _facts(trace: Trace, level: float) -> Iterable[tuple[str, str]]:
    item, people = trace.item, trace.people
    yield "Scenario set in", item.country
    if item.theme:
        yield "Theme", readable(item.theme)
    if item.kind:
        yield "Kind of preference", readable(item.kind)
    if trace.share is not None:
        yield "People choosing culture", rate_words(trace.share, level)
    if people is not None and people.rated:
        yield "Importance of the norm, of the preference", importance_words(trace)
    if trace.models_mean is not None:
        yield "Models choosing culture, mean", f"{trace.models_mean:.2f}"


def importance_words(trace: Trace) -> str:
    """The people's mean ratings of norm and preference: "4.8, 3.1 (n 12)"; "" where nobody rated."""
    people = trace.people
    if people is None or not people.rated:
        return ""
    means = (people.importance_norm, people.importance_preference)
    told = ", ".join("–" if mean is None else f"{mean:.1f}" for mean in means)
    return f"{told} (n {people.rated:,})"


def _reasons(reasons: Sequence[Reason], frame: str) -> Iterable[Voice]:
    """Up to EACH a choice, in an order that a hash gives: nobody picked them for what they say."""
    for choice in ("culture", "preference"):
        mine = sorted((r for r in reasons if getattr(r, frame) == choice), key=_drawn)
        for one in mine[:EACH]:
            yield Voice(_who(one), CHOSE[choice], shown(one.text))


def _drawn(reason: Reason) -> str:
    return hashlib.sha256(f"{reason.item}|{reason.pseudonym}".encode()).hexdigest()


def _who(reason: Reason) -> str:
    return f"Participant from {reason.country or 'a country not said'}, {readable(reason.relation)}"


def _reasons_note(trace: Trace, reasons: Sequence[Reason] | None, n: int) -> str:
    given = trace.people.reasons if trace.people else 0
    if not given:
        return "Nobody was asked for a reason here, or nobody gave one."
    people = "1 person gave a reason" if given == 1 else f"{given:,} people gave a reason"
    if reasons is None:
        return f"{people}; this report was made without reasons."
    return f"{people}; {n:,} drawn by a hash, at most {EACH} a choice." if n < given else ""


def _rationale(one: Rationale) -> Voice:
    who = f"{line(one.model, 80)} as {one.persona}" if one.persona else line(one.model, 80)
    return Voice(who, CHOSE.get(one.choice, one.choice), shown(one.text))
