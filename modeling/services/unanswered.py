"""Rows of a prediction file about items that a study does not have: others, or misspelt ones?

A study that was read from people's answers has the items that somebody answered. The models' file
often covers more. Its further rows are left out and counted, but only where the same model, asked
in the same way, answered every item of the study too: else one of those may be the one meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable
from dataclasses import replace

from pact_site.base.errors import BadInput


class Others:
    """Which of the study's items each way of asking has met, and the first row about another."""

    def __init__(self, items: Collection[int]) -> None:
        self._items = frozenset(items)
        self._met: defaultdict[Hashable, set[int]] = defaultdict(set)
        self._first: dict[Hashable, BadInput] = {}

    def met(self, way: Hashable, item: int) -> None:
        """A row about an item of the study."""
        self._met[way].add(item)

    def add(self, way: Hashable, problem: BadInput) -> None:
        """A row about an item that the study does not have; `problem` says where it stands."""
        self._first.setdefault(way, problem)

    def check(self) -> None:
        """BadInput at the first such row whose model did not answer all items of the study, too."""
        for way, problem in self._first.items():
            missing = len(self._items - self._met[way])
            if missing:
                raise replace(
                    problem,
                    expected=f"{problem.expected}. (Rows about items that nobody in the study "
                    f"answered are left out and counted, once the model has answered all "
                    f"{len(self._items)} items of the study in the same way: {missing} are missing)",
                )
