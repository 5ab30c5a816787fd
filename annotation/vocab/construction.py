"""The words of the construction pipeline: its steps, motivations, verdicts and reason codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class StepName(StrEnum):
    """The steps from a source row to a scenario, in their order."""

    FILTER = "filter"
    NORM = "norm"
    PREFERENCE = "preference"
    REWRITE = "rewrite"
    ACTIONS = "actions"


STEPS: Final = tuple(StepName)

UNFILTERED: Final = frozenset({"normad"})
"""Source formats whose every row is a social norm already, so that nothing is filtered."""


class Motivation(StrEnum):
    """What a constructed preference rests on; rows take turns, so that all three are written."""

    CONVENIENCE = "convenience"
    HABIT = "habit"
    VALUE_STYLE = "value_style"


REJECTED: Final[Mapping[str, str]] = {
    "factual": "It states a fact; nobody is expected to behave in any way.",
    "non_social": "It concerns nobody but the person who acts.",
    "non_actionable": "There is nothing in it that one person could do or leave undone.",
    "harmful_alternative": "Doing otherwise would break the law or harm somebody.",
    "unclear": "What is expected cannot be told from the row.",
    "no_preference": "No plausible preference of the given kind pulls another way.",
    "no_neutral_setup": "The situation cannot be told without deciding it.",
    "no_parallel_actions": "The two courses cannot be told in the same form.",
}
"""Reason code -> why a model was right to stop at this row, in a sentence."""

REJECTED_AT: Final[Mapping[StepName, tuple[str, ...]]] = {
    StepName.FILTER: (
        "factual",
        "non_social",
        "non_actionable",
        "harmful_alternative",
        "unclear",
    ),
    StepName.NORM: ("non_actionable", "unclear"),
    StepName.PREFERENCE: ("no_preference", "harmful_alternative"),
    StepName.REWRITE: ("no_neutral_setup",),
    StepName.ACTIONS: ("no_parallel_actions",),
}
"""Which of them each step may give."""


def steps_for(source_format: str) -> tuple[StepName, ...]:
    """The pipeline of a dataset of this format."""
    if source_format in UNFILTERED:
        return tuple(step for step in STEPS if step != StepName.FILTER)
    return STEPS


def in_order(names: Iterable[str]) -> tuple[StepName, ...]:
    """These steps in the pipeline's order; ValueError names one that does not exist."""
    chosen = {StepName(name) for name in names}
    return tuple(step for step in STEPS if step in chosen)


def motivation_of(place: int) -> Motivation:
    """The motivation of the row at this place: each is a third of any run of rows."""
    return tuple(Motivation)[place % len(Motivation)]
