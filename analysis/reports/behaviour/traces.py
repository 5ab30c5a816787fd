"""Traces of a benchmark: scenarios on which models part, and single decisions that turn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from analysis.frames.decisions import CONDITION, PEOPLE, PROMPT, ROLE
from analysis.frames.dilemmas import Decision, Dilemma
from analysis.metrics.traces import Share
from analysis.reports.behaviour.levels import MARKS, contrast_words, level, place
from analysis.reports.behaviour.traces_inputs import PARTED, ROLES, TURNED, Traced
from analysis.reports.behaviour.traces_rank import Ranked, TraceList
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value
from analysis.reports.trace_cards import CHOSE, NO_TEXT, Card, CardList, Voice
from analysis.reports.traces import LEAD
from analysis.reports.traces_text import line, shown
from analysis.reports.words import readable

TITLES: Final = {
    PARTED: "Scenarios on which models part",
    ROLES: "Scenarios in which it matters who prefers",
    TURNED: "Scenarios in which decisions turn with an age or gender",
}
RULES: Final = {
    PARTED: "how far the model that allows most and the one that allows least lie apart at the least",
    ROLES: "how far the roles with the highest and the lowest allow rate, of all models together, "
    "lie apart at the least",
    TURNED: "the share of questions that at the least turned, either way, when one age or gender was "
    "changed and nothing else",
}
MEASURES: Final = {PARTED: "Highest less lowest", ROLES: "Highest less lowest", TURNED: "Turned"}
NO_WORDS: Final = "(wrote no reason here)"


def traces_section(traced: Traced | None) -> Section | None:
    """Lists and cards; None where there is nothing to list."""
    if traced is None or not traced.lists:
        return None
    turned = [one for one in traced.lists if one.name == TURNED]
    tables = [_table(one, traced) for one in traced.lists if one.name != TURNED]
    tables += [_turned_table(turned, traced)] if turned else []
    return Section(
        key="traces",
        title="Traces: the decisions themselves",
        lead=f"{LEAD} Rates are allow rates over all that was asked about a scenario. A reason is "
        "text beside a decision, not its cause.",
        tables=tuple(tables),
        cards=tuple(_cards(traced)),
    )


def _table(one: TraceList, traced: Traced) -> Table:
    head = (Column("place", "#"), *_head(one.name), Column("rates", "Allow rates"))
    ordered = _by_rate if one.name == PARTED else _by_place
    rows = tuple(
        (number, *_row(found, traced), _rates(ordered(found.shares)))
        for number, found in enumerate(one.top, 1)
    )
    return Table(f"traces-{one.name}", TITLES[one.name], head, rows, _note(one, traced))


def _turned_table(lists: Sequence[TraceList], traced: Traced) -> Table:
    """The first of each list below each other: what was changed, and which way decisions turned."""
    head = (
        Column("contrast", "Second less first"), *_head(TURNED),
        Column("turned", "Of these"), Column("pairs", "Pairs"),
    )  # fmt: skip
    rows = tuple(
        (_changed(one), *_row(found, traced), _rates(found.shares.items()), _pairs(found))
        for one in lists
        for found in one.top
    )
    return Table("traces-turned", TITLES[TURNED], head, rows, _note(lists[0], traced))


def _head(name: str) -> tuple[Column, ...]:
    return (
        Column("scenario", "Scenario"),
        Column("country", "Set in"),
        Column(
            "situation", "Situation, and the actions that follow culture / allow the preference"
        ),
        Column("measure", MEASURES[name]),
        Column("bound", "At least"),
    )


def _row(found: Ranked, traced: Traced) -> tuple[Value, ...]:
    told = traced.dilemmas[found.key]
    texts = (told.situation, told.culture_action, told.preference_action)
    return (
        _named(told),
        told.country,
        " / ".join(line(text or NO_TEXT) for text in texts),
        f"{found.measure.value:.2f}",
        f"{found.measure.bound:.2f}",
    )


def _named(told: Dilemma) -> str:
    dataset, scenario = told.key
    return line(f"{scenario} ({dataset})" if dataset else scenario, 120)


def _note(one: TraceList, traced: Traced) -> str:
    return (
        f"Of {one.of:,} scenarios. Ranked by {RULES[one.name]} ({traced.level:.0%} bound; decisions "
        "about a scenario count as draws). At the same bound the larger value stands first, then "
        "the scenarios' keys decide."
    )


def _by_rate(shares: Mapping[str, Share]) -> list[tuple[str, Share]]:
    return sorted(shares.items(), key=lambda pair: (-pair[1].rate, pair[0]))


def _by_place(shares: Mapping[str, Share]) -> list[tuple[str, Share]]:
    return [(_said(name), shares[name]) for name in sorted(shares, key=place)]


def _rates(shares: Iterable[tuple[str, Share]]) -> str:
    return ", ".join(f"{line(name, 60)} {share.rate:.2f}" for name, share in shares)


def _pairs(found: Ranked) -> int:
    return next(iter(found.shares.values())).n


def _changed(one: TraceList) -> str:
    return contrast_words(one.contrast.name) if one.contrast else ""


def _cards(traced: Traced) -> Iterator[CardList]:
    """Cards of each list of models and roles, and those of all turns together."""
    groups: dict[str, list[Card]] = {}
    for number, one in enumerate(traced.lists):
        for found in one.top:
            shown_here = traced.voices.get((number, found.key))
            pairs = traced.pairs.get((number, found.key))
            if shown_here is not None or pairs is not None:
                voices = _turns(one, pairs) if pairs is not None else map(_voice, shown_here or ())
                made = _card(one, found, traced.dilemmas[found.key], tuple(voices))
                groups.setdefault(one.name, []).append(made)
    for name, cards in groups.items():
        note = "The first of each age and gender." if name == TURNED else f"The first {len(cards)}."
        yield CardList(TITLES[name], note, tuple(cards))


def _card(one: TraceList, found: Ranked, told: Dilemma, voices: tuple[Voice, ...]) -> Card:
    facts = [("Scenario set in", told.country), ("Theme", readable(told.theme))]
    if one.name == TURNED:
        facts.append(("Pairs that differ in this alone", f"{_pairs(found):,}"))
    ordered = _by_rate if one.name == PARTED else _by_place
    return Card(
        title=_named(told),
        question=_changed(one) or "Allow rates",
        facts=tuple((name, value) for name, value in facts if value),
        situation=shown(told.situation or NO_TEXT),
        culture_action=shown(told.culture_action or NO_TEXT),
        preference_action=shown(told.preference_action or NO_TEXT),
        models=tuple(
            (line(name, 80), f"{share.rate:.2f} of {share.n:,}")
            for name, share in ordered(found.shares)
        ),
        reasons=(),
        reasons_note="",
        rationales=voices,
    )


def _voice(one: Decision) -> Voice:
    return Voice(
        f"{line(one.model, 80)}: {_asked(one)}", CHOSE[one.choice], shown(one.text) or NO_WORDS
    )


def _turns(one: TraceList, pairs: Sequence[tuple[Decision, Decision]] | None) -> Iterator[Voice]:
    for pair in pairs or ():
        yield from map(_voice, pair)


def _asked(one: Decision) -> str:
    """What the prompt said that scenarios share: who, who prefers, which prompt."""
    people = [_person(one.asked, side) for side in ("actor", "receiver")]
    known = (one.asked[ROLE], one.asked[PROMPT], "" if any(people) else one.asked[CONDITION])
    return ", ".join([*filter(None, people), *(_said(name) for name in known if name)])


def _said(name: str) -> str:
    return MARKS.get(name, level(name))


def _person(asked: Mapping[str, str], side: str) -> str:
    country = asked[f"{side}_country"]
    words = [asked[name] for name in PEOPLE if name.startswith(side) and asked[name]]
    return f"{side} {' '.join(words)}" + (f" from {country}" if country else "") if words else ""
