"""What the stub has been asked, counted, so that tests can see lost and doubled work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

MOST_NAMED: Final = 20_000
"""So many different prompts are counted one by one, in about 5 MB; those that come later only in
number, so that a server that is asked for days does not grow."""


@dataclass(slots=True)
class Stats:
    """Counters since the start. `asked` and `answered` count by prompt hash, up to `most_named`."""

    most_named: int = MOST_NAMED
    requests: int = 0
    batches: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    answers: int = 0
    unnamed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)

    def enter(self) -> int:
        """Count a request in; returns its number, from 0."""
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        return self.requests - 1

    def leave(self) -> None:
        """Count a request out, however it ended."""
        self.in_flight -= 1

    def ask(self, name: str) -> None:
        """Count a request that some server would take, by its prompt's hash."""
        self._count(self.asked, name)

    def answer(self, name: str) -> None:
        """Count an answer given, by its prompt's hash."""
        self.answers += 1
        self._count(self.answered, name)

    def _count(self, counter: Counter[str], name: str) -> None:
        if name in counter or len(counter) < self.most_named:
            counter[name] += 1
        else:
            self.unnamed += 1

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON; `repeated` lists the prompts answered more than once.

        `unnamed` is how often a prompt was asked or answered that is not counted by its hash.
        """
        return {
            "requests": self.requests,
            "batches": self.batches,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "answers": self.answers,
            "unnamed": self.unnamed,
            "prompts": len(self.asked),
            "repeated": sorted(name for name, count in self.answered.items() if count > 1),
            "faults": dict(self.faults),
            "asked": dict(self.asked),
            "answered": dict(self.answered),
        }
