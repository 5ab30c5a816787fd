"""Which lines of the ledger are wanted: one rule for the page and for REST."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from survey.prolific.ledger import Entry

DISCREPANCIES, AWAITING = "discrepancies", "awaiting"
SHOWS = (DISCREPANCIES, AWAITING)


def choose(
    entries: Iterable[Entry], *, show: str = "", kind: str = "", action: str = ""
) -> list[Entry]:
    """The lines that fit everything asked for; an empty word asks for nothing."""
    tests: list[tuple[bool, Callable[[Entry], bool]]] = [
        (show == DISCREPANCIES, lambda one: bool(one.kinds)),
        (show == AWAITING, lambda one: one.awaiting),
        (bool(kind), lambda one: kind in one.kinds),
        (bool(action), lambda one: one.action == action),
    ]
    wanted = [test for asked, test in tests if asked]
    return [one for one in entries if all(test(one) for test in wanted)]
