"""Where a participant stands: the pages in order, which are done, which is next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from survey import statements
from survey.models import Participant
from survey.services.instruments import Definition
from survey.statements import Done

ABOUT, INSTRUCTIONS, SCENARIO, CHECK = "about", "instructions", "scenario", "check"


class Step(NamedTuple):
    """One page. `key` is the scenario's position or the check's key; scenarios may be reopened."""

    kind: str
    key: str = ""
    done: bool = False


@dataclass(frozen=True)
class Progress:
    """All pages of a participant, in the order in which they come."""

    steps: tuple[Step, ...]
    length: int

    @property
    def current(self) -> Step | None:
        """The first page that is not done; None when all are."""
        return next((step for step in self.steps if not step.done), None)

    @property
    def all_answered(self) -> bool:
        """Whether every scenario and every check is answered."""
        return all(step.done for step in self.steps if step.kind in (SCENARIO, CHECK))

    @property
    def last(self) -> bool:
        """Whether at most one page is left: a page sent now may complete the survey.

        Nobody can open a page beyond the first that is not done, so this cannot be outrun by a
        second tab.
        """
        return sum(not step.done for step in self.steps) <= 1

    def may_open(self, kind: str, key: str = "") -> Step | None:
        """The page, if it is the current one or a scenario already answered."""
        step = next((s for s in self.steps if (s.kind, s.key) == (kind, key)), None)
        allowed = step and (step == self.current or (step.done and kind == SCENARIO))
        return step if allowed else None

    def with_done(self, kind: str, key: str) -> Progress:
        """The same after one more page was saved, without asking the database again."""
        done = Step(kind, key, done=True)
        steps = tuple(done if step[:2] == (kind, key) else step for step in self.steps)
        return Progress(steps, self.length)

    @property
    def answered(self) -> int:
        """How many scenarios are saved."""
        return sum(step.done for step in self.steps if step.kind == SCENARIO)


def progress(
    participant: Participant, definition: Definition, done: Done | None = None
) -> Progress:
    """Work out a participant's pages from what is `done`; None asks the database."""
    if done is None:
        done = statements.read_done(participant_id=participant.pk)
    return Progress(tuple(_steps(participant, definition, done)), definition.length)


def _steps(participant: Participant, definition: Definition, done: Done) -> Iterator[Step]:
    yield Step(ABOUT, done=bool(participant.country))
    yield Step(INSTRUCTIONS, done=participant.instructions_at is not None)
    for position in range(1, definition.length + 1):
        yield Step(SCENARIO, str(position), position in done.positions)
        for check in definition.checks_after(position):
            yield Step(CHECK, check.key, check.key in done.checks)
