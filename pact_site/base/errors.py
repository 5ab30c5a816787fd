"""Errors that a person can act on."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A disk, a quota or a limit on files that has no room left."""


@dataclass
class BadInput(ValueError):  # noqa: N818 - it names what the user gave, and reads as such
    """Input that cannot be accepted: where it stands, what was found, what was expected.

    `row` counts as a spreadsheet does: the header is row 1, the first data row is row 2.
    """

    message: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    found: object = None
    expected: str | None = None

    def __str__(self) -> str:
        """One line for a terminal or a form."""
        places = [
            self.file,
            f"row {self.row}" if self.row is not None else None,
            f"column {self.column}" if self.column else None,
        ]
        where = ", ".join(place for place in places if place)
        text = f"{where}: {self.message}" if where else self.message
        if self.found is not None:
            text += f" Found: {_shown(self.found)}."
        if self.expected:
            text += f" Expected: {self.expected}."
        return text


@dataclass
class BadRows(BadInput):
    """Several rows that cannot be accepted: the first one's place, and all of them in words."""

    every: tuple[BadInput, ...] = ()
    stopped: bool = False

    @classmethod
    def of(cls, errors: Sequence[BadInput], *, stopped: bool) -> BadInput:
        """One error as it is, several as one; `stopped` where the rest was not read any more."""
        if len(errors) == 1 and not stopped:
            return errors[0]
        return cls(**vars(errors[0]), every=tuple(errors), stopped=stopped)

    def lines(self) -> list[str]:
        """A line for each row, and one that says where reading stopped."""
        rest = ["Reading stopped here: there may be more."] if self.stopped else []
        return [*map(str, self.every), *rest]

    def __str__(self) -> str:
        """A line for each row."""
        return "\n".join(self.lines())


def is_full(error: BaseException) -> bool:
    """Whether a file could not be written because there is no room for it."""
    return isinstance(error, OSError) and error.errno in FULL


def system_words(error: OSError) -> str:
    """What the operating system refused, in one line; without room also what to do."""
    if is_full(error):
        return (
            f"There is no room to write ({error.strerror or error}). "
            "Nothing half-written is left. Make room, then ask for the same again."
        )
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{place}"


def _shown(found: object) -> str:
    text = repr(found)
    return text if len(text) <= 120 else text[:117] + "...'"
