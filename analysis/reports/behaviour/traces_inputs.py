"""What the traces of a report on behaviour are made from: the lists' tops, and the words for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import pandas as pd

from analysis.frames import dilemmas as frames
from analysis.frames.decisions import PEOPLE, ROLE, Contrast
from analysis.frames.dilemmas import Decision, Dilemma, Key
from analysis.reports.behaviour import traces_rank as rank
from analysis.reports.behaviour.levels import main_stage
from analysis.reports.behaviour.traces_rank import TraceList
from modeling.models import Run

PARTED, ROLES, TURNED = "models", "roles", "turned"
ROWS: Final = 20
"""Scenarios in a table of traces."""
EACH_CONTRAST: Final = 5
CARDS: Final = {PARTED: 5, ROLES: 3, TURNED: 1}
"""Scenarios of a list of which the decisions themselves are shown."""
VOICES: Final = {PARTED: "model", ROLES: ROLE}
"""Of which one decision a level and choice is shown, with what was written beside it."""
PAIRS: Final = 2
"""Turned pairs of decisions that are shown of one scenario."""


@dataclass(frozen=True)
class Traced:
    """Lists of scenarios of one stage, the scenarios in words, and the decisions shown.

    `voices` and `pairs` are by the list's place in `lists` and the scenario.
    """

    stage: str
    level: float
    lists: tuple[TraceList, ...] = ()
    dilemmas: Mapping[Key, Dilemma] = field(default_factory=dict)
    voices: Mapping[tuple[int, Key], Sequence[Decision]] = field(default_factory=dict)
    pairs: Mapping[tuple[int, Key], Sequence[tuple[Decision, Decision]]] = field(
        default_factory=dict
    )


def gather_traces(
    runs: Sequence[Run],
    names: Mapping[str, str],
    asked: pd.DataFrame,
    pairs: Mapping[Contrast, pd.DataFrame],
    level: float,
) -> Traced:
    """Rank by the counts, then read the decisions about the scenarios that lists hold.

    `asked` are counts as in the cube of that name, `pairs` those of `analysis.frames.pairs`.
    """
    stage = main_stage(set(asked["stage"].unique()))
    lists = tuple(_lists(asked[asked["stage"] == stage], pairs, stage, level))
    keys = {one.key for found in lists for one in found.top}
    if not keys:
        return Traced(stage, level)
    rows = frames.read_decisions(runs, keys, names)
    voices = {
        (place, key): frames.with_words(rows, key, stage, VOICES[one.name])
        for place, one in enumerate(lists)
        if one.contrast is None
        for key in _first(one)
    }
    turns = {
        (place, key): list(islice(frames.turned(rows, key, one.contrast, stage), PAIRS))
        for place, one in enumerate(lists)
        if one.contrast is not None
        for key in _first(one)
    }
    return Traced(stage, level, lists, frames.dilemmas(rows), voices, turns)


def _first(one: TraceList) -> list[Key]:
    return [found.key for found in one.top[: CARDS[one.name]]]


def _lists(
    asked: pd.DataFrame, pairs: Mapping[Contrast, pd.DataFrame], stage: str, level: float
) -> Iterator[TraceList]:
    """Those lists that hold anything: models, roles, then each age and gender."""
    found = [
        rank.part_by(PARTED, "model", asked, level, ROWS),
        rank.by_role(ROLES, asked, level, ROWS),
        *(
            rank.turned(TURNED, contrast, table[table["stage"] == stage], level, EACH_CONTRAST)
            for contrast, table in pairs.items()
            if contrast.factor in PEOPLE
        ),
    ]
    return (one for one in found if one.top)
