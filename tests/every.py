"""One test of very many small things, instead of a test for each: what pytest does around a test
takes longer than to look at a scenario, a country or an address."""

from collections.abc import Callable, Collection
from typing import Any


def of_every(things: Collection[Any], name: Callable[[Any], str] = str):
    """Make the test of one thing one of them all: it looks at each, and tells which failed and why.

    The test of one stays at hand as its `of_one`.
    """
    if not things:
        raise ValueError("a test of nothing cannot fail")

    def over_all(check):
        def test():
            errors = []
            for thing in things:
                try:
                    check(thing)
                except Exception as error:
                    error.add_note(f"This is about {name(thing)}.")
                    errors.append(error)
            if errors:
                raise ExceptionGroup(f"{len(errors)} of {len(things)} failed", errors)

        test.__name__, test.__doc__, test.of_one = check.__name__, check.__doc__, check
        return test

    return over_all
